"""SlideForge's published rewards, strong and weak points alike."""

import pytest

from eyesmith.errors import UsageError
from eyesmith.rewards.forge_page import forge_slide
from eyesmith.rewards.slideforge import (
    RECIPES,
    WEIGHTS,
    ForgeBrief,
    ForgeSlide,
    aesthetic_html,
    aesthetic_visual,
    aggregate,
    brief_reconstruction,
    code_rules,
    content_quality,
    render_quality,
)

BRIEF = ForgeBrief("Enterprise AI adoption in the north", "board of directors", slides=7, confidence=0.3)
SALAD = "enterprise adoption results key findings overview synergy leverage growth value market data"
SEARCH = "Mock result: enterprise adoption overview, key findings and market data"


def page(number, total=7, *, title="x", bodies=(SALAD,) * 3):
    """A slide of the published template: number, title, sections with icon and heading, footer."""
    sections = "".join(
        '<div class="section"><div class="section-header"><span class="section-icon">*</span><h2>x</h2>'
        f"</div><p>{body}</p></div>"
        for body in bodies
    )
    return (
        "<!DOCTYPE html><html><head><style>.title { color: red }</style></head><body>"
        f'<div class="slide-number">{number:02d} / {total:02d}</div><div class="title">{title}</div>'
        f'<div class="sections layout-three">{sections}</div>'
        '<div class="footer"><div class="footer-brand">SlideForge</div></div></body></html>'
    )


JUNK = [forge_slide(page(number)) for number in range(1, 8)]


def test_the_junk_deck_scores_as_published():
    assert code_rules(JUNK, BRIEF).value == pytest.approx(0.985, abs=1e-12)
    assert render_quality(JUNK, BRIEF).value == 1.0
    assert content_quality(JUNK, BRIEF, research=[SEARCH], outline=["x"] * 7).value == pytest.approx(1.0)
    levels = {
        "code_rules": code_rules(JUNK, BRIEF).value,
        "render_quality": render_quality(JUNK, BRIEF).value,
        "content_quality": content_quality(JUNK, BRIEF, research=[SEARCH], outline=["x"] * 7).value,
    }
    assert aggregate(levels) == pytest.approx((0.985 + 2 + 2) / 5)


def test_its_parts_each_count():
    without_title = [forge_slide(page(n, title="")) for n in range(1, 8)]
    two_sections = [forge_slide(page(n, bodies=(SALAD,) * 2)) for n in range(1, 8)]
    wordy = [forge_slide(page(n, bodies=(SALAD * 9,) * 3)) for n in range(1, 8)]
    assert code_rules(without_title, BRIEF).value == pytest.approx(0.25 * (2 + 46 / 50))
    assert code_rules(two_sections, BRIEF).value == pytest.approx(0.25 * (2 + 33 / 50) + 0.1)
    assert code_rules(wordy, BRIEF).value < code_rules(JUNK, BRIEF).value
    assert code_rules([ForgeSlide("", None, ("", ""))], BRIEF).value == pytest.approx(0.1)
    assert code_rules(JUNK, ForgeBrief(words_per_slide=0)).value == pytest.approx(0.75)


def test_rendering_counts_slides_pictures_and_classes():
    assert render_quality(JUNK[:3], BRIEF).value == pytest.approx(0.4 * 3 / 7 + 0.6)
    assert render_quality(JUNK * 2, BRIEF).value == 1.0
    dark = [ForgeSlide(slide.text, slide.title, slide.sections, rendered=False) for slide in JUNK]
    assert render_quality(dark, BRIEF).value == pytest.approx(0.7)
    assert render_quality([ForgeSlide("a fine slide", None, ("x",))] * 7, BRIEF).value == pytest.approx(0.7)


def test_content_counts_words():
    off_topic = [ForgeSlide(f"cats and dogs {n}", "x", ("y",)) for n in range(7)]
    assert content_quality(off_topic, BRIEF).value == pytest.approx(0.2 + 0.1)
    on_stop_words = [ForgeSlide(f"cats in {n}", "x", ("y",)) for n in range(7)]
    assert content_quality(on_stop_words, BRIEF).value == pytest.approx(0.35 + 0.2 + 0.1)
    sure = ForgeBrief("Enterprise AI adoption", slides=7, confidence=1.0)
    assert content_quality(off_topic, sure).value == pytest.approx(0.15 + 0.2 + 0.1)
    # A page that was fetched counts as research, and nothing of it is read.
    assert content_quality(off_topic, sure, research=[""]).value == pytest.approx(0.2 + 0.1)
    same = [ForgeSlide("cats", "x", ("y",))] * 4
    assert content_quality(same, BRIEF, outline=["a"]).value == pytest.approx(0.2 / 4 + 0.2 / 7)


def test_four_words_of_the_research_make_a_slide_grounded():
    found = ["the rent of stores rose in march"]
    three, four = (
        content_quality([ForgeSlide(text, "x", ("y",))], BRIEF, research=found).value
        for text in ("the rent of stores rose", "the rent of stores rose in march")
    )
    assert four - three == pytest.approx(0.25)


