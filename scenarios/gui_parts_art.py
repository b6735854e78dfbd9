"""Pictures without files: avatars, views, covers and goods as SVG."""

__all__ = ["AVATAR_HUES", "GOODS", "avatar", "cover", "goods", "landscape", "plate"]

from functools import cache

import numpy as np

from .gui_parts import Sheet
from .gui_theme_tones import mixed, tone

AVATAR_HUES = (12, 40, 75, 130, 165, 200, 235, 262, 290, 325)


def avatar(sheet: Sheet, x: float, y: float, size: float, name: str, number: int) -> None:
    """Initials on a round gradient."""
    hue = AVATAR_HUES[number % len(AVATAR_HUES)]
    fill = f"linear-gradient(145deg,{tone(0.72, 0.13, hue)},{tone(0.55, 0.16, hue + 24)})"
    sheet.box(x, y, size, size, fill, radius=size / 2)
    initials = "".join(word[0] for word in name.split()[:2]).upper()
    letters = round(size * 0.36)
    sheet.text(
        x,
        y + (size - letters * 1.3) / 2,
        size,
        initials,
        letters,
        "#ffffff",
        weight=600,
        align="center",
        leading=round(letters * 1.3),
    )


def landscape(
    sheet: Sheet, x: float, y: float, w: float, h: float, number: int, *, radius: float = 0
) -> None:
    """A view: sky, sun, ridges, water or town."""
    sheet.svg(
        x,
        y,
        w,
        h,
        _landscape(number),
        view="0 0 400 300",
        style=f"border-radius:{radius:g}px" if radius else "",
    )


def cover(sheet: Sheet, x: float, y: float, size: float, number: int, *, radius: float = 12) -> None:
    """A square of bold shapes, as on a record."""
    sheet.svg(x, y, size, size, _cover(number), view="0 0 200 200", style=f"border-radius:{radius:g}px")


def goods(
    sheet: Sheet, x: float, y: float, w: float, h: float, name: str, number: int, *, radius: float = 16
) -> None:
    """A thing one can buy, on a soft ground; `name` is one of `GOODS`."""
    hue = (number * 47) % 360
    dark = sheet.theme.is_dark
    ground = tone(0.34 if dark else 0.93, 0.03, hue)
    under = tone(0.28 if dark else 0.87, 0.035, hue)
    sheet.box(x, y, w, h, f"linear-gradient(160deg,{ground},{under})", radius=radius)
    side = min(w, h) * 0.84
    main, shade, light = tone(0.62, 0.13, hue), tone(0.47, 0.12, hue), tone(0.82, 0.08, hue)
    body = (
        GOODS[name].replace('"M1"', f'"{main}"').replace('"M2"', f'"{shade}"').replace('"M3"', f'"{light}"')
    )
    body = f'<ellipse cx="50" cy="88" rx="32" ry="4" fill="#000000" fill-opacity=".13"/>{body}'
    sheet.svg(x + (w - side) / 2, y + (h - side) / 2, side, side, body, view="0 0 100 100")


def plate(sheet: Sheet, x: float, y: float, w: float, h: float, number: int, *, radius: float = 16) -> None:
    """A dish seen from above."""
    sheet.svg(x, y, w, h, _plate(number), view="0 0 200 200", style=f"border-radius:{radius:g}px")


