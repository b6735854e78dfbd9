"""The text of a slide as it is graded: passages, the title, the words.

Made from a rendered page, of what a viewer can see, or by hand in a test; knows no brief.
"""

__all__ = ["Passage", "SlideText", "slide_text", "title_of"]

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import isclose

from .block import Box, PageFacts
from .numbers import figures
from .visibility import TextGroup, visible_groups
from .vocabulary import content_stems, word_count

READABLE_CONTRAST = 2.0  # a room reads a slide from afar: fainter or smaller text is seen and not read
READABLE_PX = 12.0
TITLE_ZONE = 0.3
TITLE_ZONE_OF_TAG = 0.5
SPARSE_WORDS = 30
SPARSE_ZONE = 0.75
TITLE_WORDS = (1, 14)
TITLE_LEAD = 1.15
HEADING_TAGS = ("h1", "h2")
LEAST_TICKS = 3
TICK_SLACK_PX = 2.5


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of a slide that stands by itself.

    Args:
        text: what it says, in one line.
        box: where it stands, px; None where nothing is known of places.
        card: number of the box around it, -1 for the slide itself.
        is_tick: a number of an axis: it measures and states nothing.
    """

    text: str
    box: Box | None = None
    card: int = -1
    is_tick: bool = False


@dataclass(frozen=True, slots=True)
class SlideText:
    """What can be read on a slide.

    Args:
        passages: in document order.
        title: position of its title in the passages, -1 for none.
    """

    passages: tuple[Passage, ...]
    title: int = -1

    @property
    def text(self) -> str:
        """All passages, a line each."""
        return "\n".join(passage.text for passage in self.passages)

    @property
    def words(self) -> int:
        """How many words a viewer has to read, numbers included, ticks of axes left out."""
        return sum(word_count(passage.text) for passage in self.passages if not passage.is_tick)

    @classmethod
    def of(cls, *lines: str) -> "SlideText":
        """A slide from bare lines, the first of which is its title.

        >>> SlideText.of("Sales rose", "EUR 58 million").words
        5
        """
        return cls(tuple(Passage(line) for line in lines), 0 if lines else -1)


def slide_text(page: PageFacts) -> SlideText:
    """What can be read on a rendered page: texts of contrast 2 and 12 px at least.

    Ticks are found as three or more bare numbers in a row or column whose places grow evenly with their
    values, as on an axis.
    """
    groups = visible_groups(page, min_contrast=READABLE_CONTRAST, min_font_px=READABLE_PX)
    ticks = _ticks(groups)
    title = title_of(page, groups)
    passages = tuple(
        Passage(group.text, group.box, group.parent, index in ticks) for index, group in enumerate(groups)
    )
    return SlideText(passages, groups.index(title) if title else -1)


def title_of(page: PageFacts, groups: Sequence[TextGroup] | None = None) -> TextGroup | None:
    """The title of a page: its h1 or h2, else its largest text in the top 30 %.

    On a page of few words (a cover, a divider, a quote) it may stand lower. A title has 1 to 14 words and is
    no mere number. A heading is at least as large as most letters of the rest, another text 1.15 times.

    Args:
        page: measured blocks.
        groups: its visible groups, where they are known already.
    """
    groups = visible_groups(page) if groups is None else groups
    wordy = [group for group in groups if content_stems(group.text) and not group.is_drawn]
    if not wordy:
        return None
    height = page.size_px[1]
    is_sparse = sum(word_count(group.text) for group in groups) <= SPARSE_WORDS
    zone = SPARSE_ZONE if is_sparse else TITLE_ZONE

    def stands_within(group: TextGroup, share: float, lead: float) -> bool:
        if (group.box[1] + group.box[3]) / 2 > share * height:
            return False
        usual = _usual_size([other for other in groups if other is not group])
        return group.font_px >= lead * usual

    tagged = [group for group in wordy if group.blocks[0].tag in HEADING_TAGS]
    found = [group for group in tagged if stands_within(group, max(zone, TITLE_ZONE_OF_TAG), 1.0)]
    found = found or [group for group in wordy if stands_within(group, zone, TITLE_LEAD)]
    found = [group for group in found if TITLE_WORDS[0] <= word_count(group.text) <= TITLE_WORDS[1]]
    return max(found, key=lambda group: (group.font_px, -group.box[1]), default=None)


def _usual_size(groups: Sequence[TextGroup]) -> float:
    """Font size of the median letter."""
    sizes = sorted((group.font_px, len(group.text)) for group in groups)
    half, passed = sum(count for _, count in sizes) / 2, 0
    for size, count in sizes:
        passed += count
        if passed >= half:
            return size
    return 0.0


def _ticks(groups: Sequence[TextGroup]) -> frozenset[int]:
    """Positions of the numbers of axes."""
    numbers: list[tuple[int, float, Box]] = []
    for index, group in enumerate(groups):
        found = figures(group.text)
        if len(found) == 1 and not content_stems(group.text) and word_count(group.text) <= 2:
            value = found[0].value * (-1 if found[0].sign < 0 else 1)
            numbers.append((index, value, group.box))
    ticks: set[int] = set()
    for across, along in ((0, 1), (1, 0)):  # a column of an upright axis, a row of a level one
        for edge in (across, across + 2):
            rows: dict[int, list[tuple[int, float, Box]]] = {}
            for number in numbers:
                rows.setdefault(round(number[2][edge] / (2 * TICK_SLACK_PX)), []).append(number)
            for row in rows.values():
                if len(row) >= LEAST_TICKS and _is_scale(row, along):
                    ticks.update(index for index, _, _ in row)
    return frozenset(ticks)


def _is_scale(row: Sequence[tuple[int, float, Box]], along: int) -> bool:
    """Whether values step evenly and stand where an axis would put them."""
    places = [((box[along] + box[along + 2]) / 2, value) for _, value, box in row]
    places.sort()
    steps = [second[1] - first[1] for first, second in pairwise(places)]
    if not steps[0] or not all(isclose(step, steps[0], rel_tol=1e-6) for step in steps):
        return False
    slope = (places[-1][0] - places[0][0]) / (places[-1][1] - places[0][1])
    return all(
        abs((b[0] - a[0]) - slope * (b[1] - a[1])) <= TICK_SLACK_PX for a, b in combinations(places, 2)
    )