def test_the_page_number_makes_copies_unique():
    copies = [forge_slide(page(number)) for number in range(1, 8)]
    assert len({slide.text for slide in copies}) == 7
    unnumbered = [forge_slide(page(1)) for _ in range(7)]
    numbered, bare = (content_quality(deck, BRIEF).value for deck in (copies, unnumbered))
    assert numbered - bare == pytest.approx(0.2 * 6 / 7)


def test_no_slides_score_0():
    for score in (
        code_rules([], BRIEF),
        render_quality([], BRIEF),
        content_quality([], BRIEF, outline=["a"]),
    ):
        assert score.value == 0.0
    assert aesthetic_html([], 0).value == aesthetic_visual([1.0], 0).value == 0.0


def test_marks_are_cut_and_filled_up_with_0():
    assert aesthetic_html([0.5, 2.0, -1.0], 4).value == pytest.approx(1.5 / 4)
    assert aesthetic_visual([1.0] * 9, 4).value == 1.0
    assert aesthetic_visual([1.0] * 9, 4).parts == {"aesthetic_visual": 1.0}


def told(**changes):
    sound = {
        "topic": "Enterprise AI adoption in the north",
        "audience": "Board of Directors",
        "num_slides": 7,
        "key_themes": ["enterprise adoption", "AI in the north"],
    }
    return sound | changes


@pytest.mark.parametrize(
    ("changes", "value"),
    [
        ({}, 1.0),
        ({"topic": "AI adoption"}, 0.8),
        ({"topic": "everything about AI adoption in each enterprise of the north and the south"}, 1.0),
        ({"audience": "the board of directors of the company"}, 0.75 + 0.25 * 0.7),
        ({"audience": ""}, 0.75 + 0.25 * 0.7),  # an empty text stands in every other
        ({"audience": "directors"}, 0.75 + 0.25 * 0.7),
        ({"audience": "senior directors"}, 0.75 + 0.25 * 0.4 / 2),
        ({"num_slides": 14}, 0.85 + 0.075),
        ({"num_slides": "7"}, 1.0),
        ({"num_slides": "seven"}, 0.85),
        ({"num_slides": None}, 0.85),
        ({"num_slides": -3}, 0.85),
        ({"key_themes": ["adoption"]}, 0.8 + 0.2 * 1.5 / 4),
        ({"key_themes": []}, 0.8),
        ({"key_themes": "adoption"}, 0.8),
        ({"topic": None}, 0.6),
    ],
)
def test_a_brief_told_from_slides(changes, value):
    assert brief_reconstruction(told(**changes), BRIEF).value == pytest.approx(value)


def test_an_empty_answer_tells_an_empty_audience():
    assert brief_reconstruction({}, BRIEF).value == pytest.approx(0.25 * 0.7)


def test_the_sum_is_renormalised_without_a_judge():
    plain, judged = RECIPES["slideforge"], RECIPES["slideforge_with_judge"]
    assert sum(WEIGHTS.values()) == 10.0
    assert {term.name: term.weight for term in judged.terms} == dict(WEIGHTS)
    assert plain.parts == ("code_rules", "render_quality", "content_quality")
    assert (plain.needs_judge, judged.needs_judge) == (False, True)
    low = {name: 0.0 for name in WEIGHTS}
    for name, weight in WEIGHTS.items():
        assert judged.score(low | {name: 1.0}).value == pytest.approx(weight / 10)
    assert plain.score({"code_rules": 1.0, "render_quality": 0.0, "content_quality": 0.0}).value == 0.2
    for recipe in (plain, judged):
        assert recipe.score(dict.fromkeys(recipe.parts, 1.0)).value == 1.0
        assert recipe.score(dict.fromkeys(recipe.parts, 0.0)).value == 0.0
        with pytest.raises(UsageError):
            recipe.score({"code_rules": 1.0})
    assert plain.formula == "(1*code_rules + 2*render_quality + 2*content_quality) / 5"
    for wrong in ({}, {"polish": 1.0}):
        with pytest.raises(UsageError, match="SlideForge's components"):
            aggregate(wrong)


@pytest.mark.parametrize(
    ("html", "slide"),
    [
        ("", ForgeSlide("", None, ())),
        ("plain", ForgeSlide("plain", None, ())),
        ('<p class="title"> </p>', ForgeSlide("", "", ())),
        (
            '<p class="subtitle">a</p><p class="x title">b</p><p class="title">c</p>',
            ForgeSlide("a b c", "b", ()),
        ),
        ('<div class="section">a<div class="section">b</div></div>', ForgeSlide("a b", None, ("ab", "b"))),
        ('<div class="section"/>a', ForgeSlide("a", None, ("",))),
        ('<img class="section">a', ForgeSlide("a", None, ("",))),
        ("<style>a</style><script>b</script><!-- c --><template><p class='title'>d</template>e",) * 1
        + (ForgeSlide("e", None, ()),),
        ("a<!-- x -->b<br>c&amp;d <b>e</i></b>", ForgeSlide("a b c&d e", None, ())),
        ('<div class="title">a<p>b</div>c', ForgeSlide("a b c", "ab", ())),
        ("<p class='title'>unclosed", ForgeSlide("unclosed", "unclosed", ())),
    ],
)
def test_how_a_page_is_read(html, slide):
    assert forge_slide(html) == slide


def test_a_page_may_lack_its_picture():
    assert not forge_slide(page(1), rendered=False).rendered