GOODS: dict[str, str] = {
    "mug": (
        '<path d="M66 42h9c11 0 11 26-4 27h-6" fill="none" stroke="M2" stroke-width="6"/>'
        '<path d="M24 32h46v42c0 8-5 13-12 13H36c-7 0-12-5-12-13Z" fill="M1"/>'
        '<path d="M58 32h12v42c0 8-5 13-12 13Z" fill="M2" fill-opacity=".45"/><ellipse cx="47" '
        'cy="32" rx="23" ry="6" fill="M3"/><ellipse cx="47" cy="33" rx="18" ry="3.6" fill="#5b3a28"/>'
    ),
    "lamp": (
        '<path d="M36 16h28l13 32H23Z" fill="M3"/><path d="M54 16h10l13 32H60Z" fill="M1" '
        'fill-opacity=".55"/><rect x="48" y="48" width="4" height="34" fill="M2"/><rect x="34" '
        'y="81" width="32" height="6" rx="3" fill="M2"/>'
    ),
    "chair": (
        '<path d="M28 14c14-5 30-5 44 0l-5 42H33Z" fill="M1"/><path d="M56 11c6 .6 11 1.600 '
        '16 3l-5 42H55Z" fill="M2" fill-opacity=".4"/><rect x="26" y="54" width="48" height="11" '
        'rx="5" fill="M2"/>'
        '<path d="M32 65l-6 23M68 65l6 23M42 65l-2 18M58 65l2 18" stroke="#7a5a3a" stroke-width="4" '
        'stroke-linecap="round"/>'
    ),
    "headphones": (
        '<path d="M22 62V50a28 28 0 0 1 56 0v12" fill="none" stroke="M2" '
        'stroke-width="6"/><rect x="15" y="54" width="17" height="30" rx="8" fill="M1"/><rect '
        'x="68" y="54" width="17" height="30" rx="8" fill="M1"/>'
        '<rect x="27" y="56" width="6" height="26" rx="3" fill="M3"/><rect x="67" y="56" width="6" '
        'height="26" rx="3" fill="M3"/>'
    ),
    "sneaker": (
        '<path d="M12 76c-2-12 2-22 3-30l16 3c4 8 12 15 22 17l22 5c9 2 14 6 14 '
        '13H14c-1-2-2-5-2-8Z" fill="M1"/><path d="M15 46l16 3c2 4 5 8 9 11-10 4-20 2-27-3Z" fill="M2"/>'
        '<path d="M12 76h77c1 3 1 8-2 11H17c-3 0-5-5-5-11Z" fill="#ffffff"/><path d="M40 60l8-8M48 '
        '65l8-8M57 68l7-7" stroke="#ffffff" stroke-width="3" stroke-linecap="round"/>'
    ),
    "backpack": (
        '<path d="M38 22c0-14 24-14 24 0" fill="none" stroke="M2" stroke-width="5"/>'
        '<rect x="24" y="20" width="52" height="67" rx="17" fill="M1"/><path d="M62 20c8 1 14 8 '
        '14 17v33c0 10-6 16-14 17Z" fill="M2" fill-opacity=".4"/>'
        '<rect x="31" y="52" width="38" height="27" rx="8" fill="M2"/><rect x="34" y="59" width="32" '
        'height="3" rx="1.5" fill="M3"/><rect x="38" y="33" width="24" height="6" rx="3" fill="M3"/>'
    ),
    "plant": (
        '<path d="M50 56C30 50 24 30 28 14c14 4 23 20 22 42Z" fill="#4f9a63"/><path d="M50 '
        '56c20-2 30-18 30-36-16 0-30 14-30 36Z" fill="#3c7f52"/><path d="M50 58c-14 2-26-4-34-16 '
        '14-4 28 2 34 16Z" fill="#66b07a"/>'
        '<path d="M32 56h36l-5 31H37Z" fill="M1"/><path d="M58 56h10l-5 31h-7Z" fill="M2" '
        'fill-opacity=".5"/><rect x="29" y="53" width="42" height="8" rx="3" fill="M2"/>'
    ),
    "watch": (
        '<path d="M38 30l3-18h18l3 18ZM38 70l3 18h18l3-18Z" fill="M2"/><rect x="29" y="28" '
        'width="42" height="44" rx="13" fill="M1"/><rect x="34" y="33" width="32" height="34" '
        'rx="9" fill="#17191f"/>'
        '<path d="M50 40v11l8 5" fill="none" stroke="M3" stroke-width="3" stroke-linecap="round"/>'
        '<rect x="71" y="44" width="4" height="10" rx="2" fill="M2"/>'
    ),
    "bottle": (
        '<rect x="42" y="9" width="16" height="13" rx="4" fill="M2"/><path d="M40 '
        '22h20v6c8 4 10 9 10 17v34c0 5-3 8-8 8H38c-5 0-8-3-8-8V45c0-8 2-13 10-17Z" fill="M1"/>'
        '<path d="M58 22h2v6c8 4 10 9 10 17v34c0 5-3 8-8 8h-8Z" fill="M2" fill-opacity=".4"/><rect '
        'x="30" y="50" width="40" height="19" fill="M3"/>'
    ),
    "camera": (
        '<path d="M16 34h16l6-10h24l6 10h16c4 0 6 2 6 6v38c0 4-2 6-6 6H16c-4 '
        '0-6-2-6-6V40c0-4 2-6 6-6Z" fill="M2"/><rect x="10" y="46" width="80" height="24" fill="M1"/>'
        '<circle cx="50" cy="58" r="19" fill="#20232b"/><circle cx="50" cy="58" r="12" fill="M3"/>'
        '<circle cx="50" cy="58" r="7" fill="#20232b"/><circle cx="46" cy="54" r="2.6" fill="#ffffff"/>'
    ),
    "pillow": (
        '<path d="M14 30c24 6 48 6 72 0 5 16 5 36 0 52-24-5-48-5-72 0-5-16-5-36 0-52Z" '
        'fill="M1"/><path d="M22 40c18 4 38 4 56 0M22 52c18 3 38 3 56 0M22 64c18 3 38 3 56 0" '
        'stroke="M3" stroke-width="4" fill="none"/>'
    ),
    "candle": (
        '<path d="M50 12c7 8 8 14 0 20-8-6-7-12 0-20Z" fill="#f6b24a"/><rect x="48.5" '
        'y="30" width="3" height="9" fill="#3a3a3a"/><rect x="29" y="38" width="42" height="49" '
        'rx="7" fill="M3"/><rect x="29" y="52" width="42" height="22" fill="M1"/>'
        '<path d="M60 38h4c4 0 7 3 7 7v35c0 4-3 7-7 7h-4Z" fill="M2" fill-opacity=".35"/>'
    ),
}


