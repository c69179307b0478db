"""What is aimed at, as ratios of one run, and whether a run met it."""

import dataclasses
from typing import Callable

from .bench import ROUND_TRIP_MS
from .jobs import JOBS
from .proxies import OURS
from .rounds import latency, per_cpu_second, rate

BESIDE_BULK = "get-beside-bulk"
OTHERS = ("squid", "tinyproxy", "proxy-chain")


@dataclasses.dataclass(frozen=True)
class Target:
    text: str
    job: str
    other: str
    figure: Callable
    at_least: float = 0  # ratio to the other
    at_most: float = 0


TARGETS = (
    Target("CONNECT rate per CPU-second ÷ relay", "connect-rate", "relay", per_cpu_second("operations"), 0.90),
    Target("Echo in 64 tunnels per CPU-second ÷ relay", "echo-64", "relay", per_cpu_second("operations"), 0.90),
    Target("Bulk down, GB per CPU-second ÷ relay", "bulk-down", "relay", per_cpu_second("bytes"), 0.95),
    Target("Bulk up, GB per CPU-second ÷ relay", "bulk-up", "relay", per_cpu_second("bytes"), 0.95),
    Target("Bulk both ways, GB per CPU-second ÷ relay", "bulk-both", "relay", per_cpu_second("bytes"), 0.95),
    Target("GET keep-alive per CPU-second ÷ haproxy", "get-keep-alive", "haproxy", per_cpu_second("operations"), 1.2),
    Target("GET keep-alive per CPU-second ÷ squid", "get-keep-alive", "squid", per_cpu_second("operations"), 5),
    Target("New-connection GET per CPU-second ÷ haproxy", "get-new-connection", "haproxy",
           per_cpu_second("operations"), 1.0),
    Target("Small GETs beside bulk, p99 ÷ relay", "get-beside-bulk", "relay", latency("p99_us"), at_most=1.5),
    Target("Bulk beside small GETs, GB/s ÷ unfair relay", "get-beside-bulk", "relay-unfair", rate("bytes"), 0.6),
)
HTTPS_TARGETS = (
    Target("Bulk down through the https gateway, GB per CPU-second ÷ tls-relay", "bulk-down", "tls-relay",
           per_cpu_second("bytes"), 0.90),
    Target("Bulk up through the https gateway, GB per CPU-second ÷ tls-relay", "bulk-up", "tls-relay",
           per_cpu_second("bytes"), 0.90),
)
IDLE_KB = 2
FIRST_BYTE_EXTRA_MS = 5
START_MS = 10
TURN_MS = 5
REST_KB = 8 * 1024


def judged(rows):
    """[text, wanted, measured, met] of each target that was measured."""
    return [[text, wanted, measured, "yes" if met else "no"] for text, wanted, measured, met in rows]


def of_jobs(results, wanted=TARGETS):
    for target in wanted:
        ours, other = (results.get(target.job, {}).get(name) for name in (OURS, target.other))
        ratio = ours.ratio(other, target.figure) if ours and other else None
        if ratio is None:
            continue
        limit = target.at_least or target.at_most
        met = ratio >= limit if target.at_least else ratio <= limit
        yield target.text, f"{'≥' if target.at_least else '≤'} {limit:g}", f"{ratio:.2f}", met


def of_one_tunnel(results):
    """What the proxy adds to the echo without one, held against what the relay adds."""
    ours, relay, bare = (results.get("echo-1", {}).get(name) for name in (OURS, "relay", "no proxy"))
    if not (ours and relay and bare):
        return
    for column, most in (("p50_us", 1.10), ("p99_us", 1.25)):
        values = [result.median(latency(column)) for result in (ours, relay, bare)]
        if None in values or values[1] <= values[2]:
            continue
        ratio = (values[0] - values[2]) / (values[1] - values[2])
        yield f"Added latency of an echo in one tunnel, {column[:3]} ÷ relay", f"≤ {most:.2f}", f"{ratio:.2f}", \
            ratio <= most


def of_others(results):
    """Ahead of the others in every job: per CPU-second, or where bulk runs beside, in latency."""
    for other in OTHERS:
        ratios = {}
        for job, by_proxy in results.items():
            if OURS not in by_proxy or other not in by_proxy or job == BESIDE_BULK:
                continue
            figure = per_cpu_second(next(known.figure for known in JOBS if known.name == job))
            ratio = by_proxy[OURS].ratio(by_proxy[other], figure)
            if ratio is not None:
                ratios[job] = ratio
        if ratios:
            worst = min(ratios, key=ratios.get)
            yield f"Every job per CPU-second ÷ {other} (worst: {worst})", "> 1", f"{ratios[worst]:.2f}", \
                ratios[worst] > 1
        beside = results.get(BESIDE_BULK, {})
        if OURS in beside and other in beside:
            ratio = beside[OURS].ratio(beside[other], latency("p99_us"))
            if ratio is not None:
                yield f"Small GETs beside bulk, p99 ÷ {other}", "< 1", f"{ratio:.2f}", ratio < 1


def of_idle(idle):
    for (name, tunnels), held in idle.items():
        if name == OURS:
            each = held.per_tunnel_kb
            yield f"Own memory per idle tunnel, {tunnels:,} held", f"≤ {IDLE_KB} KB", f"{each:.2f} KB", each <= IDLE_KB


def of_first_byte(first_byte):
    for protocol, results in first_byte.items():
        value = results[OURS].median(latency("p50_us")) if OURS in results else None
        if value is not None:
            most = ROUND_TRIP_MS + FIRST_BYTE_EXTRA_MS
            yield f"First byte through the {protocol} gateway {ROUND_TRIP_MS} ms away, warm", f"≤ {most} ms", \
                f"{value / 1000:.1f} ms", value / 1000 <= most


def of_rest(rest):
    if OURS not in rest:
        return
    ours = rest[OURS]
    yield "From exec to the URL, beyond the API's answer", f"≤ {START_MS} ms", \
        f"{ours.start_ms - ours.api_ms:.1f} ms", ours.start_ms - ours.api_ms <= START_MS
    yield "Resident at rest", f"≤ {REST_KB // 1024} MB", f"{ours.resident_kb / 1024:.1f} MB", \
        ours.resident_kb <= REST_KB
    yield "Wake-ups per second at rest, polls aside", "0", f"{ours.wake_ups_per_second:.1f}", \
        ours.wake_ups_per_second < 0.05


def of_scale(phases):
    if phases:
        longest = max(phases, key=lambda phase: phase.turns.longest_ms)
        yield f"Longest turn of the loop at scale ({longest.name})", f"≤ {TURN_MS} ms", \
            f"{longest.turns.longest_ms:.1f} ms", longest.turns.longest_ms <= TURN_MS
