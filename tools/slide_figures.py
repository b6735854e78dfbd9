"""Slides of set-off content: cards of numbers, timeline, table, quote.

Each takes the title (which it does not draw), its blocks and the height of the room in px, and chooses the
largest type in which every block fits.
"""

__all__ = ["cards", "quote", "table", "timeline"]

import re

from .slide_room import GAP_PX, PADDING_PX, WIDTH_PX, height_px, main
from .slide_text import (
    BODY_SIZES,
    SlideMistake,
    escaped,
    fitted,
    glued,
    is_figure,
    parts_of,
    shortened,
    with_minus,
)
from .slide_type import LARGEST_SCALE, WHOLE_CHARS, line_count, width_px

CARD_GRIDS = {2: (2, 1), 3: (3, 1), 4: (2, 2), 5: (3, 2), 6: (3, 2)}
"""Columns and rows of so many cards; of five, the first stands tall on the left."""
VALUE_SIZES = (
    *((size, 1) for size in (72, 64, 56, 48, 44, 40)),
    *((size, 2) for size in (48, 44, 40, 36, 32)),
)
"""Sizes of values and the lines that they may take, best first."""
LEAST_VALUE_PX = 32
CARD_PADDING_PX, LABEL_GAP_PX, NOTE_GAP_PX = 24, 16, 8
VALUE_HEIGHT = 1.1 * LARGEST_SCALE
CARD_SIZES = (24, 22, 20, 18)
DATE_SIZES, DATE_LINES = (30, 28, 26, 24, 22), 3
NODE_PX = 68
TALLEST_ROW_PX = 128
CELL_PADDING_PX = 32
LEAST_CELL_PX, WIDEST_CELL_PX = 64.0, 420.0
LEAST_CELL_SIZE = 20
SIGN_PX, WORDS_PADDING_PX = 288, 64
QUOTE_MARK = (
    '<svg width="112" height="80" viewBox="0 0 56 40">'
    '<path d="M0 40V24C0 10 8 2 22 0v8c-7 2-11 6-11 12h11v20z'
    'M32 40V24C32 10 40 2 54 0v8c-7 2-11 6-11 12h11v20z"/></svg>'
)


def cards(title: str, blocks: list[str], room_px: int) -> str:
    """Large values with labels; the first is set off."""
    split = [[with_minus(part) for part in parts_of(block, 3)] for block in blocks]
    for number, parts in enumerate(split, 1):
        if len(parts) < 2 or not parts[0] or not parts[1]:
            raise SlideMistake(
                f'block {number} of cards needs a value and a label, "212 | stores | 8 new"; it '
                f"is {shortened(blocks[number - 1])}"
            )
    columns, rows = CARD_GRIDS[len(blocks)]
    width = (WIDTH_PX - GAP_PX * (columns - 1)) / columns - 2 * PADDING_PX
    height = (room_px - GAP_PX * (rows - 1)) / rows - 2 * CARD_PADDING_PX
    value_px, lines = _value_size([parts[0] for parts in split], width)

    def used(text: str, size: int, value_px: int) -> float:
        label, _, note = text.partition(" | ")
        words = height_px(label, size, "strong", width)
        words += NOTE_GAP_PX + height_px(note, size, "body", width) if note else 0.0
        return value_px * VALUE_HEIGHT * lines + LABEL_GAP_PX + words

    words = [(f"card {number}", " | ".join(filter(None, parts[1:]))) for number, parts in enumerate(split, 1)]
    while value_px > LEAST_VALUE_PX and any(used(text, 20, value_px) > height for _, text in words):
        value_px -= 4
    size = fitted(words, lambda text, size: used(text, size, value_px) <= height, CARD_SIZES)
    tallest = max(used(text, size, value_px) for _, text in words)
    items = []
    for index, parts in enumerate(split):
        note = f'\n<p class="note">{escaped(parts[2])}</p>' if len(parts) > 2 and parts[2] else ""
        kind = "card" if index else "card first tall" if len(blocks) == 5 else "card first"
        items.append(
            f'<div class="{kind}">\n<p class="value">{escaped(parts[0])}</p>\n'
            f'<p class="label">{escaped(parts[1])}</p>{note}\n</div>'
        )
    top = (
        CARD_PADDING_PX + max(height - tallest, 0.0) / 2
    )  # the same in all cards, so that values stand in line
    style = (
        f"--t:{size}px;--v:{value_px}px;--top:{top:.0f}px;grid-template-columns:repeat({columns},1fr);"
        f"grid-template-rows:repeat({rows},minmax(0,1fr))"
    )
    return main("cards", "\n".join(items), style)


def _value_size(values: list[str], width: float) -> tuple[int, int]:
    """Size and lines of the values of cards: one line where it can be large, else two."""

    def fits(value: str, size: int, lines: int) -> bool:
        return line_count(value, size, "display", width) <= lines

    for size, lines in VALUE_SIZES:
        if all(fits(value, size, lines) for value in values):
            return size, lines
    names = [(f"the value of card {number}", value) for number, value in enumerate(values, 1)]
    size, lines = VALUE_SIZES[-1]
    return fitted(names, lambda value, size: fits(value, size, lines), (size,)), lines


