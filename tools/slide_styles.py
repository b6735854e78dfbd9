"""The style sheet of slides: an 8 px grid, few sizes, tokens as colours.

Constants only; `slide_themes.py` puts a theme's tokens before them.
"""

__all__ = ["BASE_CSS", "HOLD_CSS", "TITLE_CSS"]

_FRAME = """
*{box-sizing:border-box}
html,body{margin:0;padding:0;background:var(--paper)}
#slide{position:relative;width:1280px;height:720px;overflow:hidden;background:var(--paper);color:var(--ink);
font:400 24px/1.35 var(--body);font-variant-numeric:tabular-nums;overflow-wrap:anywhere;text-wrap:pretty}
:where(#slide) :where(h1,h2,h3,p,ul,ol,li,table,figure,blockquote,dl,dt,dd){margin:0;padding:0}
:where(#slide) :where(ul,ol){list-style:none}
:where(#slide) :where(h1,h2,h3){font-family:var(--display);font-weight:700;line-height:1.2}
:where(#slide) :where(h1){font-size:calc(40px*var(--ds))}
:where(#slide) :where(h2){font-size:28px}
:where(#slide) :where(h3){font-size:24px}
.page{position:absolute;inset:0;padding:56px 64px 80px;display:flex;flex-direction:column;gap:32px}
.title{flex:none;position:relative;font:700 calc(40px*var(--ds))/48px var(--display);
letter-spacing:-.01em;text-wrap:balance}
.main{flex:1;min-height:0;position:relative;font-size:var(--t,24px);text-wrap:balance}
.panel{background:var(--panel);border-radius:var(--radius)}
.card{background:var(--panel);border-radius:var(--radius);padding:32px}
.muted{color:var(--muted)}
.accent{color:var(--accent)}
.source{font-size:16px;line-height:24px;color:var(--muted)}
.foot{position:absolute;left:64px;right:64px;bottom:32px;display:flex;justify-content:space-between;gap:32px;
font-size:16px;line-height:24px;color:var(--muted);white-space:nowrap}
.foot span{overflow:hidden;text-overflow:ellipsis}
.cover~.foot{display:none}
"""
_COVERS = """
.cover{position:absolute;inset:0;background:var(--cover);color:var(--on-cover)}
.art{position:absolute;right:0;top:0;width:480px;height:720px;background:var(--art);
background-size:240px 240px;background-repeat:no-repeat}
.section .art,.end .art{width:240px}
.cover .words{position:absolute;left:64px;top:64px;bottom:64px;width:672px;display:flex;flex-direction:column}
.cover h1{font:700 calc(var(--t)*var(--ds))/1.12 var(--display);letter-spacing:-.02em;text-wrap:balance}
.cover .kicker{font-weight:600;color:var(--cover-accent)}
.opening h1{margin-top:auto}
.opening .subtitle{margin-top:24px;text-wrap:balance}
.opening .words>:last-child{margin-bottom:auto}
.opening .words .byline{margin:auto 0 0;padding-top:24px;font-size:20px;color:var(--cover-muted)}
.section .words{width:912px;justify-content:center;gap:24px}
.end{--paper:var(--cover);--ink:var(--on-cover);--muted:var(--cover-muted);--line:var(--cover-line);
--accent:var(--cover-accent);padding-right:304px;background:var(--cover);color:var(--on-cover)}
.end~.foot{right:304px;color:var(--cover-muted)}
.end .contact{padding-left:96px;font-size:22px;color:var(--muted)}
"""
_LISTS = """
.rows{display:flex;flex-direction:column}
.rows>*{flex:1;min-height:0;display:flex;align-items:center;gap:32px;border-top:1px solid var(--line)}
.rows.last>:last-child{border-bottom:1px solid var(--line)}
.rows .mark{flex:none;width:12px;height:12px;border-radius:min(6px,var(--radius));background:var(--accent)}
.rows .lead{flex:none;width:var(--lead);font-weight:600}
.rows .rest{flex:1}
.rows .number{flex:none;width:64px;font:700 calc(40px*var(--ds))/1.2 var(--display);color:var(--accent)}
.agenda{display:grid;grid-auto-flow:column;column-gap:48px}
.agenda>*{display:flex;align-items:center;border-top:1px solid var(--line)}
.agenda .number{flex:none;width:80px;font:700 calc(40px*var(--ds))/1.2 var(--display);color:var(--accent)}
.halves{display:grid;grid-auto-flow:column;grid-template-columns:1fr 1fr;column-gap:24px}
.halves h2{font-size:calc(28px*var(--ds));align-self:center;padding:0 32px;color:var(--accent);z-index:1}
.halves h2.b{color:var(--accent-2)}
.halves p{display:flex;align-items:center;margin:0 32px;border-top:1px solid var(--line);z-index:1}
.many p{align-items:flex-start;padding-top:16px}
.halves .panel{grid-row:1/-1}
.halves .a{grid-column:1}
.halves .b{grid-column:2}
"""
_CARDS = """
.cards{display:grid;gap:24px}
.cards .card{display:flex;flex-direction:column;padding:var(--top) 32px 0}
.cards .tall{grid-row:1/3;justify-content:center;padding-top:0}
.cards .value{font:700 calc(var(--v)*var(--ds))/1.1 var(--display);letter-spacing:-.02em;color:var(--accent)}
.cards .label{margin-top:16px;font-weight:600}
.cards .note{margin-top:8px;color:var(--muted)}
.cards .first{background:var(--accent);color:var(--on-accent)}
.cards .first *{color:var(--on-accent)}
.chart{display:flex;gap:32px}
.chart .plot{flex:1;display:flex;flex-direction:column;justify-content:space-between}
.chart .aside{flex:none;width:304px;display:flex;flex-direction:column;justify-content:center;padding:32px}
.chart .sign{flex:none;margin-bottom:24px;fill:var(--accent)}
.chart .sign path{fill:none;stroke:var(--on-accent);stroke-width:3}
svg.drawn{display:block;overflow:visible;font-family:var(--body);fill:var(--ink)}
.drawn .grid{stroke:var(--line);stroke-width:1}
.drawn .axis{stroke:var(--muted);stroke-width:1.5}
.drawn .bar{fill:var(--quiet);rx:var(--bar-radius)}
.drawn .bar.top{fill:var(--accent)}
.drawn .bar.minus{fill:var(--negative)}
.drawn .curve{fill:none;stroke:var(--accent);stroke-width:4;stroke-linejoin:round;stroke-linecap:round}
.drawn .below{fill:var(--accent);opacity:.1}
.drawn .dot{fill:var(--paper);stroke:var(--accent);stroke-width:3}
.drawn .dot.top{fill:var(--accent)}
.drawn .label{fill:var(--muted)}
.drawn .number{font-weight:600}
.drawn .number.top{fill:var(--accent);font-weight:700}
"""
_TABLES = """
.steps{display:grid;grid-auto-columns:1fr;grid-auto-flow:column;column-gap:24px;
grid-template-rows:1fr auto 1fr;padding:0 32px}
.steps .when{grid-row:1;align-self:end;color:var(--accent);
font:700 calc(var(--d)*var(--ds))/1.2 var(--display)}
.steps .what{grid-row:3}
.steps .node{grid-row:2;position:relative;height:20px;margin:24px -24px 24px 0}
.steps .node::before{content:'';position:absolute;left:0;right:0;top:9px;height:2px;background:var(--quiet)}
.steps .node::after{content:'';position:absolute;left:0;top:0;width:20px;height:20px;border-radius:10px;
background:var(--accent)}
.steps .node.end-node{margin-right:0}
.grid{width:100%;border-collapse:collapse;table-layout:fixed;line-height:1.3}
.grid td,.grid th{padding:0 16px;border-bottom:1px solid var(--line);text-align:left;font-weight:400}
.grid th{font-weight:600;border-bottom:2px solid var(--accent);color:var(--accent)}
.grid td:first-child{font-weight:600}
.grid :first-child{padding-left:0}
.grid :last-child{padding-right:0}
.grid .n{text-align:right}
.grid .sum td{font-weight:600;border-top:2px solid var(--ink)}
.said{display:grid;grid-template-columns:288px 1fr;overflow:hidden}
.said .sign{display:flex;align-items:center;justify-content:center;background:var(--accent)}
.said svg{fill:var(--on-accent)}
.said .words{display:flex;flex-direction:column;justify-content:center;padding:48px 64px}
.said blockquote{font-weight:600;line-height:1.4}
.said .who{margin-top:32px;font-size:20px;color:var(--muted)}
"""
BASE_CSS = "".join((_FRAME, _COVERS, _LISTS, _CARDS, _TABLES)).replace("\n", "")

HOLD_CSS = {
    "panel": "",
    "rule": (
        ".cards .card:not(.first){background:none;box-shadow:inset 0 4px var(--ink)}"
        ".halves .panel{background:none;border-top:4px solid var(--ink)}"
        ".halves h2{padding:0}.halves p{margin:0}"
    ),
}
"""How cards are held: on filled grounds, or under a rule."""

TITLE_CSS = {
    "bar": ".page>.title::before{content:'';position:absolute;left:0;top:-24px;width:48px;height:6px;"
    "background:var(--accent);border-radius:3px}",
    "rule": ".page>.title::before{content:'';position:absolute;left:0;right:0;top:-20px;height:4px;"
    "background:var(--ink)}",
    "band": ".page::before{content:'';position:absolute;left:0;top:0;bottom:0;width:16px;"
    "background:var(--accent)}",
    "hairline": ".page>.title::before{content:'';position:absolute;left:0;right:0;top:-20px;height:7px;"
    "border-top:4px solid var(--ink);border-bottom:1px solid var(--ink)}",
    "none": "",
}
"""What marks the title of a content slide."""
