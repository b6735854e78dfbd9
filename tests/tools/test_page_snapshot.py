"""What a real browser's pages say of themselves: geometry, paint order, and whether a text can be seen."""

import pytest

from eyesmith.tools.browser import shared_renderer

pytestmark = pytest.mark.browser

RED = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)
FACT = "Revenue 4711 million"


def shown(html, **wanted):
    return shared_renderer().render(html, **wanted).page


def texts(page):
    return [block for block in page.blocks if block.kind == "text"]


def text(html, needle=FACT, **wanted):
    """The only text block that holds the needle, or None."""
    found = [block for block in texts(shown(html, **wanted)) if needle in block.text]
    assert len(found) <= 1
    return found[0] if found else None


def left(block):
    """Share of a text's box that is inside what clips it."""
    area = (block.box[2] - block.box[0]) * (block.box[3] - block.box[1])
    x0, y0, x1, y1 = block.seen
    return max(x1 - x0, 0.0) * max(y1 - y0, 0.0) / area if area > 0 else 0.0


def is_readable(block):
    """The strictest reading that every honest text passes."""
    return (
        block is not None
        and block.ink > 0.02
        and block.contrast > 1.2
        and left(block) > 0.3
        and block.covered < 0.7
        and block.font_px >= 4
    )


P = f'<p style="font-size:20px;{{}}">{FACT}</p>'
HIDDEN = {
    "opacity_own": P.format("opacity:0"),
    "opacity_ancestor": f'<div style="opacity:0"><div>{FACT}</div></div>',
    "opacity_almost": P.format("opacity:.01"),
    "opacity_product": f'<div style="opacity:.1"><div style="opacity:.1">{FACT}</div></div>',
    "white_on_white": P.format("color:#fff"),
    "nearly_white_on_white": P.format("color:#fdfdfd"),
    "black_on_black": f'<div style="background:#000;color:#000">{FACT}</div>',
    "transparent_color": P.format("color:transparent"),
    "transparent_fill": P.format("-webkit-text-fill-color:transparent"),
    "transparent_fill_important": P.format("-webkit-text-fill-color:transparent!important"),
    "rgba_zero": P.format("color:rgba(0,0,0,.004)"),
    "same_gradient": P.format("color:#336699;background:linear-gradient(#336699,#336699)"),
    "same_gradient_drifting": P.format(
        "color:#336699;background:linear-gradient(90deg,#336699,#346699,#336799)"
    ),
    "camouflage": P.format("color:#111;background:repeating-linear-gradient(90deg,#111 0 3px,#111 3px 6px)"),
    "display_none": P.format("display:none"),
    "visibility_hidden": P.format("visibility:hidden"),
    "visibility_collapse": P.format("visibility:collapse"),
    "hidden_attribute": f"<p hidden>{FACT}</p>",
    "closed_details": f"<details><summary>more</summary>{FACT}</details>",
    "closed_dialog": f"<dialog>{FACT}</dialog>",
    "template": f"<template><p>{FACT}</p></template>",
    "content_visibility": P.format("content-visibility:hidden"),
    "content_visibility_ancestor": f'<div style="content-visibility:hidden"><p>{FACT}</p></div>',
    "print_only": f"<style>.p{{display:none}}@media print{{.p{{display:block}}}}</style><p class=p>{FACT}"
    "</p>",
    "off_left": P.format("position:absolute;left:-9999px"),
    "off_below": P.format("position:absolute;top:900px"),
    "off_by_transform": P.format("transform:translateX(3000px)"),
    "off_by_margin": P.format("margin-left:-2000px"),
    "text_indent": P.format("text-indent:-9999px;white-space:nowrap;overflow:hidden"),
    "zero_height": P.format("height:0;overflow:hidden"),
    "zero_width": P.format("width:0;overflow:hidden;white-space:nowrap"),
    "one_pixel": P.format("position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)"),
    "clip_rect": P.format("position:absolute;clip:rect(0 0 0 0)"),
    "max_height": P.format("max-height:0;overflow:clip"),
    "scrolled_away": f'<div style="height:20px;overflow:auto"><div style="height:300px"></div>{FACT}</div>',
    "tiny_scroller": f'<div style="height:2px;width:300px;overflow-y:scroll">{FACT}</div>',
    "contain_paint": P.format("contain:strict;height:0"),
    "clip_path_inset": P.format("clip-path:inset(50%)"),
    "clip_path_circle": P.format("clip-path:circle(0)"),
    "clip_path_polygon": P.format("clip-path:polygon(0 0,0 0,0 0)"),
    "clip_path_reference": f"<svg width=0 height=0><clipPath id=c><rect width=0 height=0 /></clipPath></svg>"
    f'<p style="clip-path:url(#c)">{FACT}</p>',
    "mask": P.format("-webkit-mask-image:linear-gradient(transparent,transparent)"),
    "mask_standard": P.format("mask:linear-gradient(#0000,#0000)"),
    "font_size_zero": P.format("font-size:0"),
    "font_size_one": P.format("font-size:1px"),
    "font_size_three": P.format("font-size:3px"),
    "scale_zero": P.format("transform:scale(0)"),
    "scale_small": P.format("transform:scale(.02)"),
    "scale_flat": P.format("transform:scale(1,.02)"),
    "scale_property": P.format("scale:.05"),
    "scale_ancestors": f'<div style="transform:scale(.3)"><div style="transform:scale(.3)">{FACT}</div>'
    "</div>",
    "zoom": P.format("zoom:.1"),
    "rotate_edge_on": P.format("transform:rotateY(90deg)"),
    "rotate_property_edge_on": P.format("rotate:x 90deg"),
    "perspective_far": f'<div style="perspective:100px"><p style="transform:translateZ(-3000px)">{FACT}</p>'
    "</div>",
    "perspective_own": P.format("transform:perspective(100px) translateZ(-3000px)"),
    "font_size_adjust": P.format("font-size-adjust:0"),
    "skewed_flat": P.format("transform:skewX(89deg)"),
    "back_face": P.format("transform:rotateY(180deg);backface-visibility:hidden"),
    "letter_spacing": P.format("letter-spacing:-1em"),
    "line_height_pile": f'<div style="line-height:0;width:300px;padding:40px">{FACT} and'
    "<br>more and more and more<br>"
    "again and again and again</div>",
    "under_box": f'<div style="position:relative">{FACT}<div style="position:absolute;inset:-5px;'
    'background:#fff">'
    "</div></div>",
    "under_box_of_same_color": f'<div style="position:relative;color:#124">{FACT}'
    '<div style="position:absolute;inset:-5px;background:#124"></div></div>',
    "under_z_index": f'<p style="position:relative;z-index:-1">{FACT}</p>'
    "<style>#root{position:absolute;inset:0;background:#eef}</style><div id=root>x</div>",
    "under_gradient": f'<div style="position:relative">{FACT}<div style="position:absolute;inset:-5px;'
    'background:linear-gradient(#fff,#eee)"></div></div>',
    "under_picture": f'<div style="position:relative">{FACT}<img src="{RED}" style="position:absolute;'
    "left:-5px;"
    'top:-5px;width:400px;height:60px"></div>',
    "under_background_picture": f'<div style="position:relative">{FACT}'
    '<div style="position:absolute;inset:-5px;'
    f'background:url({RED})"></div></div>',
    "under_shadow": f'<div style="position:relative">{FACT}<div style="position:absolute;left:-500px;top:0;'
    "width:400px;"
    'height:40px;box-shadow:450px 0 0 20px #fff"></div></div>',
    "under_border": f'<div style="position:relative">{FACT}<div style="position:absolute;left:-5px;'
    "top:-10px;width:0;"
    'height:0;border:40px solid #fff;border-right-width:500px"></div></div>',
    "under_pseudo": f'<style>.c{{position:relative}}.c::after{{content:"";position:absolute;inset:-4px;'
    f"background:#fff}}</style><p class=c>{FACT}</p>",
    "under_backdrop_blur": f'<div style="position:relative">{FACT}<div style="position:absolute;inset:-20px;'
    'backdrop-filter:blur(40px)"></div></div>',
    "under_svg": f'<div style="position:relative">{FACT}<svg width=500 height=80 style="position:absolute;'
    "left:-9px;"
    'top:-9px"><circle cx=200 cy=40 r=400 fill="#fff"/></svg></div>',
    "redacted": "".join(
        '<u style="text-decoration:underline 3px;text-decoration-skip-ink:none;'
        f'text-underline-offset:{-at}px">'
        for at in range(-5, 16, 2)
    )
    + FACT,
    "background_clip": P.format("background:#fff;-webkit-background-clip:text;color:transparent"),
    "blend_multiply": f'<div style="background:#000">{P.format("color:#fff;mix-blend-mode:multiply")}</div>',
    "blend_screen": f'<body style="background:#fff">{P.format("color:#000;mix-blend-mode:screen")}',
    "filter_opacity": P.format("filter:opacity(0)"),
    "filter_brightness": P.format("filter:brightness(100);color:#222"),
    "filter_contrast": f'<div style="background:#fff;filter:contrast(0)">{FACT}</div>',
    "filter_blur": P.format("filter:blur(40px)"),
    "filter_blur_little": P.format("filter:blur(9px)"),
    "shadow_only_far": P.format("color:transparent;text-shadow:0 0 60px #000"),
    "svg_defs": f"<svg width=500 height=80><defs><text y=30>{FACT}</text></defs></svg>",
    "svg_symbol": f"<svg width=500 height=80><symbol id=s><text y=30>{FACT}</text></symbol></svg>",
    "svg_fill_none": f"<svg width=500 height=80><text y=30 fill=none>{FACT}</text></svg>",
    "svg_fill_opacity": f"<svg width=500 height=80><text y=30 fill-opacity=0>{FACT}</text></svg>",
    "svg_fill_white": f"<svg width=500 height=80><text y=30 fill=white>{FACT}</text></svg>",
    "svg_under_rect": f"<svg width=500 height=80><text y=30>{FACT}</text>"
    '<rect width=500 height=80 fill="#fff"/></svg>',
    "svg_under_path": f"<svg width=500 height=80><text y=30>{FACT}</text>"
    '<path d="M0 0H500V80H0z" fill="#fff"/></svg>',
    "svg_outside": f"<svg width=50 height=20><text y=90>{FACT}</text></svg>",
    "svg_view_box": f'<svg width=50 height=8 viewBox="0 0 5000 800"><text y=400 font-size=40>{FACT}</text>'
    "</svg>",
    "svg_clipped": f"<svg width=500 height=80><clipPath id=k><rect width=1 height=1 /></clipPath>"
    f'<text y=30 clip-path="url(#k)">{FACT}</text></svg>',
    "svg_masked": f"<svg width=500 height=80><mask id=m><rect width=500 height=80 fill=black /></mask>"
    f'<text y=30 mask="url(#m)">{FACT}</text></svg>',
    "decoy_under_mask": '<div style="position:absolute;top:0;left:0;font-size:20px">Totally harmless text'
    "</div>"
    f'<div style="position:absolute;top:0;left:0;font-size:20px;mask:linear-gradient(#0000,#0000)">{FACT}'
    "</div>",
    "stripes_under_mask": '<div style="background:repeating-linear-gradient(#fff 0 3px,#000 3px 5px)">'
    f'<div style="mask:linear-gradient(#0000,#0000)">{FACT}</div></div>',
    "first_letter_only": P.format("color:#fff") + "<style>p::first-letter{color:#000}</style>",
    "gradient_swallows": P.format("color:#fff;background:linear-gradient(90deg,#000 20px,#fff 40px)"),
    "placeholder_font": "<style>@font-face{font-family:blank;src:url(data:font/woff2;base64,d09GMgABAAAA)}"
    "</style>" + P.format("font-family:blank;color:#fff"),
}


