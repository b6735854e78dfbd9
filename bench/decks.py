"""A deck graded: the whole reward beyond showing it."""

__all__ = ["slide_reward"]

from .harness import Row

SLIDES = 10
TASKS = 100


def slide_reward() -> Row:
    """Every part of the reward of a deck of 10 slides whose pictures are at hand."""
    from ..envs.describe import make_env
    from ..envs.slide_appraisal import DeckKey, appraise
    from ..rewards.forge_page import forge_slide
    from ..rewards.slide import measure
    from ..rewards.slideforge import ForgeBrief, code_rules, content_quality, render_quality
    from ..tools.browser import HtmlRenderer
    from ..tools.deck import SLIDE_PX, Deck, Slide
    from ..tools.slide_layouts import compose

    env, renderer = make_env("eyesmith/SlideBuild-v0", kind="written", difficulty=5), HtmlRenderer()
    tasks = (env.get_task("train", index) for index in range(TASKS))
    task = next(one for one in tasks if len(one.payload["plan"]) >= SLIDES)
    plan = task.payload["plan"][:SLIDES]
    slides = [Slide(compose(one["layout"], one["title"], one["blocks"]), one["layout"]) for one in plan]
    deck = Deck(slides, render=lambda html: renderer.render(html, size_px=SLIDE_PX))
    shown = [deck.shown(number) for number in range(len(deck))]
    renderer.close()
    key = DeckKey.of(task.key)

    def ours() -> object:
        return appraise([measure(page.page, page.image) for page in shown], key)

    pages, asked = [page.html for page in shown], ForgeBrief(slides=SLIDES)

    def published() -> object:
        slides = [forge_slide(page) for page in pages]
        return [level(slides, asked) for level in (code_rules, render_quality, content_quality)]

    return Row("slide.reward", ours, published, "SlideForge's three components without a judge", 40.0)
