# SPDX-License-Identifier: MIT
"""The report: one HTML file that needs no other. Each entry leads to the functions on its way, whose source is shown
with how often the worst case comes to each line and what it takes there."""

import html
import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_CONTEXT = 2  # lines shown around those on the way

_HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>genrt: instruction bounds</title>
<style>
:root { color-scheme: light dark; --line: #8884; --worst: #f0a03030; --dim: #8889; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 78em; padding: 0 1em; }
table { border-collapse: collapse; margin: 1em 0; } th, td { padding: .2em .7em; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
pre { margin: .5em 0; border: 1px solid var(--line); overflow-x: auto; font: 12.5px/1.4 ui-monospace, monospace; }
pre span { display: block; padding: 0 .6em; } pre .on { background: var(--worst); } pre b { font-weight: normal; color: var(--dim); }
details { margin: .4em 0; } summary { cursor: pointer; } code { font: 13px ui-monospace, monospace; }
p.say { max-width: 60em; }
</style>
<script>
addEventListener("hashchange", () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target) { target.open = true; target.scrollIntoView(); }
});
</script>
<h1>genrt: instruction bounds</h1>
"""
_SAYS = """<p class="say">Each figure is an instruction bound: on this image, if the facts listed below hold, no listed way
takes more instructions. It is derived from the linked ELF and shown by a certificate that a separate program has
checked. It says nothing of caches, pipelines, buses or firmware, so nothing of time on silicon.</p>
"""


def _cell(value, number=True):
    text = "–" if value is None else html.escape(str(value))
    return f"<td{' class=n' if number else ''}>{text}</td>"


def _table(heads, rows):
    head = "".join(f"<th{' class=n' if number else ''}>{name}</th>" for name, number in heads)
    return f"<table><tr>{head}</tr>\n" + "\n".join(f"<tr>{row}</tr>" for row in rows) + "</table>\n"


def _link(name):
    return f'<a href="#{html.escape(name)}">{html.escape(name)}</a>'


def _entries(gathered, observed):
    heads = [("entry", False), ("bound", True), ("seen", True), ("ratio", True), ("longest masked", True), ("stack, bytes", True),
             ("may block", False), ("heaviest way down", False)]
    rows = []
    for name, entry in gathered["entries"].items():
        seen, bound = observed.get(name), entry["bound"] if entry["kind"] != "fatal" else None
        stack = entry["stack"] if entry["kind"] == "call" else entry["kernel_stack"]
        chain = " › ".join(_link(each) if each in gathered["functions"] else html.escape(each) for each, _ in entry["chain"])
        rows.append(f"<td>{html.escape(name)}</td>" + _cell(bound if bound is not None else "stops") + _cell(seen)
                    + _cell(f"{bound / seen:.2f}" if bound and seen else None)
                    + _cell(entry["masked"] if entry["kind"] not in ("boot", "fatal") else None)
                    + _cell(stack) + _cell("yes" if entry["may_block"] else "", False) + f"<td>{chain}</td>")
    return _table(heads, rows)


def _stretches(gathered, seen):
    parts = [f"<p>Longest seen: {seen if seen is not None else '–'}.</p>"]
    for row in gathered["masked"]:
        lines = {}
        for function, file, line, times in row["path"]:
            lines.setdefault((function, file), {})[line] = [times, None]
        body = "".join(f"<p>{html.escape(function)}</p>{_source(file, counts)}" for (function, file), counts in lines.items())
        parts.append(f"<details><summary>{row['bound']} from <code>{html.escape(row['file'])}:{row['line']}</code>"
                     f" in {_link(row['function'])}</summary>{body}</details>")
    return "\n".join(parts)


def _read(file, cache={}):  # pylint: disable=dangerous-default-value  a cache
    if file not in cache:
        try:
            with open(os.path.join(ROOT, file), encoding="utf-8") as source:
                cache[file] = source.read().split("\n")
        except OSError:
            cache[file] = []
    return cache[file]


def _source(file, counts):
    """Lines of a file around those that are counted: {line: [times, instructions or None]}."""
    text = _read(file)
    shown = sorted({near for line in counts for near in range(line - _CONTEXT, line + _CONTEXT + 1) if 0 < near <= len(text)})
    rows, before = [], None
    for line in shown:
        if before is not None and line != before + 1:
            rows.append("<span><b>…</b></span>")
        before = line
        times, instructions = counts.get(line, (None, None))
        gutter = f"{times:g}×" if times is not None else ""
        cost = f"{instructions}" if instructions is not None else ""
        rows.append(f"<span{' class=on' if times is not None else ''}><b>{line:>5} {gutter:>8} {cost:>7} </b> {html.escape(text[line - 1])}</span>")
    return f"<pre>{''.join(rows)}</pre>" if rows else ""


def _functions(gathered):
    parts = []
    for name, row in sorted(gathered["functions"].items()):
        files = {}
        for file, line, times, instructions in row["path"]:
            files.setdefault(file, {})[line] = [times, instructions]
        calls = ", ".join(_link(each) for each in row["calls"] if each in gathered["functions"])
        body = "".join(f"<p><code>{html.escape(file)}</code></p>{_source(file, counts)}" for file, counts in files.items())
        parts.append(f'<details id="{html.escape(name)}"><summary>{html.escape(name)}: {row["bound"]}</summary>'
                     f"<p>calls: {calls or 'nobody'}; stack: {row['stack']} bytes</p>{body}</details>")
    return "\n".join(parts)


def _facts(gathered):
    loops = _table([("loop or limit", False), ("at most", True), ("where", False)],
                   [_cell(name, False) + _cell(fact["number"]) + _cell(fact["place"], False) for name, fact in gathered["facts"].items()])
    callees = _table([("indirect calls of class", False), ("may go to", False)],
                     [_cell(name, False) + _cell(", ".join(members), False) for name, members in gathered["callees"].items()])
    dropped = ", ".join(html.escape(name) for name in gathered["dropped"])
    return loops + callees + f"<p>Ways into these functions do not come back and are in no bound: {dropped}.</p>"


def _stacks(gathered):
    rows = [_cell(name, False) + _cell(row["need"]) + _cell(row["size"]) for name, row in gathered["stack"].items() if name != "threads"]
    rows += [_cell(f"thread {name}", False) + _cell(depth) + _cell(None) for name, depth in gathered["stack"]["threads"].items()]
    rows += [_cell(f"thread {row['name']}", False) + _cell(row["need"]) + _cell(row["size"]) for row in gathered["threads"]]
    return _table([("stack", False), ("may need, bytes", True), ("has", True)], rows)


def write(path, gathered, observed, masked_seen):
    """The page, of what was gathered and seen."""
    refused = "".join(f"<li>{html.escape(row['file'])}:{row['line']}: {html.escape(row['function'])}: {html.escape(row['text'])}</li>"
                      for row in gathered["refused"])
    parts = [_HEAD, _SAYS, f"<p>Image: <code>{html.escape(gathered['image'])}</code>; {len(gathered['refused'])} refused.</p><ul>{refused}</ul>",
             "<h2>Entries</h2>", _entries(gathered, observed), "<h2>Masked stretches</h2>", _stretches(gathered, masked_seen),
             "<h2>Stacks</h2>", _stacks(gathered), "<h2>Functions</h2><p>Gutter: line, times it is come to in the worst case,"
             " instructions there in all, without calls.</p>", _functions(gathered), "<h2>Facts</h2>", _facts(gathered), "</html>\n"]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts))
