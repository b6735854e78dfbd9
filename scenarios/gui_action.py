"""Actions on a phone, as AndroidControl and Code2World write them.

A finger at a place, a text, a key, an app, the way back, a pause; coordinates are px of the canvas
(Code2World: arXiv 2602.09856).
"""

__all__ = ["KINDS", "Action"]

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..errors import UsageError, did_you_mean

KINDS = ("click", "long_press", "swipe", "type", "key", "open", "back", "wait")
_ARGUMENTS = {
    "click": ("coordinate",),
    "long_press": ("coordinate",),
    "swipe": ("coordinate", "coordinate2"),
    "type": ("text",),
    "key": ("text",),
    "open": ("text",),
    "system_button": ("button",),
    "wait": ("time",),
}

MOST_PX = 1e6
_WORDS = {"type": "text", "key": "key", "open": "app"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a finger or the system does; coordinates are px of the canvas."""

    kind: str
    x: float | None = None
    y: float | None = None
    x2: float | None = None
    y2: float | None = None
    text: str = ""
    key: str = ""
    app: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(
                f"unknown action {self.kind!r}; there is: {', '.join(KINDS)}.{did_you_mean(self.kind, KINDS)}"
            )
        names = {"click": ("x", "y"), "long_press": ("x", "y"), "swipe": ("x", "y", "x2", "y2")}
        for name in names.get(self.kind, ()):
            value = getattr(self, name)
            if type(value) not in (int, float) or not abs(value) < MOST_PX:
                raise UsageError(f"{self.kind} needs the number {name}, px of the canvas; got {value!r}")

    def to_json(self) -> dict[str, Any]:
        """The action as AndroidControl writes it.

        >>> Action(kind="click", x=10, y=20).to_json()
        {'action': 'click', 'coordinate': [10, 20]}
        >>> Action(kind="back").to_json()
        {'action': 'system_button', 'button': 'Back'}
        """
        if self.kind == "back" or (self.kind == "key" and self.key == "home"):
            return {"action": "system_button", "button": "Back" if self.kind == "back" else "Home"}
        found: dict[str, Any] = {"action": self.kind}
        if self.x is not None and self.y is not None:
            found["coordinate"] = [_plain(self.x), _plain(self.y)]
        if self.x2 is not None and self.y2 is not None:
            found["coordinate2"] = [_plain(self.x2), _plain(self.y2)]
        if words := self.text or self.key or self.app:
            found["text"] = words
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Action":
        """Read what `to_json` writes.

        Raises:
            UsageError: it is no such action; the text names the field.
        """
        if not isinstance(data, Mapping):
            raise UsageError(f"an action is a JSON object, got {type(data).__name__}")
        kind = data.get("action")
        if not isinstance(kind, str) or kind not in _ARGUMENTS:
            near = did_you_mean(str(kind), tuple(_ARGUMENTS))
            raise UsageError(f"'action' is one of {', '.join(_ARGUMENTS)}; got {kind!r}.{near}")
        wanted = _ARGUMENTS[kind]
        for name in data:
            if name != "action" and name not in wanted:
                raise UsageError(
                    f"{kind} takes {', '.join(wanted) or 'nothing'}; got {name!r}"
                    f".{did_you_mean(name, wanted)}"
                )
        if kind == "system_button":
            button = data.get("button")
            if button not in ("Back", "Home"):
                raise UsageError(f"'button' is Back or Home; got {button!r}")
            return cls(kind="back") if button == "Back" else cls(kind="key", key="home")
        if "text" in wanted:
            text = data.get("text")
            if not isinstance(text, str) or not text:
                raise UsageError(f"'text' of {kind} is a text that is not empty; got {text!r}")
            return replace(cls(kind=kind), **{_WORDS[kind]: text})
        points = [_point(data, name) for name in wanted if name != "time"]
        flat = [value for point in points for value in point]
        return cls(kind=kind, **dict(zip(("x", "y", "x2", "y2"), flat, strict=False)))

    def words(self) -> str:
        """The action in words.

        >>> Action(kind="swipe", x=400, y=300, x2=200, y2=300).words()
        'swipe from (400, 300) to (200, 300)'
        """
        match self.kind:
            case "click":
                return f"click at {_place(self.x, self.y)}"
            case "long_press":
                return f"long press at {_place(self.x, self.y)}"
            case "swipe":
                return f"swipe from {_place(self.x, self.y)} to {_place(self.x2, self.y2)}"
            case "type":
                return f'type "{self.text}"'
            case "key":
                return f"press the {self.key} key"
            case "open":
                return f"open the app {self.app}"
            case "back":
                return "press back"
            case _:
                return "wait"

    def scaled(self, factor: float) -> "Action":
        """The same action on a canvas `factor` times as large."""
        moved = {
            name: getattr(self, name) * factor
            for name in ("x", "y", "x2", "y2")
            if getattr(self, name) is not None
        }
        return replace(self, **moved)

    @property
    def direction(self) -> str:
        """Where the finger of a swipe goes: left, right, up or down; "" of other actions."""
        if self.x is None or self.x2 is None or self.y is None or self.y2 is None:
            return ""
        right, down = self.x2 - self.x, self.y2 - self.y
        if abs(right) >= abs(down):
            return "right" if right > 0 else "left"
        return "down" if down > 0 else "up"


def _point(data: Mapping[str, Any], name: str) -> tuple[float, float]:
    point = data.get(name)
    if (
        not isinstance(point, list | tuple)
        or len(point) != 2
        or not all(type(value) in (int, float) and abs(value) < MOST_PX for value in point)
    ):
        raise UsageError(f"{name!r} is [x, y], px of the canvas; got {point!r}")
    return point[0], point[1]


def _plain(value: float) -> float:
    return int(value) if float(value).is_integer() else round(value, 2)


def _place(x: float | None, y: float | None) -> str:
    return f"({x or 0:g}, {y or 0:g})"
