"""Computed CSS values as numbers: colours, matrices, lengths, shapes.

Reads what Chromium computed, which has few spellings; what it does not know is None, never guessed.
"""

__all__ = [
    "IDENTITY",
    "Linear",
    "Rgba",
    "clip_box",
    "colors_in",
    "least_stretch",
    "linear_part",
    "parse_color",
    "px",
    "times",
]

import re
from functools import lru_cache
from math import cos, radians, sin

Rgba = tuple[int, int, int, float]
Linear = tuple[float, float, float, float]

SPACES = frozenset(("rgb", "rgba", "color", "oklab", "oklch", "lab", "lch"))
IDENTITY: Linear = (1.0, 0.0, 0.0, 1.0)
_NUMBER = re.compile(r"-?\d*\.?\d+(?:e[+-]?\d+)?|none", re.IGNORECASE)
_COLOR = re.compile(r"(?:rgba?|color|oklab|oklch|lab|lch|hsla?)\([^()]*\)|\btransparent\b")
_LENGTH = re.compile(r"(-?\d*\.?\d+(?:e[+-]?\d+)?)(px|%|deg)?")


@lru_cache(maxsize=4096)
def parse_color(text: str) -> Rgba | None:
    """A computed colour as sRGB, 0 to 255, and alpha; None where the spelling is unknown.

    >>> parse_color("rgba(10, 20, 30, 0.5)")
    (10, 20, 30, 0.5)
    >>> parse_color("color(srgb 1 0.5 0)")
    (255, 128, 0, 1.0)
    >>> parse_color("oklch(1 0 0)")
    (255, 255, 255, 1.0)
    """
    name, _, inside = text.partition("(")
    if not inside:
        return (0, 0, 0, 0.0) if text == "transparent" else None
    if name not in SPACES:
        return None
    body, _, slash = inside.rstrip(")").partition("/")
    numbers = [0.0 if each == "none" else float(each) for each in _NUMBER.findall(_spaceless(body))]
    alpha = 1.0
    if slash:
        alpha = 0.0 if "none" in slash else float(slash.strip().rstrip("%")) / (100 if "%" in slash else 1)
    if name in ("rgb", "rgba"):
        if len(numbers) == 4:
            alpha = numbers[3]
        red, green, blue = (value / 255 for value in numbers[:3])
    elif len(numbers) != 3:
        return None
    elif name == "color" and body.split()[0] == "srgb":
        red, green, blue = numbers
    elif name in ("oklab", "oklch"):
        red, green, blue = _from_oklab(*_cartesian(name, numbers))
    elif name in ("lab", "lch"):
        red, green, blue = _from_lab(*_cartesian(name, numbers))
    else:
        return None
    return (_byte(red), _byte(green), _byte(blue), min(max(alpha, 0.0), 1.0))


def colors_in(image: str) -> list[Rgba]:
    """Colours that a computed `background-image` names.

    >>> colors_in("linear-gradient(90deg, rgb(1, 2, 3) 0%, rgba(4, 5, 6, 0.5) 100%)")
    [(1, 2, 3, 1.0), (4, 5, 6, 0.5)]
    """
    return [color for text in _COLOR.findall(image) if (color := parse_color(text))]


@lru_cache(maxsize=1024)
def linear_part(transform: str, scale: str, rotate: str, zoom: str) -> Linear:
    """What the four properties do to lengths: a 2x2 matrix a b c d, seen from the front.

    >>> linear_part("matrix(2, 0, 0, 3, 7, 7)", "none", "none", "1")
    (2.0, 0.0, 0.0, 3.0)
    """
    result = IDENTITY
    if rotate != "none":
        result = times(result, _rotation(rotate))
    if scale != "none":
        factors = [float(each) for each in _NUMBER.findall(scale)]
        result = times(result, (factors[0], 0.0, 0.0, factors[1] if len(factors) > 1 else factors[0]))
    if transform.startswith("matrix3d("):
        cells = [float(each) for each in _NUMBER.findall(transform[9:])]
        depth = cells[15] or 1.0
        result = times(result, (cells[0] / depth, cells[1] / depth, cells[4] / depth, cells[5] / depth))
    elif transform.startswith("matrix("):
        a, b, c, d = (float(each) for each in _NUMBER.findall(transform)[:4])
        result = times(result, (a, b, c, d))
    larger = px(zoom, 1.0)
    return times(result, (larger, 0.0, 0.0, larger)) if larger != 1.0 else result


def times(outer: Linear, inner: Linear) -> Linear:
    """The product of two matrices: `inner` first.

    >>> times((2.0, 0.0, 0.0, 2.0), (1.0, 0.0, 0.0, 3.0))
    (2.0, 0.0, 0.0, 6.0)
    """
    a, b, c, d = outer
    e, f, g, h = inner
    return (a * e + c * f, b * e + d * f, a * g + c * h, b * g + d * h)


