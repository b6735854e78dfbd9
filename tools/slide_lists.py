"""Slides of running text: agenda, bullets, two columns, next steps.

Each takes the title (which it does not draw), its blocks and the height of the room in px, and chooses the
largest type in which every block fits.
"""

__all__ = ["agenda", "bullets", "closing", "two_columns"]

import re
from math import ceil

from .slide_room import CLOSING_PX, GAP_PX, PADDING_PX, WIDTH_PX, height_px, main, named
from .slide_text import BODY_SIZES, SlideMistake, escaped, fitted, shortened
from .slide_type import width_px

LARGE_SIZES = (30, *BODY_SIZES)
AIR_PX = 16
MARK_PX = 44
NUMBER_PX, STEP_PX = 80, 96
COLUMN_GAP_PX = 48
LEAST_LEAD_PX, LEAD_PX = 160, 320
HEADING_PX = 80
CONTACT_PX = 22
_LEAD = re.compile(r"([^:|]{2,44}): (.+)")


def agenda(title: str, blocks: list[str], room_px: int) -> str:
    """What is to come, numbered; two columns from six items on."""
    columns = 2 if len(blocks) > 5 else 1
    rows = -(-len(blocks) // columns)
    width = (WIDTH_PX - COLUMN_GAP_PX * (columns - 1)) / columns - NUMBER_PX

    def fits(text: str, size: int) -> bool:
        return height_px(text, size, "body", width) <= room_px / rows - AIR_PX

    size = fitted(named(blocks), fits, LARGE_SIZES)
    items = [
        f'<p><span class="number">{number}</span><span>{escaped(text)}</span></p>'
        for number, text in enumerate(blocks, 1)
    ]
    style = f"--t:{size}px;grid-template-rows:repeat({rows},1fr);grid-template-columns:repeat({columns},1fr)"
    return main("agenda", "\n".join(items), style)


def bullets(title: str, blocks: list[str], room_px: int) -> str:
    """Statements in rows between hairlines; a lead stands in a column of its own."""
    found = [_LEAD.fullmatch(block) for block in blocks]
    with_leads = sum(map(bool, found)) * 2 > len(blocks)
    row_px = room_px / len(blocks)
    wide = WIDTH_PX - MARK_PX
    leads = [width_px(split[1], BODY_SIZES[0], "strong") for split in found if split] or [0.0]
    lead_px = ceil(min(max(*leads, LEAST_LEAD_PX), LEAD_PX) / 8) * 8
    beside = wide - lead_px - PADDING_PX

    def fits(text: str, size: int) -> bool:
        split = _LEAD.fullmatch(text) if with_leads else None
        if not split:
            return height_px(text, size, "body", wide) <= row_px - AIR_PX
        lead = height_px(split[1], size, "strong", lead_px)
        return max(lead, height_px(split[2], size, "body", beside)) <= row_px - AIR_PX

    size = fitted(named(blocks), fits)
    items = []
    for block, split in zip(blocks, found, strict=True):
        words = f'<span class="rest">{escaped(block)}</span>'
        if split and with_leads:
            words = (
                f'<span class="lead">{escaped(split[1])}</span>\n'
                f'<span class="rest">{escaped(split[2])}</span>'
            )
        items.append(f'<p><span class="mark"></span>{words}</p>')
    return main("rows last", "\n".join(items), f"--t:{size}px;--lead:{lead_px}px")


def two_columns(title: str, blocks: list[str], room_px: int) -> str:
    """Two headings with their items, side by side on common lines."""
    columns: list[tuple[str, list[str]]] = []
    for block in blocks:
        if block.startswith("#"):
            columns.append((block.lstrip("#").strip(), []))
        elif columns:
            columns[-1][1].append(block)
        else:
            raise SlideMistake(
                f'two_columns begins with a heading: make the first block "# {block[:24]}", then its items'
            )
    if len(columns) != 2 or not all(heading and 1 <= len(items) <= 5 for heading, items in columns):
        told = ", ".join(f"{shortened(heading)} with {len(items)}" for heading, items in columns)
        raise SlideMistake(
            f'two_columns takes two headings ("# Now", "# Next"), each with 1 to 5 items each; it got {told}'
        )
    rows = max(len(items) for _, items in columns)
    row_px = (room_px - HEADING_PX) / rows
    width = (WIDTH_PX - GAP_PX) / 2 - 2 * PADDING_PX
    for heading, _ in columns:
        fitted([("a heading", heading)], lambda text, size: width_px(text, size, "display") <= width, (28,))

    def fits(text: str, size: int) -> bool:
        return height_px(text, size, "body", width) <= row_px - AIR_PX

    size = fitted(named([item for _, items in columns for item in items]), fits)
    lines = []
    for side, (heading, items) in zip("ab", columns, strict=True):
        lines.append(f'<div class="panel {side}"></div>')
        lines.append(f'<h2 class="{side}" style="grid-row:1">{escaped(heading)}</h2>')
        lines += [
            f'<p class="{side}" style="grid-row:{row}">{escaped(item)}</p>'
            for row, item in enumerate(items, 2)
        ]
    style = f"--t:{size}px;grid-template-rows:{HEADING_PX}px repeat({rows},1fr)"
    return main("halves" if rows == 1 else "halves many", "\n".join(lines), style)


def closing(title: str, blocks: list[str], room_px: int) -> str:
    """Next steps, and whom to ask."""
    contact = ""
    steps = blocks
    if blocks[-1].lower().startswith("contact:"):
        contact, steps = blocks[-1][len("contact:") :].strip(), blocks[:-1]
    if not 1 <= len(steps) <= 4:
        raise SlideMistake(f'closing takes 1 to 4 next steps before "contact: text"; it got {len(steps)}')
    rows = len(steps) + bool(contact)
    row_px = room_px / rows

    def fits(text: str, size: int) -> bool:
        return height_px(text, size, "body", CLOSING_PX - STEP_PX) <= row_px - AIR_PX

    size = fitted(named(steps), fits, LARGE_SIZES)
    items = [
        f'<p><span class="number">{number}</span><span class="rest">{escaped(step)}</span></p>'
        for number, step in enumerate(steps, 1)
    ]
    if contact:
        fitted([("the contact", contact)], fits, (CONTACT_PX,))
        items.append(f'<p class="contact"><span class="rest">{escaped(contact)}</span></p>')
    return main("rows", "\n".join(items), f"--t:{size}px")
