"""Pages that try to reach out: past the sanitiser, and past the browser with the sanitiser left out."""

import base64
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest

from eyesmith.tools import page_visit
from eyesmith.tools.browser import HtmlRenderer, PageError, find_browser
from eyesmith.tools.browser_launch import FAMILIES
from eyesmith.tools.page_frame import framed
from eyesmith.tools.sanitizer import Sanitized, sanitize

pytestmark = pytest.mark.browser

SIZE_PX = (320, 200)
SECRET = "the-contents-of-a-private-file"


class Listener:
    """A server on the loopback that counts every connection, even one that never sends a request."""

    def __init__(self):
        self.hits = []

        class Handler(BaseHTTPRequestHandler):
            def setup(handler):
                self.hits.append("connection")
                super().setup()

            def do_GET(handler):
                self.hits.append(handler.path)
                handler.send_response(200)
                handler.send_header("Access-Control-Allow-Origin", "*")
                handler.end_headers()
                handler.wfile.write(b"x")

            do_POST = do_OPTIONS = do_HEAD = do_GET

            def log_message(handler, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def listener():
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def renderer():
    renderer = HtmlRenderer(pages=1)
    yield renderer
    renderer.close()


def escaped(text):
    """The text as CSS escapes."""
    return "".join(f"\\{ord(letter):x} " for letter in text)


def entities(text):
    return "".join(f"&#x{ord(letter):x};" for letter in text)


def data(kind, text):
    return f"data:{kind};base64,{base64.b64encode(text.encode()).decode()}"


SVG = "http://www.w3.org/2000/svg"
VECTORS = {
    "img": lambda at: f'<img src="http://{at}/img">',
    "img_protocol_relative": lambda at: f'<img src="//{at}/img">',
    "img_in_entities": lambda at: '<img src="{}">'.format(entities(f"http://{at}/e")),
    "img_by_unquoted_slash": lambda at: f"<img/src=http://{at}/slash/>",
    "img_with_tabs": lambda at: f'<img src="ht\ntp://{at}/tab">',
    "image_tag": lambda at: f'<image src="http://{at}/image">',
    "srcset": lambda at: f'<img srcset="http://{at}/a 1x, http://{at}/b 2x">',
    "picture": lambda at: f'<picture><source srcset="http://{at}/p"><img src="data:,"></picture>',
    "lazy": lambda at: f'<img loading=eager fetchpriority=high src="http://{at}/lazy">',
    "css_import": lambda at: f'<style>@import "http://{at}/import";</style>',
    "css_import_url": lambda at: f"<style>@import url(http://{at}/import) screen;</style>",
    "css_import_escaped": lambda at: f'<style>@\\69 mport "http://{at}/import";</style>',
    "css_import_after_comment": lambda at: f'<style>/*x*/@import/**/"http://{at}/import";</style>',
    "css_import_from_data": lambda at: '<style>@import "{}";</style>'.format(
        data("text/css", f"@import 'http://{at}/nested';")
    ),
    "css_background": lambda at: f'<div style="background:url(http://{at}/bg)">x</div>',
    "css_background_escaped": lambda at: '<div style="background:{}(http://{}/bg)">x</div>'.format(
        escaped("url"), at
    ),
    "css_address_escaped": lambda at: '<div style="background:url({})">x</div>'.format(
        escaped(f"http://{at}/esc")
    ),
    "css_in_entities": lambda at: '<div style="{}">x</div>'.format(
        entities(f"background:url(http://{at}/ent)")
    ),
    "css_uppercase": lambda at: f"<style>body{{BACKGROUND:URL('HTTP://{at}/up')}}</style>x",
    "css_custom_property": lambda at: f"<style>body{{--b:url(http://{at}/var);background:var(--b)}}</style>x",
    "css_image_set": lambda at: f'<style>body{{background:image-set("http://{at}/set" 1x)}}</style>x',
    "css_webkit_image_set": lambda at: (
        f"<style>p{{background:-webkit-image-set(url(http://{at}/w) 1x)}}</style><p>x"
    ),
    "css_cross_fade": lambda at: (
        f"<style>p{{background:-webkit-cross-fade(url(http://{at}/c),url(//{at}/d),50%)}}</style><p>x"
    ),
    "css_src": lambda at: f'<style>p{{background:src("http://{at}/src")}}</style><p>x',
    "css_cursor": lambda at: f"<style>*{{cursor:url(http://{at}/cursor),auto}}</style>x",
    "css_content": lambda at: f"<style>p::after{{content:url(http://{at}/content)}}</style><p>x",
    "css_list_style": lambda at: f"<ul style='list-style:url(http://{at}/list)'><li>x",
    "css_border_image": lambda at: f'<p style="border:9px solid;border-image:url(http://{at}/border) 3">x',
    "css_mask": lambda at: f'<p style="-webkit-mask-image:url(http://{at}/mask)">x',
    "css_filter": lambda at: f'<p style="filter:url(http://{at}/filter#f)">x',
    "css_clip_path": lambda at: f'<p style="clip-path:url(http://{at}/clip#f)">x',
    "css_shape_outside": lambda at: f'<p style="float:left;shape-outside:url(http://{at}/shape)">x',
    "css_offset_path": lambda at: f'<p style="offset-path:url(http://{at}/path#p)">x',
    "css_namespace": lambda at: f"<style>@namespace url(http://{at}/ns);p{{color:red}}</style><p>x",
    "css_counter_style": lambda at: (
        f"<style>@counter-style c{{system:cyclic;symbols:url(http://{at}/sym)}}"
        "li{list-style:c}</style><ul><li>x"
    ),
    "css_nested": lambda at: f"<style>p{{&:is(p){{background:url(http://{at}/nest)}}}}</style><p>x",
    "css_supports": lambda at: (
        f"<style>@supports (color:red){{p{{background:url(http://{at}/sup)}}}}</style><p>x"
    ),
    "css_unclosed": lambda at: f"<style>p{{background:url(http://{at}/unclosed",
    "css_unclosed_string": lambda at: (
        f"<style>p{{content:'\n}}p{{background:url(http://{at}/string)}}</style><p>x"
    ),
    "css_comment_open": lambda at: (
        f"<style>p{{color:red}}</style><p style='/*'><p style='*/background:url(http://{at}/c)'>"
    ),
    "font_face": lambda at: (
        f"<style>@font-face{{font-family:f;src:url(http://{at}/font)}}p{{font-family:f}}</style><p>x"
    ),
    "font_face_format": lambda at: (
        f'<style>@font-face{{font-family:f;src:local("x"),url("http://{at}/f")format("woff2")}}'
        "*{font-family:f}</style>x"
    ),
    "link_stylesheet": lambda at: f'<link rel=stylesheet href="http://{at}/link">',
    "link_alternate_case": lambda at: f'<LiNk ReL="StyleSheet" hReF="http://{at}/link">',
    "prefetch": lambda at: f'<link rel=prefetch href="http://{at}/pre">',
    "preload": lambda at: f'<link rel=preload as=image href="http://{at}/preload">',
    "modulepreload": lambda at: f'<link rel=modulepreload href="http://{at}/mod">',
    "preconnect": lambda at: f'<link rel=preconnect href="http://{at}">',
    "dns_prefetch": lambda at: f'<link rel=dns-prefetch href="//{at}"><a href="http://{at}">x</a>',
    "icon": lambda at: f'<link rel="shortcut icon" href="http://{at}/icon">',
    "manifest": lambda at: (
        f'<html manifest="http://{at}/appcache"><link rel=manifest href="http://{at}/manifest">'
    ),
    "speculation": lambda at: (
        f'<script type=speculationrules>{{"prefetch":[{{"urls":["http://{at}/s"]}}]}}</script>'
    ),
    "base": lambda at: f'<base href="http://{at}/"><img src="relative"><link rel=stylesheet href=rel.css>',
    "iframe": lambda at: f'<iframe src="http://{at}/frame"></iframe>',
    "iframe_srcdoc": lambda at: f'<iframe srcdoc="<img src=http://{at}/srcdoc>"></iframe>',
    "iframe_data": lambda at: '<iframe src="{}"></iframe>'.format(
        data("text/html", f"<img src=http://{at}/inner>")
    ),
    "iframe_javascript": lambda at: f"<iframe src=\"javascript:fetch('http://{at}/js')\"></iframe>",
    "frameset": lambda at: f'<frameset><frame src="http://{at}/frameset"></frameset>',
    "fenced_frame": lambda at: (
        f'<fencedframe src="http://{at}/fenced"></fencedframe><portal src="http://{at}/p"></portal>'
    ),
    "object": lambda at: f'<object data="http://{at}/object"></object>',
    "embed": lambda at: f'<embed src="http://{at}/embed">',
    "applet": lambda at: f'<applet code="x" archive="http://{at}/applet"></applet>',
    "meta_refresh": lambda at: f'<meta http-equiv=refresh content="0;url=http://{at}/refresh">',
    "meta_refresh_data": lambda at: '<meta http-equiv=refresh content="0;url={}">'.format(
        data("text/html", f"<img src=http://{at}/md>")
    ),
    "meta_csp_report": lambda at: (
        '<meta http-equiv="Content-Security-Policy" content="img-src \'none\'; '
        f'report-uri http://{at}/csp"><img src="data:image/png,x">'
    ),
    "form_autosubmit": lambda at: (
        f'<form action="http://{at}/form" id=f><input autofocus onfocus="f.submit()"></form>'
    ),
    "input_image": lambda at: f'<input type=image src="http://{at}/input">',
    "button_formaction": lambda at: f'<button formaction="http://{at}/fa" autofocus>x</button>',
    "a_ping": lambda at: f'<a href="#" ping="http://{at}/ping" autofocus>x</a>',
    "body_background": lambda at: f'<body background="http://{at}/body">x',
    "table_background": lambda at: (
        f'<table background="http://{at}/t"><td background="http://{at}/td">x</table>'
    ),
    "video": lambda at: f'<video autoplay src="http://{at}/video" poster="http://{at}/poster"></video>',
    "video_source": lambda at: (
        f'<video preload=auto><source src="http://{at}/s"><track default src="http://{at}/t"></video>'
    ),
    "audio": lambda at: f'<audio autoplay src="http://{at}/audio"></audio>',
    "script_src": lambda at: f'<script src="http://{at}/script"></script>',
    "script_fetch": lambda at: f"<script>fetch('http://{at}/fetch')</script>",
    "script_websocket": lambda at: f"<script>new WebSocket('ws://{at}/ws')</script>",
    "script_open": lambda at: f"<script>window.open('http://{at}/open')</script>",
    "script_in_svg": lambda at: f"<svg><script>fetch('http://{at}/svgjs')</script></svg>",
    "onerror": lambda at: f"<img src=x onerror=\"fetch('http://{at}/onerror')\">",
    "onload": lambda at: f"<body onload=\"fetch('http://{at}/onload')\">x",
    "svg_onload": lambda at: f"<svg onload=\"fetch('http://{at}/svgonload')\"></svg>",
    "javascript_href": lambda at: f"<a href=\"javascript:fetch('http://{at}/js')\" autofocus>x</a>",
    "svg_image": lambda at: f'<svg><image href="http://{at}/i" width=9 height=9 /></svg>',
    "svg_image_xlink": lambda at: f'<svg><image xlink:href="http://{at}/i" width=9 height=9 /></svg>',
    "svg_use": lambda at: f'<svg><use href="http://{at}/use#x" /></svg>',
    "svg_fe_image": lambda at: (
        f'<svg><filter id=f><feImage href="http://{at}/fe"/></filter>'
        "<rect width=90 height=90 filter=url(#f) /></svg>"
    ),
    "svg_fill": lambda at: f'<svg><rect width=90 height=90 fill="url(http://{at}/fill#g)"/></svg>',
    "svg_gradient": lambda at: (
        f'<svg><linearGradient id=g href="http://{at}/g#x"/><rect fill="url(#g)" width=9 height=9 /></svg>'
    ),
    "svg_style": lambda at: (
        f"<svg><style>@import 'http://{at}/svgimport';</style><rect width=9 height=9 /></svg>"
    ),
    "svg_foreign": lambda at: (
        f'<svg><foreignObject width=90 height=90><img src="http://{at}/foreign"></foreignObject></svg>'
    ),
    "svg_set": lambda at: (
        f'<svg><image width=9 height=9><set attributeName=href to="http://{at}/set"/></image></svg>'
    ),
    "svg_animate": lambda at: (
        f'<svg><image width=9 height=9><animate attributeName=href values="http://{at}/a"/></image></svg>'
    ),
    "svg_data_image": lambda at: '<img src="{}">'.format(
        data(
            "image/svg+xml",
            f'<svg xmlns="{SVG}" width="9" height="9"><image href="http://{at}/d" width="9" '
            'height="9"/></svg>',
        )
    ),
    "svg_data_style": lambda at: '<img src="data:image/svg+xml,{}">'.format(
        quote(f'<svg xmlns="{SVG}"><style>@import "http://{at}/ds";</style></svg>')
    ),
    "svg_data_entity": lambda at: '<img src="{}">'.format(
        data(
            "image/svg+xml",
            f'<!DOCTYPE s [<!ENTITY x SYSTEM "http://{at}/xxe">]><svg xmlns="{SVG}"><text>&x;</text></svg>',
        )
    ),
    "svg_data_stylesheet": lambda at: '<img src="{}">'.format(
        data(
            "image/svg+xml",
            f'<?xml-stylesheet href="http://{at}/pi"?><svg xmlns="{SVG}" width="9" height="9"/>',
        )
    ),
    "svg_data_background": lambda at: "<p style=\"background:url('{}')\">x".format(
        data("image/svg+xml", f'<svg xmlns="{SVG}"><image href="http://{at}/db" width="9" height="9"/></svg>')
    ),
    "svg_data_use": lambda at: '<svg><use href="{}#a"/></svg>'.format(
        data("image/svg+xml", f'<svg xmlns="{SVG}"><image id="a" href="http://{at}/du"/></svg>')
    ),
    "xml_stylesheet": lambda at: f'<?xml-stylesheet href="http://{at}/pi"?><p>x',
    "doctype": lambda at: f'<!DOCTYPE html SYSTEM "http://{at}/dtd"><p>x',
    "noscript": lambda at: f'<noscript><img src="http://{at}/noscript"></noscript>',
    "template_shadow": lambda at: (
        f'<div><template shadowrootmode=open><img src="http://{at}/shadow"></template></div>'
    ),
    "mutation_style": lambda at: f'<svg></p><style><a id="</style><img src=http://{at}/mxss>">',
    "mutation_math": lambda at: (
        f'<math><mtext><table><mglyph><style><!--</style><img title="--><img src=http://{at}/m>">'
    ),
    "mutation_noscript": lambda at: f'<noscript><p title="</noscript><img src=http://{at}/mn>">',
    "mutation_title": lambda at: f"<svg><title><style><img src=http://{at}/mt></style></title></svg>",
    "mutation_textarea": lambda at: f"<select><textarea></select><img src=http://{at}/ms></textarea>",
    "mutation_comment": lambda at: f"<!--><img src=http://{at}/cm>--><!-- --!><img src=http://{at}/cm2>-->",
    "mutation_cdata": lambda at: f"<svg><![CDATA[><img src=http://{at}/cd>]]></svg>",
    "mutation_null": lambda at: f"<im\x00g src=http://{at}/nul><img\x00 src=http://{at}/nul2>",
    "conditional_comment": lambda at: f"<!--[if true]><img src=http://{at}/cc><![endif]-->",
    "utf7": lambda at: f"<meta charset=utf-7>+ADw-img src=http://{at}/utf7+AD4-",
    "xmp_plaintext": lambda at: f"<xmp></xmp><img src=http://{at}/xmp><plaintext>",
    "attribution": lambda at: f'<img attributionsrc="http://{at}/attr" src="data:,">',
    "background_fetch_dimension": lambda at: (
        f'<input type=file webkitdirectory><keygen><bgsound src="http://{at}/bg">'
    ),
}
FILES = {
    "file_img": '<img src="{file}">',
    "file_iframe": '<iframe src="{file}" width=300 height=150></iframe>',
    "file_object": '<object data="{file}"></object>',
    "file_embed": '<embed src="{file}">',
    "file_css": '<link rel=stylesheet href="{file}"><style>@import "{file}";p{{background:url({file})}}'
    "</style><p>x",
    "file_use": '<svg><use href="{file}#a"/><image href="{file}" width=99 height=99 /></svg>',
    "file_xxe": '<img src=\'data:image/svg+xml,<!DOCTYPE s [<!ENTITY x SYSTEM "{file}">]>'
    '<svg xmlns="http://www.w3.org/2000/'
    'svg" width="300" height="100"><text y="20">%26x;</text></svg>\'>',
    "file_meta": '<meta http-equiv=refresh content="0;url={file}">',
}


def test_there_are_enough_ways_out():
    assert len(VECTORS) + len(FILES) >= 24


@pytest.mark.parametrize("way", VECTORS)
def test_what_is_sanitised_reaches_nothing(way, renderer, listener):
    page = VECTORS[way](listener.address)
    assert _is_only_text(sanitize(page).html, listener.address)
    renderer.render(page, size_px=SIZE_PX)
    assert listener.hits == []


@pytest.mark.parametrize("way", VECTORS)
def test_the_browser_alone_reaches_nothing(way, renderer, listener, monkeypatch):
    """The sanitiser is left out, and with it the policy in the page's head."""
    monkeypatch.setattr(page_visit, "SETTLE_S", 1.0)  # some wait for ever for what they ask for
    page = VECTORS[way](listener.address)
    problem = renderer._show(Sanitized(page, ()), SIZE_PX, 1.0).exception()
    # A page that navigates away may not come back; what counts is whom it met.
    assert problem is None or type(problem).__module__.startswith("eyesmith")
    assert listener.hits == []


@pytest.mark.parametrize("way", FILES)
@pytest.mark.parametrize("is_sanitised", [True, False])
def test_files_stay_closed(way, is_sanitised, renderer, tmp_path):
    secret = tmp_path / "secret.html"
    secret.write_text(f"<body style='background:red'><p id=a>{SECRET}</p>")
    page = FILES[way].format(file=secret.as_uri())
    assert SECRET not in sanitize(page).html
    if is_sanitised:
        assert secret.as_uri() not in sanitize(page).html
        shown = renderer.render(page, size_px=SIZE_PX)
    else:
        shown = renderer._show(Sanitized(framed("", page), ()), SIZE_PX, 1.0).result()
    assert all(SECRET not in block.text for block in shown.page.blocks)
    red = (shown.image[..., 0] > 200) & (shown.image[..., 1] < 60)
    assert not red.any()


def test_nothing_came_late_and_pages_are_shown_as_before(renderer, listener):
    threading.Event().wait(0.5)
    assert listener.hits == []
    assert renderer.render("<p>after", size_px=SIZE_PX).page.blocks[0].text == "after"


def test_the_listener_can_be_reached_without_containment():
    """A test of the tests: an ordinary browser does hit the listener, by scripts and without."""
    from playwright.sync_api import sync_playwright

    listener = Listener()
    names = (
        "img",
        "css_import",
        "svg_image",
        "prefetch",
        "script_fetch",
        "iframe",
        "meta_refresh",
        "script_websocket",
    )
    with sync_playwright() as driver:
        arguments = ["--disable-gpu"]
        browser = driver.chromium.launch(executable_path=str(find_browser()), args=arguments)
        for name in names:
            del listener.hits[:]
            page = browser.new_page()
            page.set_content(VECTORS[name](listener.address))
            page.wait_for_timeout(250)
            page.close()
            assert listener.hits, name
        browser.close()
    listener.close()


def test_a_connection_without_a_request_is_counted_too():
    listener = Listener()
    with socket.create_connection(("127.0.0.1", int(listener.address.partition(":")[2]))):
        pass
    for _ in range(100):
        if listener.hits:
            break
        threading.Event().wait(0.02)
    assert listener.hits == ["connection"]
    listener.close()


def test_a_page_has_no_script_no_storage_and_no_way_to_move(renderer):
    page = renderer.render("<p>one</p><script>document.body.innerHTML='two'</script>", size_px=SIZE_PX).page
    assert [block.text for block in page.blocks] == ["one"]
    raw = framed("", "<p>one</p><script>document.body.innerHTML='two'</script>")
    page = renderer._show(Sanitized(raw, ()), SIZE_PX, 1.0).result().page
    assert [block.text for block in page.blocks] == ["one"]


def test_the_browser_does_not_see_keys(monkeypatch, tmp_path):
    from eyesmith.tools.browser_launch import environment

    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    told = environment(tmp_path)
    assert "OPENAI_API_KEY" not in told
    assert "sk-secret" not in "".join(told.values())


def test_generic_families_are_shipped_ones():
    from eyesmith.tools.fonts import FACES

    shipped = {face.lower() for face in FACES}
    assert {name.replace(" ", "").lower() for name in FAMILIES.values()} <= shipped


def test_too_much_is_the_agents_error_not_the_machines(renderer):
    with pytest.raises(PageError):
        renderer.render("<p>" * 5001, size_px=SIZE_PX)


def _is_only_text(html, address):
    """Whether an address stands in a page as text alone, if at all."""
    from lxml import html as reader

    tree = reader.document_fromstring(html)
    inside = [value for node in tree.iter() for name, value in node.attrib.items() if name != "title"]
    inside += [node.text or "" for node in tree.iter("style")]
    return all(address not in value for value in inside)