@cache
def _landscape(number: int) -> str:
    rng = np.random.default_rng([number, 11])
    hue = float(rng.uniform(0, 360))
    warm = float(rng.choice((35, 60, 20, 330, 85)))
    high, low = tone(float(rng.uniform(0.55, 0.74)), 0.12, hue), tone(0.88, 0.07, warm)
    ident = f"s{number}"
    sun_x, sun_y = float(rng.uniform(80, 320)), float(rng.uniform(60, 130))
    parts = [
        f'<defs><linearGradient id="{ident}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" '
        f'stop-color="{high}"/>'
        f'<stop offset=".75" stop-color="{low}"/></linearGradient></defs>'
        f'<rect width="400" height="300" fill="url(#{ident})"/>'
        f'<circle cx="{sun_x:.0f}" cy="{sun_y:.0f}" r="{rng.uniform(18, 34):.0f}" fill="#ffffff" '
        f'fill-opacity=".8"/>'
    ]
    land = (hue + 90) % 360 if rng.random() < 0.4 else float(rng.choice((150, 170, 200, 250, 280)))
    base = 150.0
    for layer in range(3):
        colour = mixed(tone(0.58 - 0.13 * layer, 0.07 + 0.015 * layer, land), low, 0.36 - 0.16 * layer)
        steps = np.linspace(0, 400, 5 + 2 * layer)
        heights = base + rng.uniform(-46, 30, len(steps)) / (1 + 0.35 * layer)
        points = " ".join(f"{at:.0f},{top:.0f}" for at, top in zip(steps, heights, strict=True))
        if rng.random() < 0.5:
            parts.append(f'<polygon points="0,300 {points} 400,300" fill="{colour}"/>')
        else:
            curve = f"M0 300V{heights[0]:.0f}"
            for start, end, top, under in zip(steps[:-1], steps[1:], heights[:-1], heights[1:], strict=True):
                middle = (start + end) / 2
                curve += f"C{middle:.0f} {top:.0f} {middle:.0f} {under:.0f} {end:.0f} {under:.0f}"
            parts.append(f'<path d="{curve}V300Z" fill="{colour}"/>')
        base += 48
    if rng.random() < 0.4:
        water = tone(0.66, 0.08, 225)
        parts.append(f'<rect y="244" width="400" height="56" fill="{water}"/>')
        parts += [
            (
                f'<rect x="{rng.uniform(0, 330):.0f}" y="{y}" width="{rng.uniform(30, 90):.0f}" '
                f'height="3" rx="1.5" fill="#ffffff" fill-opacity=".45"/>'
            )
            for y in (254, 266, 278, 290)
        ]
    elif rng.random() < 0.5:
        for _ in range(7):
            left, top = float(rng.uniform(0, 380)), float(rng.uniform(190, 226))
            dark = tone(0.3, 0.06, land)
            parts.append(
                f'<path d="M{left:.0f} {top:.0f}l14 44h-28ZM{left:.0f} {top + 20:.0f}l18 '
                f'46h-36Z" fill="{dark}"/>'
            )
    return "".join(parts)


