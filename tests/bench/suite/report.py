"""Results as Markdown tables, which read as well on a terminal."""

from . import targets
from .bench import ROUND_TRIP_MS
from .rounds import latency, per_cpu_second, rate

AGAINST = ("relay", "tls-relay", "haproxy", "squid")


def table(header, rows):
    """Columns of one width; the first to the left, the others to the right."""
    cells = [header, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]

    def line(row):
        padded = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        return f"| {' | '.join(padded)} |"

    ruler = "|" + "|".join(["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])]) + "|"
    return "\n".join([line(header), ruler, *(line(row) for row in rows)])


def amount(value, figure="operations"):
    if value is None:
        return "–"
    if figure == "bytes":
        return f"{value / 1e9:.2f}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def job_table(job, results):
    unit = "GB" if job.figure == "bytes" else "requests"
    latencies = () if job.figure == "bytes" else ("p50_us", "p99_us")
    against = [name for name in AGAINST if name in results]
    header = ["", f"{unit}/s", *(f"{name[:3]} µs" for name in latencies), *(["bulk GB/s"] if job.beside_bulk else []),
              f"{unit}/CPU-s", *(f"÷ {name}" for name in against)]
    rows = []
    for name, result in results.items():
        ratios = [result.ratio(results[other], per_cpu_second(job.figure)) for other in against]
        label = f"{name} ~" if result.is_disturbed else name
        rows.append([label, amount(result.median(rate(job.figure)), job.figure),
                     *(amount(result.median(latency(column))) for column in latencies),
                     *([amount(result.median(rate("bytes")), "bytes")] if job.beside_bulk else []),
                     amount(result.median(per_cpu_second(job.figure)), job.figure),
                     *("–" if ratio is None else f"{ratio:.2f}" for ratio in ratios)])
    return f"### {job.title}\n\n{table(header, rows)}\n"


def first_byte_table(results):
    """`results`: protocol -> proxy -> Result."""
    names = list(dict.fromkeys(name for by_proxy in results.values() for name in by_proxy))
    rows = [[name, *("–" if name not in by_proxy else amount_ms(by_proxy[name].median(latency(column)))
                     for by_proxy in results.values() for column in ("p50_us", "p99_us"))] for name in names]
    header = ["", *(f"{protocol} {quantile} ms" for protocol in results for quantile in ("p50", "p99"))]
    return (f"### First byte through a gateway {ROUND_TRIP_MS} ms away\n\n"
            f"From connecting to the proxy until its answer to CONNECT, one request every 250 ms.\n\n"
            f"{table(header, rows)}\n")


def amount_ms(microseconds):
    return "–" if microseconds is None else f"{microseconds / 1000:.1f}"


def idle_table(held):
    rows = [[name, f"{tunnels:,}", f"{one.per_tunnel_kb:.2f}", f"{one.descriptors_per_tunnel:.1f}",
             f"{one.before_kb / 1024:.1f}", f"{one.after_kb / 1024:.1f}"] for (name, tunnels), one in held.items()]
    header = ["", "tunnels", "KB each", "descriptors each", "MB before", "MB after"]
    return f"### Idle tunnels\n\n{table(header, rows)}\n"


def rest_table(rest):
    rows = [[name, f"{one.start_ms:.1f}", f"{one.api_ms:.1f}" if one.api_ms else "–", f"{one.resident_kb / 1024:.1f}",
             f"{one.wake_ups_per_second:.1f}"] for name, one in rest.items()]
    header = ["", "ms until it listens", "of these the API", "MB resident", "wake-ups/s"]
    return f"### Start and rest\n\n{table(header, rows)}\n"


def scale_table(phases):
    rows = []
    for phase in phases:
        after = phase.cause_to_longest_ms()
        rows.append([phase.name, f"{phase.turns.count:,}", f"{phase.turns.below_ms(0.999):.1f}",
                     f"{phase.turns.longest_ms:.1f}", f"{phase.turns.longest_wall_ms:.1f}",
                     "–" if after is None else f"{after:,.0f}"])
    header = ["", "turns", "99.9 % below ms", "longest ms", "by the wall clock", "ms after its cause"]
    return f"### Turns of the event loop\n\n{table(header, rows)}\n"


def instructions_table(counted, kept):
    rows = [[name.replace("_", " "), f"{value:,}", f"{kept[name]:,}" if name in kept else "–",
             f"{value / kept[name]:.3f}" if name in kept else "–"] for name, value in counted.items()]
    return f"### Instructions of aluvia-connect for one operation\n\n" \
           f"{table(['', 'instructions', 'kept', '÷ kept'], rows)}\n"


def targets_table(rows):
    return f"### Targets\n\n{table(['', 'wanted', 'measured', 'met'], targets.judged(rows))}\n"
