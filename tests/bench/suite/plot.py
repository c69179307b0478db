"""Two plots as SVG, drawn by hand: throughput per CPU-second of every job, and latency beside bulk."""

import math
from xml.sax.saxutils import escape

from .jobs import JOBS
from .rounds import latency, per_cpu_second

COLOURS = {
    "aluvia-connect": "#0b7285",
    "relay": "#868e96",
    "relay-unfair": "#ced4da",
    "haproxy": "#e67700",
    "squid": "#5f3dc4",
    "tinyproxy": "#2b8a3e",
    "proxy-chain": "#c2255c",
}
THROUGHPUT, LATENCY = "performance-throughput.svg", "performance-latency.svg"
TITLES = {
    THROUGHPUT: "Throughput per CPU-second, as a part of the minimal relay's",
    LATENCY: "Latency of small GETs beside 4 bulk downloads, ms (logarithmic)",
}
WIDTH, LEFT, RIGHT, TOP = 860, 260, 70, 56
BAR, GAP = 11, 16
FONT = "font-family='system-ui, sans-serif' fill='#212529'"
STYLE = f"{FONT} font-size='11'"
SMALL = f"{FONT} font-size='9'"


def plots(by_job):
    """File name -> SVG, for what was measured."""
    found = {}
    per_cpu = throughput_groups(by_job)
    if per_cpu:
        found[THROUGHPUT] = bars(TITLES[THROUGHPUT], per_cpu, lambda value: f"{value:.2f}")
    beside = latency_groups(by_job)
    if beside:
        found[LATENCY] = bars(TITLES[LATENCY], beside, milliseconds, logarithmic=True)
    return found


def milliseconds(value):
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def throughput_groups(by_job):
    """[(job's title, {proxy: ratio to the relay})]."""
    groups = []
    for job in JOBS:
        results = by_job.get(job.name, {})
        if "relay" not in results or job.name == "get-beside-bulk":
            continue
        ratios = {name: results[name].ratio(results["relay"], per_cpu_second(job.figure))
                  for name in COLOURS if name in results and name != "relay-unfair"}
        groups.append((job.title, {name: ratio for name, ratio in ratios.items() if ratio is not None}))
    return groups


def latency_groups(by_job):
    results = by_job.get("get-beside-bulk", {})
    groups = []
    for column in ("p50_us", "p99_us"):
        values = {name: results[name].median(latency(column)) for name in COLOURS if name in results}
        values = {name: value / 1000 for name, value in values.items() if value}
        if values:
            groups.append((column[:3], values))
    return groups


def bars(title, groups, told, logarithmic=False):
    """Horizontal bars, grouped; `told` writes a value beside its bar."""
    largest = max(value for _, values in groups for value in values.values())
    smallest = min(value for _, values in groups for value in values.values())
    inner_width = WIDTH - LEFT - RIGHT

    def length(value):
        if not logarithmic:
            return inner_width * value / largest
        low = math.log10(smallest) - 0.5
        return inner_width * (math.log10(value) - low) / (math.log10(largest) - low)

    parts, y = [legend(groups)], TOP
    for name, values in groups:
        middle = y + BAR * len(values) / 2 + 4
        parts.append(f"<text x='{LEFT - 10}' y='{middle:.0f}' text-anchor='end' {STYLE}>{escape(name)}</text>")
        for proxy, value in values.items():
            parts.append(f"<rect x='{LEFT}' y='{y}' width='{max(1, length(value)):.1f}' height='{BAR - 1}' "
                         f"fill='{COLOURS[proxy]}'><title>{escape(proxy)}: {told(value)}</title></rect>")
            parts.append(f"<text x='{LEFT + length(value) + 4:.1f}' y='{y + BAR - 2}' {SMALL}>"
                         f"{told(value)}</text>")
            y += BAR
        y += GAP
    body = "\n".join(parts)
    return (f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{y}' viewBox='0 0 {WIDTH} {y}'>\n"
            f"<rect width='{WIDTH}' height='{y}' fill='white'/>\n"
            f"<text x='12' y='20' {STYLE} font-weight='bold'>{escape(title)}</text>\n{body}\n</svg>\n")


def legend(groups):
    shown = [name for name in COLOURS if any(name in values for _, values in groups)]
    parts, x = [], 12
    for name in shown:
        parts.append(f"<rect x='{x}' y='32' width='10' height='10' fill='{COLOURS[name]}'/>"
                     f"<text x='{x + 14}' y='41' {STYLE}>{escape(name)}</text>")
        x += 30 + 7 * len(name)
    return "\n".join(parts)
