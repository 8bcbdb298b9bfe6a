# SPDX-License-Identifier: MIT
"""The results as a page for a browser: plots (SVG) of the ratios and of the counts, the table, and where instructions go."""
import math
from html import escape

from figures import shown, shown_ratio
from results import OURS, PEER
from rows import kind_of
from symbols import short_name
from table import HEAD, all_cells, summary

LABEL, PLOT, LINE = 380, 620, 18         # widths and the height of a bar's line, in pixels
MOST_RATIO = 2.0
STYLE = """body{font:14px sans-serif;margin:2em;max-width:1100px}table{border-collapse:collapse}td,th{padding:2px 10px;text-align:right}
td:first-child,th:first-child{text-align:left}tr:nth-child(even){background:#f2f2f2}.bad{color:#b00}svg text{font:12px sans-serif}
pre{background:#f2f2f2;padding:.7em}"""


def svg(height, parts):
    return f'<svg width="{LABEL + PLOT + 80}" height="{height}" role="img">{"".join(parts)}</svg>'


def label(y, text):
    return f'<text x="{LABEL - 8}" y="{y + 13}" text-anchor="end">{escape(text)}</text>'


def bar(y, length, height, colour, text):
    return (f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{height}" fill="{colour}"/>'
            f'<text x="{LABEL + length + 5:.1f}" y="{y + height - 2}">{escape(text)}</text>')


def upright(x, height, text):
    return (f'<line x1="{LABEL + x:.1f}" x2="{LABEL + x:.1f}" y1="16" y2="{height}" stroke="#888" stroke-dasharray="3"/>'
            f'<text x="{LABEL + x:.1f}" y="12" text-anchor="middle">{text}</text>')


def ratio_plot(results):
    """A bar for each row: our instructions to Xen's, with the aim as a tick; longer than MOST_RATIO is cut."""
    names = [name for name in results.names() if results.ratio_of(name) is not None]
    height = 20 + LINE * len(names)
    parts = [upright(PLOT * value / MOST_RATIO, height, shown_ratio(value)) for value in (0.1, 0.5, 1.0)]
    for index, name in enumerate(names):
        y, value = 20 + LINE * index, results.ratio_of(name)
        colour = "#3a7" if results.meets_aim(name) else "#48c" if value < 1 else "#c55"
        aim = LABEL + PLOT * kind_of(name).aim / MOST_RATIO
        parts += [label(y, kind_of(name).title), bar(y + 2, PLOT * min(value, MOST_RATIO) / MOST_RATIO, LINE - 5, colour, shown_ratio(value)),
                  f'<line x1="{aim:.1f}" x2="{aim:.1f}" y1="{y}" y2="{y + LINE - 2}" stroke="#000" stroke-width="2"/>']
    return svg(height, parts)


def count_plot(results):
    """Two bars for each row, instructions of one repetition on a logarithmic scale."""
    names = [name for name in results.names() if results.ratio_of(name) is not None]
    most = max((max(results.instructions(name, OURS), results.instructions(name, PEER)) for name in names), default=10)
    scale = PLOT / math.log10(max(most, 10))
    height = 20 + 2 * LINE * len(names)
    powers = range(1, int(math.log10(max(most, 10))) + 1)
    parts = [upright(scale * power, height, f"10<tspan dy='-4' font-size='9'>{power}</tspan>") for power in powers]
    for index, name in enumerate(names):
        y = 20 + 2 * LINE * index
        parts.append(label(y + LINE // 2, kind_of(name).title))
        for offset, which, colour in ((1, OURS, "#48c"), (LINE - 3, PEER, "#999")):
            count = results.instructions(name, which)
            parts.append(bar(y + offset, scale * math.log10(max(count, 1)), LINE - 5, colour, shown(count)))
    return svg(height, parts)


def html_table(results):
    head = "".join(f"<th>{escape(cell)}</th>" for cell in HEAD)
    lines = []
    for cells in all_cells(results):
        lines.append("<tr>" + "".join(f'<td{" class=bad" if cell == "NOT MET" else ""}>{escape(cell)}</td>' for cell in cells) + "</tr>")
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def profiles(results):
    parts = []
    for name in results.names():
        profile, total = results.profiles.get(name), results.instructions(name, OURS)
        if not profile or not total:
            continue
        lines = "\n".join(f"{count:14,.1f} {count / total:6.1%}  {escape(short_name(function))}" for function, count in list(profile.items())[:25])
        parts.append(f"<details><summary>{escape(kind_of(name).title)}: {shown(total)}</summary><pre>{lines}</pre></details>")
    return "".join(parts)


def page(results):
    facts = "".join(f"<li>{escape(name)}: {escape(str(value))}</li>" for name, value in results.facts.items())
    return (f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Xenolith and Xen 4.17</title><style>{STYLE}</style>"
            f"<h1>Xenolith and Debian's Xen 4.17</h1><ul>{facts}</ul><p>{escape(summary(results))}</p>"
            f"<h2>Instructions of the hypervisor, Xenolith's to Xen's</h2><p>The black tick is what we aim at. Shorter is better.</p>{ratio_plot(results)}"
            f"<h2>Instructions of one repetition</h2><p>Blue: Xenolith, grey: Xen; each step is ten times as much.</p>{count_plot(results)}"
            f"<h2>Table</h2>{html_table(results)}<h2>Where Xenolith's instructions go</h2>{profiles(results)}</html>\n")
