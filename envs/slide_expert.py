"""The expert of SlideBuild: a scripted author, as tool calls.

Reads the notes, plans, sets each slide of its plan, looks at the whole, hands in; revises a given deck by the
fewest calls.
"""

__all__ = ["expert_calls"]

from collections.abc import Iterator, Sequence

from ..scenarios.slide_build import SlideWorld
from ..scenarios.slide_plan import SlideSpec
from ..tools.tool import ToolCall

THEMES = ("clean", "ink", "night", "forest", "coral", "editorial")
PLACEHOLDER = "<h1>New slide</h1>"


def expert_calls(world: SlideWorld, *, theme: str, footer: str) -> Iterator[ToolCall]:
    """The calls of a whole episode; the last one ends it.

    Args:
        world: brief, plan and revision.
        theme: looks of a new deck; a revised one keeps its own.
        footer: text at the foot.
    """
    yield ToolCall("search_notes", {"query": world.brief.topic[:200], "k": 5})
    for note in dict.fromkeys(fact.note for fact in world.brief.facts):
        yield ToolCall("read_note", {"id": note})
    if world.revision is None:
        yield ToolCall("plan", {"outline": [spec.title for spec in world.plan]})
        yield ToolCall("set_theme", {"theme": theme, "footer": footer})
        for index, spec in enumerate(world.plan):
            yield set_slide(index, spec)
    else:
        yield from _revised(world.revision.given, world.revision.target, world.revision.steps)
    yield ToolCall("review_deck")
    yield ToolCall("finalize")


def set_slide(index: int, spec: SlideSpec) -> ToolCall:
    """The call that sets a planned slide."""
    return ToolCall(
        "set_slide",
        {"index": index, "layout": spec.layout, "title": spec.title, "blocks": list(spec.blocks)},
    )


def _revised(
    given: Sequence[SlideSpec], target: Sequence[SlideSpec], steps: Sequence[int]
) -> Iterator[ToolCall]:
    """Calls that make the target of the given deck."""
    order = list(range(len(given)))
    for number in [number for number in order if number not in steps]:
        yield ToolCall("delete_slide", {"index": order.index(number)})
        order.remove(number)
    for index, number in enumerate(steps):
        if number < 0:
            yield ToolCall("insert_slide", {"index": index, "html": PLACEHOLDER})
            yield set_slide(index, target[index])
            order.insert(index, number)
            continue
        at = order.index(number)
        if at != index:
            # One that only slipped behind others waits: moving the odd one out is cheaper.
            yield ToolCall("move_slide", {"index": at, "to": index})
            order.insert(index, order.pop(at))
        if target[index] != given[number]:
            yield set_slide(index, target[index])