@pytest.mark.parametrize("trick", HIDDEN)
def test_text_that_nobody_can_read_is_measured_so(trick):
    block = text(HIDDEN[trick])
    assert not is_readable(block), block


PHOTO = "background:radial-gradient(circle at 30% 30%,#345,#123 40%,#0a1a2a),linear-gradient(#222,#444)"
SEEN = {
    "plain": P.format(""),
    "bare": FACT,
    "twelve_px": P.format("font-size:12px"),
    "ten_px_grey": P.format("font-size:10px;color:#555"),
    "bold": P.format("font-weight:700"),
    "italic": P.format("font-style:italic"),
    "serif": P.format("font-family:Georgia"),
    "condensed": P.format("font-family:Barlow Condensed"),
    "white_on_dark": P.format("color:#fff;background:#123"),
    "coloured": P.format("color:#c2410c;background:#fff7ed"),
    "light_grey": P.format("color:#767676"),
    "half_transparent": P.format("opacity:.5"),
    "rgba": P.format("color:rgba(0,0,0,.6)"),
    "oklch": P.format("color:oklch(.4 .1 250)"),
    "color_mix": P.format("color:color-mix(in srgb,#f00 50%,#00f)"),
    "over_gradient": P.format("color:#fff;background:linear-gradient(90deg,#123,#456)"),
    "over_photo": f'<div style="{PHOTO};padding:80px">{P.format("color:#fff")}</div>',
    "over_picture": f'<div style="position:relative"><img src="{RED}" style="position:absolute;width:400px;'
    'height:60px">'
    f'<span style="position:relative;color:#fff">{FACT}</span></div>',
    "over_body_gradient": f'<body style="background:linear-gradient(#fff,#ddd)">{FACT}</body>',
    "over_stripes": P.format("background:repeating-linear-gradient(45deg,#fff 0 9px,#eef 9px 18px)"),
    "rotated": P.format("position:absolute;top:300px;left:200px;transform:rotate(90deg)"),
    "tilted": P.format("position:absolute;top:200px;left:200px;transform:rotate(-12deg)"),
    "scaled": P.format("transform:scale(1.5);transform-origin:0 0"),
    "vertical": P.format("writing-mode:vertical-rl"),
    "underlined": P.format("text-decoration:underline"),
    "redacted_in_vain": P.format("text-decoration:line-through 40px"),
    "struck_through": P.format("text-decoration:line-through"),
    "shadowed": P.format("color:#fff;background:#345;text-shadow:0 2px 4px #000"),
    "gradient_text": P.format(
        "font-size:40px;background:linear-gradient(90deg,#c00,#00c);"
        "-webkit-background-clip:text;background-clip:text;color:transparent"
    ),
    "outlined_text": P.format("font-size:60px;color:transparent;-webkit-text-stroke:2px #000"),
    "filtered": P.format("filter:drop-shadow(0 1px 1px #0004)"),
    "grayscale": P.format("color:#a00;filter:grayscale(1)"),
    "multiplied": P.format("color:#123;mix-blend-mode:multiply"),
    "rounded_clip": f'<div style="clip-path:inset(0 round 8px);background:#eee;padding:9px">{FACT}</div>',
    "faded_mask": f'<div style="mask-image:linear-gradient(90deg,#000 80%,#0000);width:600px">{FACT}</div>',
    "turned_in_space": P.format("transform:perspective(900px) rotateY(20deg)"),
    "card_with_shadow": f'<div style="box-shadow:0 4px 24px #0003;border-radius:12px;padding:20px">{FACT}'
    "</div>",
    "between_cards": '<div style="box-shadow:0 4px 24px #0005;height:60px"></div>'
    f'<p style="margin:4px">{FACT}</p>'
    '<div style="box-shadow:0 4px 24px #0005;height:60px"></div>',
    "glass": f'<div style="{PHOTO};padding:40px"><div style="backdrop-filter:blur(8px);background:#fff3;'
    'color:#fff">'
    f"{FACT}</div></div>",
    "over_later_empty_box": f'{FACT}<div style="position:absolute;inset:0"></div>',
    "under_clear_svg": f'<div style="position:relative">{FACT}<svg width=600 height=99 '
    'style="position:absolute;left:0">'
    "<rect x=500 width=20 height=20 /></svg></div>",
    "open_details": f"<details open><summary>more</summary>{FACT}</details>",
    "noscript": f"<noscript>{FACT}</noscript>",
    "table": f"<table border=1><tr><td>{FACT}<td>other</table>",
    "flex": f'<div style="display:flex;justify-content:center">{FACT}</div>',
    "grid_last": f'<div style="display:grid;grid-template-columns:1fr 1fr"><i>a</i><b>{FACT}</b></div>',
    "svg": f"<svg width=500 height=80><text x=10 y=30>{FACT}</text></svg>",
    "svg_scaled": f'<svg width=1000 height=160 viewBox="0 0 500 80"><text x=10 y=30>{FACT}</text></svg>',
    "svg_over_rect": '<svg width=500 height=80><rect width=500 height=80 fill="#123"/>'
    f"<text y=30 fill=#fff>{FACT}</text></svg>",
    "svg_gradient_fill": '<svg width=500 height=80><linearGradient id=g><stop stop-color="#a00"/>'
    "<stop offset=1 "
    f'stop-color="#00a"/></linearGradient><text y=40 font-size=30 fill="url(#g)">{FACT}</text></svg>',
    "svg_rotated": f'<svg width=500 height=400><text transform="rotate(90 100 100)" x=100 y=100>{FACT}'
    "</text></svg>",
    "foreign_object": f"<svg width=500 height=80><foreignObject width=500 height=80><p>{FACT}</p>"
    "</foreignObject></svg>",
    "pseudo": f'<style>.q::before{{content:"{FACT}"}}</style><p class=q></p>',
    "important": P.format(
        "color:#222!important;-webkit-text-fill-color:#222;background:linear-gradient(#fff,#eee)"
    ),
    "column": f'<div style="columns:2">{FACT}</div>',
    "heading": f"<h1>{FACT}</h1>",
    "tight_heading": f'<h1 style="line-height:1">{FACT}<br>and more of it</h1>',
    "list": f"<ul><li>{FACT}</ul>",
    "button": f"<button>{FACT}</button>",
    "link": f'<a href="http://example.test">{FACT}</a>',
    "fixed": P.format("position:fixed;bottom:0"),
    "out_of_clip": f'<div style="height:0;overflow:hidden"><p style="position:absolute;top:90px">{FACT}</p>'
    "</div>",
    "will_change": P.format("will-change:transform"),
    "animated": P.format("animation:x 2s infinite") + "<style>@keyframes x{to{opacity:0}}</style>",
}


@pytest.mark.parametrize("honest", SEEN)
def test_text_that_everybody_can_read_is_measured_so(honest):
    block = text(SEEN[honest])
    assert is_readable(block), block
    assert block.ink < 0.6
    assert block.alpha > 0.4 or "transparent" in SEEN[honest]
