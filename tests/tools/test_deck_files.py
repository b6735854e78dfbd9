"""A deck as PDF, HTML and PPTX: the same words at the same places, and nothing that was hidden."""

import io
import re
import sys
from html import unescape

import numpy as np
import pytest

from eyesmith.errors import MissingExtraError, UsageError
from eyesmith.rewards.visibility import visible_groups, visible_texts
from eyesmith.tools.browser import shared_renderer
from eyesmith.tools.browser_launch import find_browser
from eyesmith.tools.deck import Deck, Slide
from eyesmith.tools.deck_files import DECK_FORMATS, EMU_PER_PX, deck_file
from eyesmith.tools.slide_layouts import compose

from .decks import painted
from .slide_samples import USUAL

LAYOUTS = ("title", "bullets", "cards", "bars", "table")
HIDDEN = {
    "opacity": "opacity:0",
    "transparent": "color:transparent",
    "outside": "position:absolute;left:-3000px",
    "clipped": "height:0;overflow:hidden",
    "white": "color:#fff",
    "tiny": "font-size:2px",
}
FREE = (
    "<div style='padding:60px;background:#fff;color:#112;height:600px'>"
    "<h1>First line<br>second &amp; last</h1>"
    "<p style='font-size:30px'>Seen <b>bold</b> and <i>slanted</i></p>"
    "<p style='opacity:.5;color:#000'>Half of it</p>"
    "<p style='text-align:right;font-size:24px'>At the right</p>"
    + "".join(f"<p style='{style}'>secret{name}</p>" for name, style in HIDDEN.items())
    + "</div>"
)
# How letters are painted, not which: as our own browser does.
SETTING = ["--font-render-hinting=none", "--disable-lcd-text", "--disable-font-subpixel-positioning"]
TITLE = 'Sales & "margin" <Q3>'


@pytest.fixture(scope="module")
def deck():
    shown = [Slide(compose(name, *USUAL[name]), name) for name in LAYOUTS]
    return Deck([*shown, Slide(FREE)], theme="coral", footer="Pellworth Stores")


@pytest.fixture(scope="module")
def files(deck):
    return {to: deck_file(deck, to, title=TITLE) for to in ("pdf", "html")}


def words(text):
    return re.findall(r"\w+", text)


def words_seen(deck, index):
    return words(" ".join(group.text for group in visible_groups(deck.shown(index).page)))


def test_a_deck_without_slides_makes_no_file():
    for to in DECK_FORMATS:
        with pytest.raises(UsageError, match="without slides"):
            deck_file(painted()[0], to, title="x")


def test_an_unknown_format_names_those_there_are():
    with pytest.raises(UsageError, match=r"no format 'ppt'; there are: pdf, html, pptx. Did you mean 'pptx'"):
        deck_file(painted([Slide("x")])[0], "ppt", title="x")


def test_pptx_without_python_pptx_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(MissingExtraError, match=r'pip install "eyesmith\[office\]"'):
        deck_file(painted([Slide("x")])[0], "pptx", title="x")


@pytest.mark.browser
def test_the_pdf_has_a_page_of_the_right_size_for_each_slide(deck, files):
    pdf = files["pdf"]
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == len(deck)
    assert set(re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)) == {b"0 0 960 540"}
    assert b"/FontFile" in pdf, "text, with its fonts in it"


@pytest.mark.browser
def test_the_pdf_is_the_same_each_time(deck, files):
    assert deck_file(deck, "pdf", title=TITLE) == files["pdf"]


@pytest.mark.browser
def test_the_pdf_can_be_searched_for_every_word_that_is_seen(deck, files):
    pdfium = pytest.importorskip("pypdfium2", reason="reads PDF back; make test installs it")
    document = pdfium.PdfDocument(files["pdf"])
    for index in range(len(deck)):
        held = words(document[index].get_textpage().get_text_range())
        assert set(words_seen(deck, index)) <= set(held)
        shown = np.asarray(document[index].render(scale=4 / 3).to_pil().convert("RGB")).astype(int)
        seen = deck.shown(index).image.astype(int)
        assert abs(shown[:720, :1280] - seen).mean() < 6, f"page {index} looks like its slide"


@pytest.mark.browser
def test_the_html_needs_nothing_from_outside(deck, files):
    told = files["html"].decode()
    assert told.count("<iframe sandbox ") == len(deck)
    assert "<title>Sales &amp; &quot;margin&quot; &lt;Q3&gt;</title>" in told
    everything = told + unescape(told)
    assert not re.search(
        r"(?:src|href)=[\"']?(?!data:|doc)|url\((?!data:)|@import|<script|<link|<base", everything
    )
    assert not re.search(r"https?://(?!www\.w3\.org/)", everything)


