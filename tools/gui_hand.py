"""The screen hand: looks at a screen, drafts the next one, hands it in.

Holds the current screen and the agent's own pages, and nothing of what the next screen truly is. Steps are
told one after another; where screens follow one another, the next step starts from the page handed in.
"""

__all__ = ["OWN_WORDS", "PREVIEWS", "GuiHand", "GuiStep", "shown"]

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import cv2
import numpy as np

from ..rewards.block import Box
from ..rewards.gui import ScreenLook
from ..rewards.gui_regions import changed_region
from .browser import PageError, Rendered, shared_renderer
from .schema import Between, Length
from .tool import Image, ToolResult, mistake, tool

PREVIEWS = 2
MAX_HTML_CHARS = 200_000
MAX_CANDIDATES = 3
MAX_LINES = 160
MAX_TEXT_CHARS = 120
MAX_REMOVED = 4
SHOWN_PX = (540, 1200)
OUTLINE = (230, 60, 40)
LEAST_OUTLINED_PX = 40
ROOT = re.compile(r"<div\b[^>]*\bid\s*=\s*[\"']?render-target\b", re.IGNORECASE)
OWN_WORDS = (
    "text area picture background px on and more the draft shows previews left removed, for screens hold no "
    "such thing of the screen differ, in places none the screen was handed in all screens are handed in: "
    "call choose. the choice was taken"
)
"""Words that the tools say of their own accord; an app's text among them is no secret."""

Mark = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class GuiStep:
    """One prediction that is asked for.

    Args:
        told: what is asked, in words.
        mark: draws the action on a picture of the current screen.
    """

    told: str
    mark: Mark


class GuiHand:
    """Carries the tools that look at screens and predict them.

    Args:
        given: the first screen.
        steps: predictions that are asked for, in order.
        follows: whether a step starts from the page handed in for the one before; else all from `given`.
        chooses: whether `choose` closes, after the predictions.
    """

    def __init__(
        self, given: Rendered, steps: Sequence[GuiStep], *, follows: bool = False, chooses: bool = False
    ) -> None:
        self.given, self.steps = given, tuple(steps)
        self.follows, self.chooses = follows, chooses
        self.submitted: list[Rendered] = []
        self.draft: Rendered | None = None
        self._written: list[str] = []
        self._drafted: str | None = None
        self.previews = 0
        self.chosen: int | None = None

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the canvas."""
        return self.given.page.size_px

    @property
    def is_done(self) -> bool:
        """Whether the closing call was made."""
        return self.chosen is not None if self.chooses else len(self.submitted) == len(self.steps)

    @property
    def current(self) -> Rendered:
        """The screen that the next step is done on."""
        return self.submitted[-1] if self.follows and self.submitted else self.given

    def marked(self) -> Image:
        """The current screen with the next action drawn on it."""
        number = min(len(self.submitted), len(self.steps) - 1)
        picture = self.steps[number].mark(self.current.image)
        return Image(shown(picture), f"screen {number + 1}")

    @tool
    def inspect(self) -> ToolResult:
        """Read the texts and boxes of the current screen.

        Returns:
            A line each: kind, box (left, top, right, bottom in px of the canvas), colour, and for texts size,
            weight and words.
        """
        look = ScreenLook.of(self.current.page, self.current.image)
        sizes = {group.text: group for group in look.groups}
        lines = []
        for one in look.elements:
            line = f"{one.kind} {_place(one.box)} {_hex(one.color)}"
            if one.kind == "text":
                group = sizes[one.text]
                letters = f"{group.font_px:.0f} px {group.blocks[0].weight}"
                line += f" on {_hex(one.back)}, {letters}: {one.text[:MAX_TEXT_CHARS]}"
            lines.append(line)
        more = f"\n… and {len(lines) - MAX_LINES} more" if len(lines) > MAX_LINES else ""
        width, height = self.size_px
        head = f"{width} x {height} px, background {_hex(self.current.page.background)}\n"
        return ToolResult((head + "\n".join(lines[:MAX_LINES]) + more,))

    @tool
    def render_preview(self, html: Annotated[str, Length(1, MAX_HTML_CHARS)]) -> ToolResult:
        """Look at a draft of the next screen without handing it in; two times for each screen.

        Args:
            html: The whole document; everything stands in <div id="render-target">.

        Returns:
            The draft as a picture, and what was taken out of it.
        """
        if len(self.submitted) == len(self.steps):
            return mistake("all screens are handed in; call choose", "no_step")
        if self.previews >= PREVIEWS:
            return mistake(f"{PREVIEWS} previews a screen are used up; call submit_html", "no_previews")
        page, problem = self._page(html)
        if page is None:
            return problem
        self.previews += 1
        self.draft, self._drafted = page, html
        left = PREVIEWS - self.previews
        text = f"the draft shows; {left} preview{'' if left == 1 else 's'} left{_taken_out(page)}"
        return ToolResult((text, Image(shown(page.image), "preview")))

    @tool
    def diff_view(self) -> ToolResult:
        """Compare the last draft that was previewed with the current screen.

        Returns:
            Current screen and draft side by side, with outlines around what differs between them.
        """
        if self.draft is None:
            return mistake("there is no draft yet; call render_preview first", "no_draft")
        picture, boxes, share = _difference(self.current.image, self.draft.image)
        text = f"{share:.1%} of the screen differ, in {len(boxes)} places: {_places(boxes)}"
        return ToolResult((text, Image(picture, "current and draft")))

    @tool
    def submit_html(self, html: Annotated[str, Length(1, MAX_HTML_CHARS)]) -> ToolResult:
        """Hand in the next screen; what cannot be shown is not taken.

        Args:
            html: The whole document; everything stands in <div id="render-target">, as large as the canvas.

        Returns:
            The next prediction that is asked for, or a note that this was the last.
        """
        if len(self.submitted) == len(self.steps):
            return mistake("all screens are handed in; call choose", "no_step")
        page, problem = self._page(html)
        if page is None:
            return problem
        self.submitted.append(page)
        self._written.append(html)
        self.draft, self._drafted, self.previews = None, None, 0
        told = f"the screen was handed in{_taken_out(page)}"
        if len(self.submitted) < len(self.steps):
            return ToolResult((f"{told}\n{self.steps[len(self.submitted)].told}", self.marked()))
        return ToolResult((f"{told}\nAll screens are handed in: call choose." if self.chooses else told,))

    @tool
    def choose(self, candidate: Annotated[int, Between(1, MAX_CANDIDATES)]) -> ToolResult:
        """Choose the action that reaches the goal, where several are offered; this ends the episode.

        Args:
            candidate: Its number.

        Returns:
            A note that the choice was taken.
        """
        if not self.chooses:
            return mistake("there is one action only; predict its screen with submit_html", "no_choice")
        self.chosen = candidate
        return ToolResult(("the choice was taken",))

    def state(self) -> dict[str, Any]:
        """What was done, as JSON."""
        return {
            "submitted": list(self._written),
            "draft": self._drafted,
            "previews": self.previews,
            "chosen": self.chosen,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put a state back.

        Raises:
            ValueError: one that no hand can have.
        """
        written, draft = state["submitted"], state["draft"]
        previews, chosen = state["previews"], state["chosen"]
        if (
            not isinstance(written, list)
            or len(written) > len(self.steps)
            or not all(isinstance(html, str) for html in written)
            or not isinstance(draft, str | None)
            or type(previews) is not int
            or not (draft is not None) <= previews <= PREVIEWS
            or not (
                chosen is None or (self.chooses and type(chosen) is int and 1 <= chosen <= MAX_CANDIDATES)
            )
        ):
            raise ValueError("submitted pages, draft, previews and choice are not those of an episode")
        try:
            self.submitted = [self._render(html) for html in written]
            self.draft = self._render(draft) if draft is not None else None
        except PageError as problem:
            raise ValueError("a page that was handed in cannot be shown") from problem
        self._written, self._drafted, self.previews, self.chosen = list(written), draft, previews, chosen

    def recall(self, label: str) -> np.ndarray | None:
        """A picture that the hand showed in this state, by its label; None where it is not known."""
        if label == "preview" and self.draft is not None:
            return shown(self.draft.image)
        if label == "current and draft" and self.draft is not None:
            return _difference(self.current.image, self.draft.image)[0]
        if len(self.submitted) < len(self.steps):
            image = self.marked()
            return image.array if image.label == label else None
        return None

    def _page(self, html: str) -> tuple[Rendered | None, ToolResult]:
        """The page, or what is wrong with it."""
        width, height = self.size_px
        if not ROOT.search(html):
            what = f'a screen is one <div id="render-target"> of {width} x {height} px in a whole document'
            return None, mistake(f"{what}; write it so", "no_root")
        try:
            return self._render(html), ToolResult(())
        except PageError as problem:
            return None, mistake(f"the screen was not taken: {problem}", f"page_{problem.code}")

    def _render(self, html: str) -> Rendered:
        return shared_renderer().render(html, size_px=self.size_px)


