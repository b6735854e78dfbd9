"""The document around what an agent wrote: policy and stillness.

The layer `eyesmith` is declared before all others, and what is important in it wins over every later sheet.
"""

__all__ = ["FRAME_STYLE", "LAYER", "POLICY", "framed"]

LAYER = "eyesmith"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
FRAME_STYLE = (
    f"@layer {LAYER};@layer {LAYER}{{*,*::before,*::after,*::backdrop,*::marker{{animation:none!important;"
    "transition:none!important;caret-color:transparent!important;scroll-behavior:auto!important}}"
)


def framed(head: str, body: str, html_attributes: str = "", body_attributes: str = "") -> str:
    """A whole document.

    Args:
        head: what the page itself has in its head.
        body: what stands in its body.
        html_attributes: written out, with a blank before each.
        body_attributes: likewise.

    >>> framed("", "<p>x</p>").endswith("</head><body><p>x</p></body></html>")
    True
    """
    return (
        f'<!doctype html><html{html_attributes}><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{FRAME_STYLE}</style>'
        f"{head}</head><body{body_attributes}>{body}</body></html>"
    )