@pytest.mark.browser
def test_the_html_looks_like_the_slides_in_another_browser(deck, files):
    """Without scripts, without a network, and without this machine's fonts."""
    from playwright.sync_api import sync_playwright

    refused = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(find_browser()), args=SETTING)
        page = browser.new_page(viewport={"width": 1400, "height": 900}, java_script_enabled=False)
        page.route("**/*", lambda route: (refused.append(route.request.url), route.abort()))
        page.on("console", lambda message: refused.append(message.text[:80]))
        page.set_content(files["html"].decode())
        frames = page.locator("iframe")
        assert frames.count() == len(deck)
        pictures = [frames.nth(index).screenshot() for index in range(len(deck))]
        browser.close()
    assert refused == []
    for index, packed in enumerate(pictures):
        image = decoded(packed)
        assert image.shape == (720, 1280, 3)
        apart = abs(image.astype(int) - deck.shown(index).image.astype(int))
        # The faces of this machine would change 1 to 4 percent of the pixels.
        assert (apart.max(axis=2) > 40).mean() < 0.001, f"slide {index} is set in other type"


def decoded(packed):
    import cv2

    return cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


@pytest.mark.browser
def test_only_the_faces_of_a_slide_come_with_it(files):
    slides = re.findall(r'srcdoc="([^"]*)"', files["html"].decode())
    faces = [set(re.findall(r"font-family:'([^']+)';font-weight:(\d+)", unescape(slide))) for slide in slides]
    assert all(face <= {("Inter", "400"), ("Inter", "600"), ("Inter", "700")} for face in faces)
    assert all(faces)


@pytest.fixture(scope="module")
def slides(deck):
    pptx = pytest.importorskip("pptx", reason="python-pptx: make test installs it")
    return list(pptx.Presentation(io.BytesIO(deck_file(deck, "pptx", title=TITLE))).slides)


def boxes(slide):
    return [shape for shape in slide.shapes if shape.has_text_frame]


def px(length):
    return length / EMU_PER_PX


@pytest.mark.browser
def test_the_pptx_holds_every_word_that_is_seen_and_no_other(deck, slides):
    assert len(slides) == len(deck)
    for index, slide in enumerate(slides):
        held = " ".join(shape.text_frame.text for shape in boxes(slide))
        assert sorted(words(held)) == sorted(words_seen(deck, index))
        assert "secret" not in held


@pytest.mark.browser
def test_the_pptx_has_the_size_of_a_slide(deck, slides):
    presentation = slides[0].part.package.presentation_part.presentation
    assert (px(presentation.slide_width), px(presentation.slide_height)) == (1280, 720)
    assert presentation.core_properties.title == TITLE


@pytest.mark.browser
def test_each_text_box_stands_where_its_text_stands(deck, slides):
    for index, slide in enumerate(slides):
        groups = visible_groups(deck.shown(index).page)
        assert len(boxes(slide)) == len(groups)
        for shape, group in zip(boxes(slide), groups, strict=True):
            x0, y0 = px(shape.left), px(shape.top)
            x1, y1 = x0 + px(shape.width), y0 + px(shape.height)
            assert abs(y0 - group.box[1]) <= 1
            assert abs(y1 - group.box[3]) <= 1
            assert -7 <= x0 - group.box[0] <= 1
            assert -1 <= x1 - group.box[2] <= 7


@pytest.mark.browser
def test_type_is_as_large_as_bold_and_as_dark_as_it_is_seen(deck, slides):
    for index, slide in enumerate(slides):
        blocks = visible_texts(deck.shown(index).page)
        runs = [run for shape in boxes(slide) for run in shape.text_frame.paragraphs[0].runs]
        assert len(runs) == len(blocks)
        for run, block in zip(runs, blocks, strict=True):
            assert run.font.size.pt == pytest.approx(0.75 * block.font_px, abs=0.26)
            assert run.font.bold == (block.weight >= 600)
            assert run.font.italic == block.italic
            assert run.font.name == block.family
    free = {shape.text_frame.text: shape for shape in boxes(slides[-1])}
    half = free["Half of it"].text_frame.paragraphs[0].runs[0].font.color.rgb
    assert all(abs(channel - 128) <= 2 for channel in half)


@pytest.mark.browser
def test_lines_break_where_they_broke(slides):
    free = [shape.text_frame.text for shape in boxes(slides[-1])]
    assert "First line \vsecond & last" in free
    assert "Seen bold and slanted" in free


@pytest.mark.browser
def test_the_picture_behind_has_all_but_the_text(deck, slides):
    for index, slide in enumerate(slides):
        (picture,) = [shape for shape in slide.shapes if not shape.has_text_frame]
        assert (px(picture.width), px(picture.height)) == (1280, 720)
        behind, seen = decoded(picture.image.blob), deck.shown(index).image
        texts = np.zeros((720, 1280), bool)
        for block in deck.shown(index).page.blocks:
            for x0, y0, x1, y1 in block.lines:
                texts[max(0, int(y0) - 2) : int(y1) + 3, max(0, int(x0) - 6) : int(x1) + 7] = True  # slanted
        assert np.array_equal(behind[~texts], seen[~texts])
        assert not np.array_equal(behind[texts], seen[texts])
        assert not visible_texts(shared_renderer().render(f"<img src='{data(picture)}'>").page)


def data(picture):
    import base64

    return f"data:image/png;base64,{base64.b64encode(picture.image.blob).decode()}"