@cache
def _cover(number: int) -> str:
    rng = np.random.default_rng([number, 23])
    hue = float(rng.uniform(0, 360))
    ground, one = tone(float(rng.choice((0.3, 0.45, 0.85))), 0.11, hue), tone(0.7, 0.16, hue + 40)
    two, three = tone(0.6, 0.18, hue + 150), tone(0.93, 0.05, hue + 60)
    parts = [f'<rect width="200" height="200" fill="{ground}"/>']
    match int(rng.integers(6)):
        case 0:
            parts += [
                f'<circle cx="100" cy="100" r="{r}" fill="{c}"/>'
                for r, c in ((82, one), (58, two), (32, three), (10, ground))
            ]
        case 1:
            parts += [
                (
                    f'<rect x="{18 + 34 * n}" y="{rng.uniform(20, 120):.0f}" width="20" '
                    f'height="200" rx="10" fill="{(one, two, three)[n % 3]}"/>'
                )
                for n in range(5)
            ]
        case 2:
            parts.append(
                f'<path d="M0 200 100 30l100 170Z" fill="{one}"/><path d="M40 200l80-110 80 '
                f'110Z" fill="{two}"/><circle cx="150" cy="48" r="22" fill="{three}"/>'
            )
        case 3:
            parts += [
                (
                    f'<circle cx="{40 + 60 * (n % 3)}" cy="{40 + 60 * (n // 3)}" r="24" '
                    f'fill="{(one, two, three)[int(rng.integers(3))]}"/>'
                )
                for n in range(9)
            ]
        case 4:
            parts.append(
                f'<path d="M0 120C50 60 90 170 130 110s50-40 70-20v110H0Z" fill="{one}"/><path '
                f'd="M0 160c40-40 80 20 120-20s60-10 80 0v60H0Z" fill="{two}"/><circle '
                f'cx="60" cy="54" r="28" fill="{three}"/>'
            )
        case _:
            parts.append(
                f'<rect width="100" height="100" fill="{one}"/><path d="M100 0a100 100 0 0 1 '
                f'100 100H100Z" fill="{two}"/><path d="M0 200a100 100 0 0 1 100-100v100Z" '
                f'fill="{three}"/><circle cx="150" cy="150" r="34" fill="{one}"/>'
            )
    return "".join(parts)


@cache
def _plate(number: int) -> str:
    rng = np.random.default_rng([number, 31])
    cloth, rim = tone(0.78, 0.06, float(rng.uniform(0, 360))), tone(0.97, 0.01, 80)
    food = [
        tone(float(rng.uniform(0.5, 0.8)), 0.14, float(hue))
        for hue in rng.choice((30, 50, 75, 110, 140, 20), 4, replace=False)
    ]
    parts = [
        f'<rect width="200" height="200" fill="{cloth}"/><circle cx="104" cy="106" r="80" '
        f'fill="#000000" fill-opacity=".14"/>'
        f'<circle cx="100" cy="100" r="80" fill="{rim}"/><circle cx="100" cy="100" r="60" '
        f'fill="{tone(0.92, 0.012, 80)}"/>'
        f'<circle cx="100" cy="100" r="52" fill="{food[0]}"/>'
    ]
    for _ in range(16):
        angle, reach = rng.uniform(0, 2 * np.pi), 42 * rng.uniform(0, 1) ** 0.6
        x, y = 100 + reach * np.cos(angle), 100 + reach * np.sin(angle)
        parts.append(
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{rng.uniform(5, 12):.0f}" '
            f'fill="{food[int(rng.integers(1, 4))]}"/>'
        )
    return "".join(parts)
