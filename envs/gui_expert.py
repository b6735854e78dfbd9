"""The expert of GuiNextState: looks, hands in true screens, chooses."""

__all__ = ["expert_calls"]

from collections.abc import Iterator

from ..scenarios.gui_stage import GuiWorld
from ..tools.tool import ToolCall


def expert_calls(world: GuiWorld) -> Iterator[ToolCall]:
    """The calls of a whole episode; the last one ends it.

    Args:
        world: screens and answer.
    """
    yield ToolCall("inspect")
    for number, stage in enumerate(world.stages):
        if not number:
            yield ToolCall("render_preview", {"html": stage.html})
            yield ToolCall("diff_view")
        yield ToolCall("submit_html", {"html": stage.html})
    if world.answer:
        yield ToolCall("choose", {"candidate": world.answer})