def timeline(title: str, blocks: list[str], room_px: int) -> str:
    """Dates along a line."""
    split = [parts_of(block, 2) for block in blocks]
    for number, parts in enumerate(split, 1):
        if len(parts) < 2 or not all(parts):
            raise SlideMistake(
                f'block {number} of timeline needs a date and what happens, "May 2026 | Pilot starts"; it '
                f"is {shortened(blocks[number - 1])}"
            )
    width = (WIDTH_PX - 2 * PADDING_PX - GAP_PX * (len(blocks) - 1)) / len(blocks)
    dates = [(f"the date of block {number}", when) for number, (when, _) in enumerate(split, 1)]
    date_px = fitted(
        dates, lambda text, size: line_count(text, size, "display", width) <= DATE_LINES, DATE_SIZES
    )

    def fits(text: str, size: int) -> bool:
        return height_px(text, size, "body", width) <= (room_px - NODE_PX) / 2 - GAP_PX

    size = fitted([(f"block {number}", what) for number, (_, what) in enumerate(split, 1)], fits)
    lines = []
    for index, (when, what) in enumerate(split):
        last = " end-node" if index == len(split) - 1 else ""
        lines += [
            f'<p class="when">{escaped(when)}</p>',
            f'<div class="node{last}"></div>',
            f'<p class="what">{escaped(what)}</p>',
        ]
    return main("steps panel", "\n".join(lines), f"--t:{size}px;--d:{date_px}px")


def table(title: str, blocks: list[str], room_px: int) -> str:
    """Rows and columns; columns of numbers stand to the right."""
    rows = [[with_minus(part) for part in parts_of(block, 6)] for block in blocks]
    columns = len(rows[0])
    for number, cells in enumerate(rows, 1):
        if len(cells) != columns or not 2 <= columns <= 5:
            raise SlideMistake(
                f"row {number} of the table has {len(cells)} cells, the header has {columns}: send 2 to 5 "
                f'in every row, parted by "|": {shortened(blocks[number - 1])}'
            )
    height = min(room_px / len(rows), TALLEST_ROW_PX)
    shares = [wide / WIDTH_PX for wide in _column_widths(rows)]

    def fits_in(column: int, text: str, size: int) -> bool:
        return (
            line_count(text, size, "strong", WIDTH_PX * shares[column] - CELL_PADDING_PX) * size * 1.3
            <= height - 8
        )

    size = BODY_SIZES[0]
    for column in range(columns):
        cells = [(f"row {number}, cell {column + 1}", row[column]) for number, row in enumerate(rows, 1)]
        sizes = [there for there in BODY_SIZES if there <= size]
        size = fitted(cells, lambda text, size, column=column: fits_in(column, text, size), sizes)
    numeric = [all(is_figure(row[column]) for row in rows[1:]) for column in range(columns)]
    lines = ["<colgroup>" + "".join(f'<col style="width:{share:.2%}">' for share in shares) + "</colgroup>"]
    for number, row in enumerate(rows):
        tag = "td" if number else "th"
        kinds = [' class="n"' if numeric[column] and column else "" for column in range(columns)]
        cells = "".join(
            f"<{tag}{kind}>{escaped(cell)}</{tag}>" for kind, cell in zip(kinds, row, strict=True)
        )
        is_sum = number == len(rows) - 1 and re.match(r"(total|sum|all)\b", row[0], re.IGNORECASE)
        kind = ' class="sum"' if is_sum else ""
        lines.append(f'<tr style="height:{height:.0f}px"{kind}>{cells}</tr>')
    return main("", '<table class="grid">\n' + "\n".join(lines) + "\n</table>", f"--t:{size}px")


def quote(title: str, blocks: list[str], room_px: int) -> str:
    """What somebody said, beside a large sign."""
    width = WIDTH_PX - SIGN_PX - 2 * WORDS_PADDING_PX

    def fits(text: str, size: int) -> bool:
        return line_count(glued(text), size, "strong", width) * size * 1.4 <= room_px - 184

    size = fitted([("the quote", blocks[0])], fits, (30, 28, 26, 24, 22, 20))
    who = ""
    if len(blocks) > 1:
        fitted(
            [("who", blocks[1])], lambda text, size: line_count(glued(text), size, "body", width) <= 2, (20,)
        )
        who = f'\n<p class="who">{escaped(blocks[1])}</p>'
    quoted = f'<blockquote style="font-size:{size}px">{escaped(blocks[0])}</blockquote>{who}'
    return main("said panel", f'<div class="sign">{QUOTE_MARK}</div>\n<div class="words">\n{quoted}\n</div>')


def _column_widths(rows: list[list[str]]) -> list[float]:
    """Widths of a table's columns: room for the longest word, the rest by the longest cell."""
    least, longest = [], []
    for cells in zip(*rows, strict=True):
        words = [word for cell in cells for word in cell.split() if len(word) <= WHOLE_CHARS]
        widest_word = max((width_px(word, LEAST_CELL_SIZE, "strong") for word in words), default=0.0)
        widest_cell = max(width_px(cell, BODY_SIZES[0], "strong") for cell in cells)
        least.append(max(widest_word, LEAST_CELL_PX) + CELL_PADDING_PX)
        longest.append(min(max(widest_cell, LEAST_CELL_PX), WIDEST_CELL_PX) + CELL_PADDING_PX)
    spare = max(WIDTH_PX - sum(least), 0.0)
    wanted = [max(wide - narrow, 1.0) for wide, narrow in zip(longest, least, strict=True)]
    grown = [narrow + spare * more / sum(wanted) for narrow, more in zip(least, wanted, strict=True)]
    return [wide * WIDTH_PX / sum(grown) for wide in grown]
