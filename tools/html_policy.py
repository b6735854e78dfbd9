"""What a page may hold: elements, attributes, limits.

Tables only; `sanitizer.py` applies them. Whatever stands in none of them is taken out.
"""

__all__ = [
    "CASED",
    "DROPPED",
    "IGNORED",
    "KEPT",
    "MAX_BYTES",
    "MAX_COMBINING",
    "MAX_DEPTH",
    "MAX_DRAWN",
    "MAX_ELEMENTS",
    "MAX_PIXELS",
    "MAX_USES",
    "MAX_USE_DEPTH",
    "PICTURES",
    "REFERRING",
    "VOID",
    "is_kept_attribute",
]

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MAX_BYTES = 262_144
MAX_ELEMENTS = 5_000
MAX_DEPTH = 256
MAX_USES = 200
MAX_USE_DEPTH = 4
MAX_DRAWN = 20_000
MAX_PIXELS = 16_777_216
MAX_COMBINING = 8

HTML = _words(
    """
    html head body title style div span p h1 h2 h3 h4 h5 h6 hgroup header footer main nav section article
    aside address search a abbr b bdi bdo big blockquote br center cite code data dd del dfn dl dt em
    figcaption figure font hr i img ins kbd li mark menu nobr ol pre q rp rt rtc rb ruby s samp small
    strike strong sub sup time tt u ul var wbr table caption colgroup col thead tbody tfoot tr th td form
    fieldset legend label input button select optgroup option datalist output progress meter textarea
    details summary dialog marquee map area picture canvas
    """
)
SVG = _words(
    """
    svg g path rect circle ellipse line polyline polygon text tspan textpath image use defs symbol marker
    pattern mask clippath lineargradient radialgradient stop filter desc switch foreignobject feblend
    fecolormatrix fecomponenttransfer fecomposite feconvolvematrix fediffuselighting fedisplacementmap
    fedistantlight fedropshadow feflood fefunca fefuncb fefuncg fefuncr fegaussianblur feimage femerge
    femergenode femorphology feoffset fepointlight fespecularlighting fespotlight fetile feturbulence
    """
)
KEPT = HTML | SVG
DROPPED = _words(
    """
    script iframe frame frameset noframes object embed applet template noembed portal fencedframe audio
    video source track param base meta link animate animatetransform animatemotion animatecolor set mpath
    discard handler listener bgsound keygen isindex basefont nextid webview selectedcontent metadata
    """
)
"""Elements that go with all that they hold; of others that are not kept, what they hold stays."""
VOID = _words("area br col hr img input wbr")
REFERRING = _words(
    """
    use textpath lineargradient radialgradient pattern filter marker mask clippath
    """
)
"""Elements whose `href` may name a part of the same page."""
PICTURES = frozenset({("img", "src"), ("input", "src"), ("image", "href"), ("feimage", "href")})
IGNORED = _words(
    """
    xmlns version baseprofile xml:space xml:lang charset loading decoding fetchpriority itemprop itemscope
    itemtype itemid rel target name for method enctype autocomplete spellcheck translate enterkeyhint
    inputmode enable-background xmlns:xlink xlink:type xlink:title property content metadata noscript
    font-face
    """
)
"""Elements and attributes that go without a word: they change nothing here."""
HTML_ATTRIBUTES = _words(
    """
    class id style title lang dir hidden role tabindex align valign width height bgcolor color face size
    border cellpadding cellspacing nowrap colspan rowspan span scope headers abbr start reversed type
    value alt placeholder checked selected disabled readonly rows cols min max step low high optimum
    multiple label open wrap maxlength inert clear noshade compact frame rules cite datetime
    """
)
SVG_GEOMETRY = _words(
    """
    viewbox preserveaspectratio x y x1 y1 x2 y2 cx cy r rx ry fx fy fr d points dx dy rotate pathlength
    textlength lengthadjust startoffset method spacing side transform transform-origin gradientunits
    gradienttransform spreadmethod offset patternunits patterncontentunits patterntransform maskunits
    maskcontentunits clippathunits markerunits markerwidth markerheight refx refy orient overflow
    """
)
SVG_PAINT = _words(
    """
    fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin
    stroke-miterlimit stroke-dasharray stroke-dashoffset opacity stop-color stop-opacity
    color-interpolation color-interpolation-filters clip-path clip-rule mask mask-type filter marker
    marker-start marker-mid marker-end vector-effect paint-order visibility display shape-rendering
    text-rendering image-rendering mix-blend-mode isolation
    """
)
SVG_TEXT = _words(
    """
    text-anchor dominant-baseline alignment-baseline baseline-shift font-family font-size font-weight
    font-style font-variant font-stretch font-size-adjust letter-spacing word-spacing text-decoration
    writing-mode glyph-orientation-vertical glyph-orientation-horizontal direction unicode-bidi
    """
)
SVG_FILTERS = _words(
    """
    filterunits primitiveunits in in2 result stddeviation values mode operator k1 k2 k3 k4 radius scale
    xchannelselector ychannelselector basefrequency numoctaves seed stitchtiles flood-color flood-opacity
    lighting-color tablevalues slope intercept amplitude exponent surfacescale specularconstant
    specularexponent diffuseconstant kernelmatrix order divisor bias targetx targety edgemode
    preservealpha kernelunitlength azimuth elevation pointsatx pointsaty pointsatz z limitingconeangle
    """
)
ATTRIBUTES = HTML_ATTRIBUTES | SVG_GEOMETRY | SVG_PAINT | SVG_TEXT | SVG_FILTERS
RENAMED = {"marquee": "div"}
LIMITS = {
    "colspan": 100,
    "rowspan": 100,
    "span": 100,
    "cols": 400,
    "rows": 200,
    "size": 400,
    "stddeviation": 64,
    "numoctaves": 6,
    "radius": 64,
    "order": 7,
}
"""The largest number that an attribute may say."""
PAINTS = _words(
    """
    fill stroke filter mask clip-path marker marker-start marker-mid marker-end transform color stop-color
    flood-color lighting-color font-family
    """
)
"""Attributes that are CSS values."""
SVG_SPACE = "http://www.w3.org/2000/svg"
XLINK_SPACE = "http://www.w3.org/1999/xlink"
_PREFIXED = re.compile(r"(?:aria|data)-[a-z0-9_.-]+")

CASED = {
    each.lower(): each
    for each in _words(
        """
        viewBox preserveAspectRatio pathLength textLength lengthAdjust startOffset gradientUnits
        gradientTransform spreadMethod patternUnits patternContentUnits patternTransform maskUnits
        maskContentUnits clipPathUnits markerUnits markerWidth markerHeight refX refY filterUnits
        primitiveUnits stdDeviation xChannelSelector yChannelSelector baseFrequency numOctaves stitchTiles
        tableValues surfaceScale specularConstant specularExponent diffuseConstant kernelMatrix targetX
        targetY edgeMode preserveAlpha kernelUnitLength pointsAtX pointsAtY pointsAtZ limitingConeAngle
        textPath clipPath linearGradient radialGradient foreignObject feBlend feColorMatrix
        feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap
        feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge
        feMergeNode feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence
        """
    )
}
"""How XML spells the names of SVG; HTML does not mind."""


def is_kept_attribute(name: str) -> bool:
    """Whether an attribute of this name, in lower case, may stay.

    >>> is_kept_attribute("class"), is_kept_attribute("data-x"), is_kept_attribute("onclick")
    (True, True, False)
    """
    return name in ATTRIBUTES or _PREFIXED.fullmatch(name) is not None