def shown(picture: np.ndarray) -> np.ndarray:
    """A screen as the agent sees it: shrunk to 540x1200 px where it is larger."""
    height, width = picture.shape[:2]
    factor = min(SHOWN_PX[0] / width, SHOWN_PX[1] / height)
    if factor >= 1.0:
        return picture.copy()
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _difference(current: np.ndarray, draft: np.ndarray) -> tuple[np.ndarray, list[Box], float]:
    """Both side by side, boxes of what differs (px of the canvas), and its share of the screen."""
    region = changed_region(current, draft)
    count, _, stats, _ = cv2.connectedComponentsWithStats(region.astype(np.uint8))
    boxes: list[Box] = []
    sides = [shown(current), shown(draft)]
    factor = sides[0].shape[1] / current.shape[1]
    for x, y, wide, tall, size in stats[1:count].tolist():
        if size < LEAST_OUTLINED_PX:
            continue
        boxes.append((x, y, x + wide, y + tall))
        for side in sides:
            corners = [round(value * factor) for value in (x, y, x + wide - 1, y + tall - 1)]
            cv2.rectangle(side, (corners[0], corners[1]), (corners[2], corners[3]), OUTLINE, 2)
    return np.concatenate(sides, axis=1), boxes, float(region.mean())


def _places(boxes: Sequence[Box]) -> str:
    largest = sorted(boxes, key=lambda box: (box[0] - box[2]) * (box[3] - box[1]))[:8]
    return ", ".join(map(_place, largest)) or "none"


def _taken_out(page: Rendered) -> str:
    if not page.removed:
        return ""
    return f"\nremoved, for screens hold no such thing: {'; '.join(page.removed[:MAX_REMOVED])}"


def _place(box: Box) -> str:
    return f"({', '.join(f'{side:.0f}' for side in box)})"


def _hex(color: Sequence[float]) -> str:
    return "#" + "".join(f"{min(255, max(0, round(value))):02x}" for value in color)
