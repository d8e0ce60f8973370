"""The pages of reports: their layout and their looks, and the parts that most of them have."""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from html import escape
from string import Template

from experiments.store import plain

STYLE = """\
:root { --ink: #1b1b1b; --soft: #5a5a5a; --line: #d9d9d9; --paper: #ffffff; --tint: #f5f6f8;
  --mark: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 58rem; padding: 1.5rem; color: var(--ink);
  background: var(--paper);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem;
  border-bottom: 2px solid var(--mark); }
p.lead { color: var(--soft); margin: 0; }
nav { margin: 1rem 0; font-size: .9rem; }
nav a { margin-right: 1rem; }
a { color: var(--mark); }
dl.key { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.4rem, 1fr));
  gap: .6rem; margin: 1.2rem 0; }
dl.key div { background: var(--tint); border-left: 4px solid var(--mark); padding: .5rem .7rem; }
dl.key dt { font-size: .78rem; color: var(--soft); }
dl.key dd { margin: 0; font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; }
ol.story { list-style: none; padding: 0; margin: 0; }
ol.story li { display: grid; grid-template-columns: 8.5rem 1fr; gap: .8rem; padding: .35rem 0;
  border-bottom: 1px solid var(--line); }
ol.story time { font-variant-numeric: tabular-nums; font-weight: 600; }
figure { margin: 0 0 1.6rem; }
figure img { width: 100%; height: auto; display: block; }
figcaption { font-size: .88rem; color: var(--soft); margin-top: .4rem; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
caption { text-align: left; color: var(--soft); padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0;
  border-bottom: 1px solid var(--line); }
td.number { white-space: nowrap; font-variant-numeric: tabular-nums; font-weight: 600; }
td.number ul { list-style: none; margin: 0; padding: 0; font-weight: 400;
  white-space: normal; }
tbody th { font-weight: 500; width: 15rem; overflow-wrap: anywhere; }
pre { background: var(--tint); padding: .8rem; overflow-x: auto; font-size: .8rem;
  white-space: pre-wrap; }
summary { cursor: pointer; }
.wide { overflow-x: auto; }
@media (max-width: 36rem) { ol.story li { grid-template-columns: 1fr; gap: 0; } }
@media print {
  @page { size: A4; margin: 16mm; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  nav, details.source { display: none; }
  h2 { break-after: avoid; }
  figure, tr, li, dl.key div { break-inside: avoid; }
  thead { display: table-header-group; }
}
"""
"""How every page looks, on a screen and in print."""

HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
$style</style>
</head>
<body>
<header>
<h1>$title</h1>
<p class="lead">$lead</p>
"""
"""How every page begins."""

PAGE = Template(
    HEAD
    + """<nav aria-label="Contents">
<a href="#sequence">Sequence</a>
<a href="#figures">Figures</a>
<a href="#numbers">Numbers</a>
<a href="#manifest">Manifest</a>
</nav>
<dl class="key">
$key
</dl>
</header>
<main>
<section id="sequence">
<h2>What happened, in order</h2>
<ol class="story">
$story
</ol>
</section>
<section id="figures">
$figures
</section>
<section id="numbers">
<h2>The numbers</h2>
<table>
<caption>Every number of summary.json; a dash where the run cannot tell.</caption>
<thead>
<tr><th scope="col">number</th><th scope="col">value</th><th scope="col">what it is</th></tr>
</thead>
<tbody>
$numbers
</tbody>
</table>
</section>
<section id="manifest">
<h2>How to get the same run again</h2>
<table>
<caption>The manifest of the run: same scenario, seed and versions give the same result.</caption>
<tbody>
$manifest
</tbody>
</table>
<details class="source"><summary>The resolved scenario</summary>
<pre>$scenario</pre>
</details>
</section>
</main>
</body>
</html>
"""
)

PLAIN = Template(
    HEAD
    + """</header>
<main>
$body
</main>
</body>
</html>
"""
)
"""A page with a title, a line that says what it is, and whatever follows."""


def plain_page(title: str, lead: str, parts: Iterable[str], style: str = STYLE) -> str:
    """Return a page: a title, a line below it, and parts that are HTML already."""
    body = "\n".join(parts)
    return PLAIN.substitute(style=style, title=escape(title), lead=escape(lead), body=body)


def section(title: str, content: str) -> str:
    """Return a section with a heading; the content is HTML already."""
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def folded(title: str, content: str) -> str:
    """Return what is shown when its title is clicked; the content is HTML already."""
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def sentences(told: Iterable[str]) -> str:
    """Return sentences, each a point of a list."""
    return f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in told)}</ul>"


def html_table(heads: Iterable[str], rows: Iterable[Iterable[object]], caption: str) -> str:
    """Return a table, which scrolls where it is wider than the page."""
    top = "".join(f'<th scope="col">{escape(str(head))}</th>' for head in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<div class="wide"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def figure(png: bytes, says: str, caption: str) -> str:
    """Return a picture with its caption, and in words for those who cannot see it."""
    data = b64encode(png).decode()
    return (
        f'<figure><img alt="{escape(says)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def folded_manifest(values: Mapping[str, object]) -> str:
    """Return what is needed to get the same again, folded."""
    text = json.dumps(plain(dict(values)), indent=2, ensure_ascii=False)
    return folded("Manifest", f"<pre>{escape(text)}</pre>")
