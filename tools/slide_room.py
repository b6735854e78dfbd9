"""The room below a slide's title, and how much of it a text takes.

Text is measured in the widest face of all themes, so that what fits once fits in every theme.
"""

__all__ = ["CLOSING_PX", "GAP_PX", "MAIN_PX", "PADDING_PX", "WIDTH_PX", "height_px", "main", "named"]

from .slide_text import glued
from .slide_type import LINE_HEIGHT, Role, line_count

WIDTH_PX = 1152
CLOSING_PX = 912
"""Width on the closing slide, beside the theme's art."""
MAIN_PX = 504
"""Height below a title of one line."""
GAP_PX = 24
PADDING_PX = 32


def height_px(text: str, size_px: int, role: Role, width_px: float) -> float:
    """Height of a running text; numbers keep to their units."""
    return line_count(glued(text), size_px, role, width_px) * size_px * LINE_HEIGHT


def main(kind: str, content: str, style: str = "") -> str:
    r"""HTML of the room.

    >>> main("rows", "<p>One</p>", "--t:24px")
    '<div class="main rows" style="--t:24px">\n<p>One</p>\n</div>'
    """
    classes = f"main {kind}".strip()
    styled = f' style="{style}"' if style else ""
    return f'<div class="{classes}"{styled}>\n{content}\n</div>'


def named(texts: list[str]) -> list[tuple[str, str]]:
    """Texts with the names that messages give them.

    >>> named(["One", "Two"])
    [('block 1', 'One'), ('block 2', 'Two')]
    """
    return [(f"block {number}", text) for number, text in enumerate(texts, 1)]