def least_stretch(matrix: Linear) -> float:
    """By how much the direction that shrinks most shrinks: the smaller singular value.

    >>> least_stretch((2.0, 0.0, 0.0, 0.5))
    0.5
    """
    a, b, c, d = matrix
    if b == 0.0 == c:
        return min(abs(a), abs(d))
    squares, determinant = a * a + b * b + c * c + d * d, abs(a * d - b * c)
    inner = max(squares * squares - 4 * determinant * determinant, 0.0) ** 0.5
    return float(max((squares - inner) / 2, 0.0) ** 0.5)


def px(text: str, default: float = 0.0) -> float:
    """The number at the head of a computed length.

    >>> px("13.5px"), px("auto"), px("1.5")
    (13.5, 0.0, 1.5)
    """
    found = _LENGTH.match(text)
    return float(found[1]) if found else default


def clip_box(shape: str, width: float, height: float) -> tuple[float, float, float, float] | None:
    """Box around a computed `clip-path`, relative to an element of this size, px; None for unknown shapes.

    >>> clip_box("inset(10px 0px 0px 50%)", 100.0, 40.0)
    (50.0, 10.0, 100.0, 40.0)
    >>> clip_box("circle(0px at 50% 50%)", 100.0, 40.0)
    (50.0, 20.0, 50.0, 20.0)
    """
    name, _, inside = shape.partition("(")
    if name == "inset":
        sides = _lengths(inside.partition(" round ")[0], (height, width, height, width))
        if not sides:
            return None
        top, right, bottom, left = (sides * 4)[:4] if len(sides) == 1 else _four(sides)
        return (left, top, width - right, height - bottom)
    if name in ("circle", "ellipse"):
        radii, _, center = inside.rstrip(")").partition("at ")
        diagonal = ((width**2 + height**2) / 2) ** 0.5
        middle = _lengths(center, (width, height)) or [width / 2, height / 2]
        reach = _lengths(radii, (diagonal, diagonal) if name == "circle" else (width, height))
        if len(reach) != (1 if name == "circle" else 2) or len(middle) != 2:
            return None
        x, y = middle
        return (x - reach[0], y - reach[-1], x + reach[0], y + reach[-1])
    if name == "polygon":
        pairs = [_lengths(pair, (width, height)) for pair in inside.rstrip(")").split(",")]
        points = [pair for pair in pairs if len(pair) == 2]
        if not points:
            return None
        xs, ys = zip(*points, strict=True)
        return (min(xs), min(ys), max(xs), max(ys))
    return None


def _four(sides: list[float]) -> tuple[float, float, float, float]:
    top, right = sides[0], sides[1]
    bottom = sides[2] if len(sides) > 2 else top
    return top, right, bottom, sides[3] if len(sides) > 3 else right


def _lengths(text: str, whole: tuple[float, ...]) -> list[float]:
    """Lengths in px; percentages are of the whole of their place."""
    found = []
    for place, (number, unit) in enumerate(_LENGTH.findall(text)):
        value = float(number)
        found.append(value * whole[place % len(whole)] / 100 if unit == "%" else value)
    return found


def _rotation(rotate: str) -> Linear:
    """`30deg`, `x 90deg` or `0 1 0 90deg`, seen from the front."""
    words = rotate.split()
    angle = radians(px(words[-1]))
    axis = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}.get(words[0], (0.0, 0.0, 1.0))
    if len(words) == 4:
        x, y, z = (float(word) for word in words[:3])
        length = (x * x + y * y + z * z) ** 0.5 or 1.0
        axis = (x / length, y / length, z / length)
    x, y, z = axis
    turn, rest, lean = cos(angle), 1 - cos(angle), sin(angle)
    return (turn + x * x * rest, y * x * rest + z * lean, x * y * rest - z * lean, turn + y * y * rest)


def _spaceless(body: str) -> str:
    return body.replace("srgb", "")


def _cartesian(name: str, numbers: list[float]) -> tuple[float, float, float]:
    lightness, second, third = numbers
    if name.endswith("ch"):
        return lightness, second * cos(radians(third)), second * sin(radians(third))
    return lightness, second, third


def _from_oklab(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _gamma(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
        _gamma(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
        _gamma(-0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short),
    )


def _from_lab(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    fy = (lightness + 16) / 116
    cubes = [
        value**3 if value**3 > 216 / 24389 else (116 * value - 16) * 27 / 24389
        for value in (fy + a / 500, fy, fy - b / 200)
    ]
    x, y, z = cubes[0] * 0.9642956764, cubes[1], cubes[2] * 0.8251046025  # white of D50
    return (
        _gamma(3.1341359569 * x - 1.6173863322 * y - 0.4906619460 * z),
        _gamma(-0.9787954765 * x + 1.9162543774 * y + 0.0334424287 * z),
        _gamma(0.0719550494 * x - 0.2289760018 * y + 1.4053860352 * z),
    )


def _gamma(linear: float) -> float:
    value = min(max(linear, 0.0), 1.0)
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def _byte(value: float) -> int:
    return round(min(max(value, 0.0), 1.0) * 255)
