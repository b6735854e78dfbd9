"""Pages written by hand: blocks as a browser would measure them."""

from dataclasses import replace

from eyesmith.rewards.block import Block, PageFacts

WIDTH, HEIGHT = 1280, 720
CHAR_EM, LINE_EM, INK = 0.5, 1.4, 0.14
INK_COLOR, PAPER, PANEL, ACCENT = (17, 24, 39), (255, 255, 255), (241, 245, 249), (29, 78, 216)


def clip(box, canvas=(0.0, 0.0, WIDTH, HEIGHT)):
    return (max(box[0], canvas[0]), max(box[1], canvas[1]), min(box[2], canvas[2]), min(box[3], canvas[3]))


class Page:
    """Collects blocks; positions, groups and paint numbers are given in order."""

    def __init__(self):
        self.blocks = []

    def add(self, kind, box, **fields):
        box = tuple(float(edge) for edge in box)
        block = Block(kind=kind, box=box, seen=clip(box), paint=len(self.blocks) + 1, **fields)
        self.blocks.append(block)
        return len(self.blocks) - 1

    def text(self, x, y, text, size=24.0, *, lines=1, width=None, group=None, **fields):
        """A text whose first line begins at x, y."""
        wide = width if width is not None else len(text) / lines * size * CHAR_EM
        rows = tuple(
            (float(x), y + row * LINE_EM * size, float(x) + wide, y + row * LINE_EM * size + 1.2 * size)
            for row in range(lines)
        )
        box = (rows[0][0], rows[0][1], rows[0][2], rows[-1][3])
        seen = {"contrast": 15.0, "ink": INK, "family": "Inter", "color": INK_COLOR, "tag": "p"}
        group = 1000 + len(self.blocks) if group is None else group
        return self.add(
            "text", box, text=text, lines=rows, font_px=float(size), group=group, **(seen | fields)
        )

    def box(self, x, y, w, h, **fields):
        shown = {"opaque": True, "background": PANEL, "color": PANEL, "tag": "div"}
        return self.add("box", (x, y, x + w, y + h), **(shown | fields))

    def picture(self, x, y, w, h, **fields):
        return self.add("picture", (x, y, x + w, y + h), **({"tag": "img", "opaque": True} | fields))

    def shape(self, x, y, w, h, **fields):
        return self.add("shape", (x, y, x + w, y + h), **({"tag": "rect", "color": ACCENT} | fields))

    def facts(self, **fields):
        size = {"size_px": (WIDTH, HEIGHT), "content_px": (float(WIDTH), float(HEIGHT)), "background": PAPER}
        return PageFacts(blocks=tuple(self.blocks), **(size | fields))


def title(page, text="Revenue grew while promotions cost margin", **fields):
    return page.text(64, 56, text, 40, **({"tag": "h1", "weight": 700} | fields))


def footer(page, number=2):
    page.text(64, 664, "Pellworth Stores", 16)
    page.text(1206, 664, str(number), 16, width=10)


def bullets(items=None, number=2, **heading):
    """A title, items with room between them, a footer."""
    items = items or [
        "Revenue rose by 6.8% on last year to £58.1 million",
        "The gross margin slipped from 31.9% to 31.2%",
        "August was the best month of the quarter",
        "The forecast for the full year is raised to £236 million",
    ]
    page = Page()
    title(page, **heading)
    for row, item in enumerate(items):
        page.text(64, 176 + 104 * row, item, 26, width=min(1152, 700 + 20 * row))
    footer(page, number)
    return page.facts()


def cards(texts=(("9,640", "visitors per store"), ("27.4%", "conversion"), ("23%", "visits on Saturday"))):
    """A title and a row of number cards."""
    page = Page()
    title(page, "More visitors came and more of them bought")
    wide = (1152 - 24 * (len(texts) - 1)) / len(texts)
    for column, (value, label) in enumerate(texts):
        x = 64 + column * (wide + 24)
        card = page.box(x, 176, wide, 400)
        page.text(x + 32, 240, value, 64, parent=card, weight=700)
        page.text(x + 32, 352, label, 26, parent=card)
    footer(page, 3)
    return page.facts()


def chart():
    """A title and a drawing of bars with their values and names, and ticks of an axis."""
    page = Page()
    title(page, "Saturday remains the strongest day")
    svg = page.picture(64, 144, 1152, 488, tag="svg", opaque=False)
    for column, (name, value) in enumerate((("Friday", 17), ("Saturday", 23), ("Sunday", 16))):
        x = 200 + 320 * column
        page.shape(x, 560 - 16 * value, 160, 16 * value, parent=svg)
        page.text(x + 60, 532 - 16 * value, f"{value}%", 20, parent=svg, tag="text", width=40)
        page.text(x + 50, 572, name, 20, parent=svg, tag="text", width=60)
    for value in (0, 10, 20):
        page.text(72, 548 - 16 * value, str(value), 16, parent=svg, tag="text", width=20)
    footer(page, 4)
    return page.facts()


def empty():
    return Page().facts()


def changed(page, where, **fields):
    """A page with fields of the blocks that `where` picks replaced; callables get the block."""

    def apply(block):
        new = {name: value(block) if callable(value) else value for name, value in fields.items()}
        return replace(block, **new) if where(block) else block

    return replace(page, blocks=tuple(apply(block) for block in page.blocks))


def moved(page, where, dx=0.0, dy=0.0):
    """A page with some blocks shifted, px."""

    def shift(box):
        return (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)

    return changed(
        page,
        where,
        box=lambda block: shift(block.box),
        seen=lambda block: clip(shift(block.box)),
        lines=lambda block: tuple(shift(line) for line in block.lines),
    )


def says(*words):
    """Picks texts that hold one of some words."""
    return lambda block: block.kind == "text" and any(word in block.text for word in words)
