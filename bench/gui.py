"""A predicted screen graded: shown, compared, its effect looked for.

The peer does what is commonly done: a new page that waits until the network is idle, scikit-image's SSIM of
the whole picture, and Design2Code's matching of texts (arXiv 2403.03163) by `difflib` on what a script tells.
"""

__all__ = ["gui_reward"]

from difflib import SequenceMatcher
from importlib.util import find_spec
from itertools import count
from typing import Any

import numpy as np

from .harness import Row

TASK = 2
TEXTS = """() => { const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, text = node.data.trim(); if (!text) continue;
    const range = document.createRange(); range.selectNode(node);
    const box = range.getBoundingClientRect();
    found.push([text, [box.left, box.top, box.right, box.bottom]])
  }
  return found }"""


def gui_reward() -> Row:
    """The whole reward of one step, from the HTML that was handed in; the page was never shown before."""
    from ..envs.describe import make_env
    from ..envs.gui_appraisal import mark_screen
    from ..rewards.gui import ScreenLook
    from ..tools.browser import HtmlRenderer

    env = make_env("eyesmith/GuiNextState-v0", mode="single", difficulty=3)
    env.begin(env.get_task("train", TASK))
    (stage,), size = env._world.stages, env.canvas  # type: ignore[attr-defined]
    renderer, numbers = HtmlRenderer(pages=1), count()

    def page() -> str:
        return stage.html.replace("<title>", f"<title>{next(numbers)} ", 1)

    def ours() -> object:
        shown = renderer.render(page(), size_px=size)
        return mark_screen(stage, ScreenLook.of(shown.page, shown.image))

    peer = _Peer(stage.html, size) if find_spec("skimage") and find_spec("playwright") else None

    def close() -> None:
        renderer.close()
        if peer is not None:
            peer.close()

    return Row(
        "gui.reward",
        ours,
        None if peer is None else lambda: peer.score(page()),
        "Playwright: new page, networkidle, PNG; scikit-image SSIM; difflib matching of texts",
        budget_ms=120.0,
        close=close,
    )


class _Peer:
    """A browser and measures as they are commonly put together.

    Args:
        truth: the true screen.
        size: width and height of the canvas.
    """

    def __init__(self, truth: str, size: tuple[int, int]) -> None:
        from playwright.sync_api import sync_playwright

        from ..tools.browser import find_browser

        self._driver = sync_playwright().start()
        self._browser = self._driver.chromium.launch(
            executable_path=str(find_browser()), args=["--disable-gpu"]
        )
        self._context = self._browser.new_context(viewport={"width": size[0], "height": size[1]})
        self._truth = self._shown(truth)

    def score(self, html: str) -> float:
        """Similarity of pictures plus that of matched texts."""
        from scipy.optimize import linear_sum_assignment
        from skimage.metrics import structural_similarity

        (picture, texts), (true_picture, true_texts) = self._shown(html), self._truth
        similarity: Any = structural_similarity(picture, true_picture, channel_axis=2, data_range=255)
        cost = [[-SequenceMatcher(None, a[0], b[0]).ratio() for b in true_texts] for a in texts]
        rows, columns = linear_sum_assignment(np.array(cost))
        return float(similarity) - float(np.array(cost)[rows, columns].mean())

    def close(self) -> None:
        """End it."""
        self._browser.close()
        self._driver.stop()

    def _shown(self, html: str) -> tuple[np.ndarray, list[Any]]:
        import cv2

        page = self._context.new_page()
        try:
            page.set_content(html, wait_until="networkidle")
            packed = np.frombuffer(page.screenshot(type="png"), np.uint8)
            return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)), page.evaluate(TEXTS)
        finally:
            page.close()
