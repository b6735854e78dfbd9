"""A deck as a file: PDF, HTML or PPTX.

The PDF is printed by the browser, with text that can be selected. The HTML is one page that needs no network:
each slide in a sandboxed frame of its own, in its sanitised form, with the fonts that it uses. The PPTX has a
real text box for each measured group of texts that a viewer can see, over a picture of all that is not text.
"""

__all__ = ["DECK_FORMATS", "deck_file"]

import base64
import io
import re
from collections.abc import Callable, Mapping
from html import escape
from itertools import groupby

import cv2

from ..errors import MissingExtraError, UsageError, did_you_mean
from ..rewards.block import Block, Box
from ..rewards.visibility import visible_texts
from .browser import shared_renderer
from .deck import SLIDE_PX, Deck
from .fonts import FACES, font_path
from .page_frame import POLICY

EMU_PER_PX = 9525
POINTS_PER_PX = 0.75
ROOM_PX = 6  # room at the right of a text box: other programs set type a little wider
NO_TEXT = (
    "<style>*{color:transparent!important;-webkit-text-fill-color:transparent!important;"
    "text-shadow:none!important;text-decoration-color:transparent!important}"
    "text,tspan{fill:transparent!important;stroke:none!important}"
    "li::marker{color:transparent!important}</style>"
)
FAMILIES = {
    "Inter": "Inter",
    "Source Serif 4": "SourceSerif4",
    "Barlow Condensed": "BarlowCondensed",
    "JetBrains Mono": "JetBrainsMono",
    "DejaVu Sans": "DejaVuSans",
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
img-src data:; font-src data:; frame-src 'self' about:">
<style>body{{margin:0;padding:32px;background:#e2e4e8;display:flex;flex-direction:column;align-items:center;\
gap:32px}}iframe{{width:{width}px;height:{height}px;border:0;background:#fff;\
box-shadow:0 2px 12px rgba(0,0,0,.18)}}\
@media print{{body{{padding:0;gap:0;background:none}}iframe{{box-shadow:none;\
page-break-after:always}}}}</style>
</head><body>
{frames}
</body></html>
"""


def deck_file(deck: Deck, to: str, *, title: str) -> bytes:
    """A deck as a file.

    Args:
        deck: at least one slide.
        to: `pdf`, `html` or `pptx`.
        title: of the document.

    Raises:
        UsageError: no such format, or a deck without slides.
        MissingExtraError: PPTX needs python-pptx.
    """
    if to not in DECK_FORMATS:
        there = ", ".join(DECK_FORMATS)
        raise UsageError(f"a deck has no format {to!r}; there are: {there}.{did_you_mean(to, DECK_FORMATS)}")
    if not len(deck):
        raise UsageError("a deck without slides makes no file")
    return DECK_FORMATS[to](deck, title)


def _pdf(deck: Deck, title: str) -> bytes:
    return shared_renderer().pdf([deck.shown(index).html for index in range(len(deck))], size_px=SLIDE_PX)


def _html(deck: Deck, title: str) -> bytes:
    frames = []
    for index in range(len(deck)):
        page = deck.shown(index)
        styled = _with_fonts(page.html, page.page.blocks)
        frames.append(f'<iframe sandbox title="Slide {index + 1}" srcdoc="{escape(styled)}"></iframe>')
    width, height = SLIDE_PX
    told = PAGE.format(title=escape(title), width=width, height=height, frames="\n".join(frames))
    return told.encode()


def _with_fonts(html: str, blocks: tuple[Block, ...]) -> str:
    """A page with the faces in it that its texts are set in."""
    used = {(FAMILIES.get(block.family, "Inter"), block.weight) for block in blocks if block.kind == "text"}
    faces = []
    for family, file in FAMILIES.items():
        for weight in FACES[file]:
            if any(face == file and _nearest(file, asked) == weight for face, asked in used):
                data = base64.b64encode(font_path(file, weight).read_bytes()).decode()
                faces.append(
                    f"@font-face{{font-family:'{family}';font-weight:{weight};"
                    f"src:url(data:font/ttf;base64,{data})}}"
                )
    html = html.replace(POLICY, f"{POLICY}; font-src data:", 1)  # a slide of its own loads no font
    style = f"<style>{''.join(faces)}</style>"
    at = re.search(r"</head\s*>", html, re.IGNORECASE)
    return html[: at.start()] + style + html[at.start() :] if at else style + html


def _nearest(file: str, weight: int) -> int:
    return min(FACES[file], key=lambda there: (abs(there - weight), there))


def _pptx(deck: Deck, title: str) -> bytes:
    try:
        from pptx import Presentation
        from pptx.util import Emu
    except ImportError:
        raise MissingExtraError('PPTX needs python-pptx: pip install "eyesmith[office]"') from None
    made = Presentation()
    made.core_properties.title = title
    made.slide_width, made.slide_height = (Emu(side * EMU_PER_PX) for side in SLIDE_PX)
    blank = made.slide_layouts[6]
    for index in range(len(deck)):
        page = deck.shown(index)
        slide = made.slides.add_slide(blank)
        bare = shared_renderer().render(
            deck.html(index).replace("</body>", f"{NO_TEXT}</body>"), size_px=SLIDE_PX
        )
        picture = io.BytesIO(cv2.imencode(".png", bare.image[..., ::-1])[1].tobytes())
        slide.shapes.add_picture(picture, Emu(0), Emu(0), made.slide_width, made.slide_height)
        # What is hidden on the slide would stand there in full colour.
        for _, group in groupby(visible_texts(page.page), key=lambda block: block.group):
            _add_text(slide, list(group))
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def _add_text(slide: object, blocks: list[Block]) -> None:
    """One text box for the texts of a group, a run for each block; lines begin where they begin."""
    from pptx.dml.color import RGBColor
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Emu, Pt

    lines = [line for block in blocks for line in _lines(block)]
    x0, y0 = min(line[0] for line in lines), min(line[1] for line in lines)
    x1, y1 = max(line[2] for line in lines), max(line[3] for line in lines)
    align = {
        "left": PP_ALIGN.LEFT,
        "center": PP_ALIGN.CENTER,
        "right": PP_ALIGN.RIGHT,
        "justify": PP_ALIGN.JUSTIFY,
    }
    room = ROOM_PX if blocks[0].align in ("left", "justify") else 0
    left = x0 - (ROOM_PX if blocks[0].align == "right" else ROOM_PX / 2 if blocks[0].align == "center" else 0)
    width = x1 - x0 + max(room, ROOM_PX)
    place = (Emu(round(value * EMU_PER_PX)) for value in (left, y0, width, y1 - y0))
    frame = slide.shapes.add_textbox(*place).text_frame  # type: ignore[attr-defined]
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    frame.word_wrap = len({round(line[1]) for line in lines}) > 1
    paragraph = frame.paragraphs[0]
    paragraph.alignment = align[blocks[0].align]
    for before, block in zip((None, *blocks[:-1]), blocks, strict=True):
        if before and _lines(block)[0][1] >= _lines(before)[-1][3] - ROOM_PX:
            paragraph.add_line_break()
        run = paragraph.add_run()
        run.text = block.text
        run.font.size = Pt(max(1.0, round(block.font_px * POINTS_PER_PX * 2) / 2))
        run.font.name = block.family
        run.font.bold = block.weight >= 600
        run.font.italic = block.italic
        run.font.color.rgb = RGBColor(*_as_painted(block))


def _lines(block: Block) -> tuple[Box, ...]:
    return block.lines or (block.box,)


def _as_painted(block: Block) -> tuple[int, ...]:
    """The colour of a text on what is behind it."""
    return tuple(
        round(block.alpha * own + (1 - block.alpha) * behind)
        for own, behind in zip(block.color, block.background, strict=True)
    )


DECK_FORMATS: Mapping[str, Callable[[Deck, str], bytes]] = {"pdf": _pdf, "html": _html, "pptx": _pptx}
"""Format, which is also the file's suffix -> what writes it."""
