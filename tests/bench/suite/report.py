"""Results as Markdown tables, which read as well on a terminal."""

from .rounds import per_cpu_second, quantile, rate

AGAINST = ("relay", "haproxy", "squid")


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
    unit = "GB" if job.figure == "bytes" else "operations"
    against = [name for name in AGAINST if name in results]
    header = ["", f"{unit}/s", f"{unit}/CPU-s", "p50 µs", "p99 µs", *(f"CPU-s ÷ {name}" for name in against)]
    rows = []
    for name, result in results.items():
        latencies = ["–", "–"] if job.figure == "bytes" else [
            amount(result.median(quantile(column))) for column in ("p50_us", "p99_us")]
        ratios = [result.ratio(results[other], per_cpu_second(job)) for other in against]
        rows.append([name, amount(result.median(rate(job)), job.figure),
                     amount(result.median(per_cpu_second(job)), job.figure), *latencies,
                     *("–" if ratio is None else f"{ratio:.2f}" for ratio in ratios)])
    return f"### {job.title}\n\n{table(header, rows)}\n"
