"""Interleaved rounds: A B C A B C …, so that whatever else the machine does meets every proxy alike."""

import contextlib
import dataclasses
import statistics

from .bench import LoadFailed
from .jobs import BACKGROUND
from .quiet import QUIET, wait_for_quiet

PAUSE_SECONDS = 0.2  # before each round


@dataclasses.dataclass
class Result:
    """One proxy's rounds of one job; None where a round failed."""

    rounds: list

    @property
    def is_disturbed(self):
        """True when other work took more than QUIET of the processors before most of the rounds."""
        shares = [measured["busy"] for measured in self.rounds if measured is not None and "busy" in measured]
        return bool(shares) and statistics.median(shares) > QUIET

    def values(self, figure):
        return [None if measured is None else figure(measured) for measured in self.rounds]

    def median(self, figure):
        values = [value for value in self.values(figure) if value is not None]
        return statistics.median(values) if values else None

    def ratio(self, other, figure):
        """The median of what each round of this one is of the same round of the other."""
        pairs = zip(self.values(figure), other.values(figure))
        ratios = [mine / theirs for mine, theirs in pairs if mine is not None and theirs]
        return statistics.median(ratios) if ratios else None


def run_job(job, running, bench, options, tell):
    """Proxy name -> Result."""
    able = [proxy for proxy in running if not proxy.proxy.jobs or job.name in proxy.proxy.jobs]
    results = {proxy.name: Result([]) for proxy in able}
    with bench.on_the_proxys_processor() if job.one_processor else contextlib.nullcontext():
        for number in range(options.rounds):
            for proxy in able:
                tell(f"{job.name}: round {number + 1} of {options.rounds}, {proxy.name}", passing=True)
                results[proxy.name].rounds.append(quiet_round(job, proxy, bench, options, tell))
    return results


def quiet_round(job, proxy, bench, options, tell):
    """One round, begun when other work rests or patience ends."""
    busy = wait_for_quiet(options.patience, PAUSE_SECONDS)
    measured = one_round(job, proxy, bench, options, tell)
    return measured and {**measured, "busy": busy}


def one_round(job, proxy, bench, options, tell):
    try:
        measured = measure(job, proxy, bench, options)
    except LoadFailed as error:
        tell(f"{job.name} through {proxy.name}: {error}")
        return None
    if measured["failures"]:
        tell(f"{job.name} through {proxy.name}: {measured['failures']} failures")
    return measured if measured[job.figure] else None


def measure(job, proxy, bench, options):
    def arguments(job):
        return [*proxy.arguments(job), "--seconds", options.seconds, "--warm-up", options.warm_up, *job.options]

    if not job.beside_bulk:
        return bench.load(job.load, arguments(job))
    with bench.background_load(BACKGROUND.load, arguments(BACKGROUND)) as wait:
        measured = bench.load(job.load, arguments(job))
        bulk = wait()
    return {**measured, "bytes": bulk["bytes"] * measured["seconds"] / bulk["seconds"]}


def rate(figure):
    return lambda measured: measured[figure] / measured["seconds"]


def per_cpu_second(figure):
    return lambda measured: measured[figure] / measured["cpu_seconds"] if measured["cpu_seconds"] else None


def latency(name):
    return lambda measured: measured[name] or None
