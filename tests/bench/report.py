# SPDX-License-Identifier: Apache-2.0
"""How results are shown: a table for the terminal, a document, and plots as SVG."""

import html
import math

VERDICT = {True: "holds", False: "NOT", None: ""}
COLOURS = ("#1b6ca8", "#c8553d", "#3b8952", "#8d5a97", "#b58a1f", "#555555")


def number(value):
    if value is None:
        return ""
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def cells(result):
    spread = f"{number(result.low)}–{number(result.high)}" if result.low is not None else ""
    ours = f"{number(result.ours)} {result.unit}" if result.ours is not None else ""
    return [result.line, result.what, ours, number(result.peer), result.peer_name, number(result.ratio), spread, result.goal,
            VERDICT[result.holds], result.note]


HEAD = ["#", "what", "ours", "peer", "peer's name", "ratio", "p5–p95", "goal", "", "note"]


def table(results):
    rows = [HEAD] + [cells(result) for result in results]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD) - 1)]
    return "\n".join("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]).rstrip() for row in rows)


def machine_line(about):
    quiet = "quiet" if about["quiet"] else "NOT QUIET"
    return (f"{about['when']}, {about['cpu']}, {about['cores']} cores{', SHA-NI' if about['sha_ni'] else ''}, Linux {about['kernel']}; "
            f"built by {about['built']}; {quiet}: others used {about['busy_cores']} cores before and {about['busy_cores_after']} after, "
            f"load {about['load'][0]}; {about['took_s']} s")


def document(results, about):
    lines = ["# Results of the bench", "",
             f"The newest run of `{about['command']}`: {machine_line(about)}.", "",
             "Ours and the peer take turns in the same run; a figure is the median of the rounds' medians, the ratio the median of the",
             "rounds' ratios, beside it their 5th and 95th percentile. What each line stands for is said in `tests/bench/README.md`.",
             ""]
    if not about["quiet"]:
        lines += ["**The machine was busy with other work.** Ratios of neighbouring rounds suffer less from it than figures, but both do.", ""]
    lines.append("| " + " | ".join(HEAD) + " |")
    lines.append("|" + " --- |" * len(HEAD))
    for result in results:
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells(result)) + " |")
    return "\n".join(lines + ["", "![Throughput, latency and evidence](results.svg)", ""])


# --- Plots ------------------------------------------------------------------------------------------------------------
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 560, 300, 70, 40, 30, 150
AXES = {"clients": ("clients with 16 requests in flight", "answers a second"),
        "sizes": ("bytes of the picture", "ms for a capture with its picture"),
        "bandwidth": ("bytes of the picture", "MB/s"),
        "evidence": ("MB of the frame", "ms"),
        "start": ("devices", "s until all are ready")}


def plots(curves):
    """One picture, one plot below the other; both axes logarithmic."""
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{max(1, len(curves)) * HEIGHT}" '
             'font-family="sans-serif" font-size="11">', '<rect width="100%" height="100%" fill="white"/>']
    for index, (name, series) in enumerate(curves.items()):
        if series:
            parts.append(f'<g transform="translate(0,{index * HEIGHT})">{_plot(name, series)}</g>')
    return "\n".join(parts + ["</svg>", ""])


def _scale(values, low, high):
    """A function from value to place, and the powers of ten between."""
    first, last = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    last = max(last, first + 1)
    return (lambda value: low + (math.log10(value) - first) / (last - first) * (high - low),
            [10.0 ** power for power in range(first, last + 1)])


def _plot(name, series):
    across, up = AXES[name]
    points = [point for line in series.values() for point in line]
    to_x, x_ticks = _scale([x for x, _ in points], LEFT, WIDTH - RIGHT)
    to_y, y_ticks = _scale([y for _, y in points], HEIGHT - BOTTOM, TOP)
    out = [f'<text x="{LEFT}" y="16" font-weight="bold">{html.escape(up)}</text>',
           f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{html.escape(across)}</text>']
    for tick in x_ticks:
        out.append(f'<line x1="{to_x(tick):.1f}" y1="{TOP}" x2="{to_x(tick):.1f}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>'
                   f'<text x="{to_x(tick):.1f}" y="{HEIGHT - BOTTOM + 14}" text-anchor="middle">{tick:g}</text>')
    for tick in y_ticks:
        out.append(f'<line x1="{LEFT}" y1="{to_y(tick):.1f}" x2="{WIDTH - RIGHT}" y2="{to_y(tick):.1f}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 6}" y="{to_y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for index, (label, line) in enumerate(series.items()):
        colour = COLOURS[index % len(COLOURS)]
        path = " ".join(f"{to_x(x):.1f},{to_y(y):.1f}" for x, y in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{to_x(x):.1f}" cy="{to_y(y):.1f}" r="3" fill="{colour}"/>' for x, y in line]
        place = TOP + 14 * index + 10
        out.append(f'<rect x="{WIDTH - RIGHT + 12}" y="{place - 8}" width="10" height="3" fill="{colour}"/>'
                   f'<text x="{WIDTH - RIGHT + 28}" y="{place - 2}">{html.escape(label)}</text>')
    return "\n".join(out)
