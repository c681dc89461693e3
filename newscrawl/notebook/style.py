"""How views look: their own scoped CSS, readable on a light and on a dark page, whatever the notebook is."""

from __future__ import annotations

_LIGHT = (
    "--ink:#1f2328;--soft:#59636e;--paper:#fff;--line:#d1d9e0;--link:#0a58ca;--bad:#a40e26;"
    "--date:#d7ecfb;--per:#d9f2dc;--org:#f3dff5;--loc:#fdeebd;--event:#dfe0fb;--ins:#d1f4d9;--del:#ffd9d6;"
)
_DARK = (
    "--ink:#e6edf3;--soft:#a3adb8;--paper:#161b22;--line:#3d444d;--link:#78b6ff;--bad:#ff8f88;"
    "--date:#0f3f5c;--per:#17462a;--org:#4b2352;--loc:#4f3f08;--event:#30306e;--ins:#17462a;--del:#5c1f24;"
)
_DARK_PAGES = ('body[data-jp-theme-light="false"]', "body.vscode-dark", "body.vscode-high-contrast", ".dark")
"""JupyterLab, VS Code, marimo: their own switch counts more than the system's."""
_LIGHT_PAGES = ('body[data-jp-theme-light="true"]', "body.vscode-light", ".light")
_RULES = """
.newscrawl{color:var(--ink);background:var(--paper);border:1px solid var(--line);border-radius:6px;
padding:1rem 1.25rem;margin:.25rem 0;max-width:52rem;font:15px/1.55 system-ui,sans-serif;overflow-wrap:anywhere}
.newscrawl h3{font-size:1.25rem;line-height:1.3;margin:0 0 .25rem;color:var(--ink)}
.newscrawl h4{font-size:1rem;margin:1rem 0 .25rem;color:var(--ink)}
.newscrawl p{margin:.5rem 0;white-space:pre-line;unicode-bidi:isolate}
.newscrawl a{color:var(--link)}
.newscrawl .soft,.newscrawl summary{color:var(--soft)}
.newscrawl .soft{font-size:.87em;margin:.1rem 0}
.newscrawl .bad{color:var(--bad)}
.newscrawl summary{cursor:pointer;margin-top:.75rem}
.newscrawl mark{color:inherit;border-radius:3px;padding:0 .15em;unicode-bidi:isolate;cursor:help}
.newscrawl .date{background:var(--date);border-bottom:2px dotted}
.newscrawl .per{background:var(--per);border-bottom:1px solid}
.newscrawl .org{background:var(--org);border-bottom:3px double}
.newscrawl .loc{background:var(--loc);border-bottom:1px dashed}
.newscrawl .event{background:var(--event);border-bottom:2px solid}
.newscrawl ins{background:var(--ins);color:inherit;text-decoration:underline}
.newscrawl del{background:var(--del);color:inherit;text-decoration:line-through}
.newscrawl table{border-collapse:collapse;font-size:.87em;margin:.5rem 0;width:100%;background:none;color:inherit}
.newscrawl th,.newscrawl td{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;background:none;
border:0;border-bottom:1px solid var(--line);color:inherit;white-space:normal;overflow-wrap:anywhere}
.newscrawl tr{background:none!important}
.newscrawl td.number{text-align:right;font-variant-numeric:tabular-nums}
"""


def _css() -> str:
    dark, light = (",".join(f"{one} .newscrawl" for one in pages) for pages in (_DARK_PAGES, _LIGHT_PAGES))
    rules = "".join(_RULES.splitlines())
    return (
        f".newscrawl{{{_LIGHT}}}@media(prefers-color-scheme:dark){{.newscrawl{{{_DARK}}}}}"
        f"{light}{{{_LIGHT}}}{dark}{{{_DARK}}}{rules}"
    )


CSS = _css()


def line(kind: str, html: str) -> str:
    """Return a line of a view: `soft` for what is beside the point, `bad` for what is wrong; `html` is escaped."""
    return f'<div class="{kind}">{html}</div>'


def framed(*parts: str) -> str:
    """Return a view made of pieces of HTML: with its style, closed to scripts and to readers of formulas (MathJax)."""
    inner = "".join(parts)
    return f'<style>{CSS}</style><div class="newscrawl tex2jax_ignore mathjax_ignore" lang="ru">{inner}</div>'
