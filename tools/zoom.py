"""The zoom hand: looks closer at a part of any view of a picture.

Holds the views and nothing else; a box is read in the one declared convention and never guessed.
"""

__all__ = ["ZoomHand"]

from .schema import shown
from .tool import Image, ToolResult, mistake, tool
from .views import MAX_UPSCALE, ViewStore

MAX_ASPECT = 20.0
UNITS = {
    "abs_view": "pixels of that view",
    "norm1000": "thousandths of that view's width and height (0 to 1000)",
    "norm1": "fractions of that view's width and height (0 to 1)",
}


class ZoomHand:
    """Carries `zoom_in` over a ViewStore."""

    def __init__(self, store: ViewStore) -> None:
        self.store = store

    @tool
    def zoom_in(self, bbox_2d: tuple[float, float, float, float], image: str = "v0") -> ToolResult:
        """Look closer at a box of a view; the new view is cut from the original picture at full detail.

        Args:
            bbox_2d: Left, top, right and bottom of the box, in {unit}.
            image: The view that the box is drawn on, such as v0.

        Returns:
            The new view and its id.
        """
        view = self.store.get(image)
        if view is None:
            known = ", ".join(view.id for view in self.store.views)
            return mistake(f"there is no view {shown(image)}; there are: {known}", "unknown_view")
        problem = self._problem(bbox_2d, image)
        if problem:
            return mistake(problem, "bad_box")
        made = self.store.add(view.to_source(self.store.spec.to_px(bbox_2d, *view.size)))
        height, width = made.size
        text = (
            f"{made.id}: {width}x{height} px, {made.scale / self.store.views[0].scale:.1f}x the detail of v0"
        )
        return ToolResult((text, Image(self.store.pixels(made.id), made.id)))

    def _problem(self, box: tuple[float, float, float, float], image: str) -> str:
        """What is wrong with a box, and what to send instead; "" when it is fine."""
        view = self.store.get(image)
        assert view is not None  # the caller has found it
        high_x, high_y = self.store.spec.bounds(*view.size)
        how = f"bbox_2d is [left, top, right, bottom] in {UNITS[self.store.spec.coord]}"
        span = f"{image} spans 0 to {high_x:g} across and 0 to {high_y:g} down"
        x0, y0, x1, y1 = box
        if not (0 <= x0 <= high_x and 0 <= x1 <= high_x and 0 <= y0 <= high_y and 0 <= y1 <= high_y):
            return f"the box leaves the view: {how}; {span}"
        if not (x0 < x1 and y0 < y1):
            return f"the box is empty or turned round: {how}, with left < right and top < bottom; {span}"
        left, top, right, bottom = view.to_source(self.store.spec.to_px(box, *view.size))
        wide, tall = right - left, bottom - top
        least = 2 * self.store.spec.factor_px / MAX_UPSCALE
        source = self.store.source.shape
        if wide < min(least, source[1]) or tall < min(least, source[0]):
            return (
                f"the box covers {wide:.1f}x{tall:.1f} px of the original; at least {least:g}x{least:g} px "
                f"are needed. Mind the unit: {how}; {span}"
            )
        if max(wide, tall) > MAX_ASPECT * min(wide, tall):
            return f"the box is more than {MAX_ASPECT:g} times as long as it is wide; send a fuller one"
        return ""
