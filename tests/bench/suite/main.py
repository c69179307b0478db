"""scripts/bench: what is asked for, in order, printed as it comes and written at the end."""

import contextlib
import dataclasses
import datetime
import os
import signal
import sys
import tempfile

from . import idle, instructions, jobs, namespaces, page_report, pages, plot, publish, quiet, report, rounds, scale, setup, targets
from .bench import Bench
from .options import PAGES, SCALE, parse
from .processes import processors
from .proxies import DIRECT, Route, start_all

# A first byte takes up to 0.2 s and is followed by a pause of 0.25 s, whatever the other jobs take.
FIRST_BYTE_SECONDS = {True: 1.5, False: 6}


class Run:
    """Results of one run, and the text about them."""

    def __init__(self, options, bench):
        self.options = options
        self.bench = bench
        self.sections = []
        self.by_job = {}
        self.https = {}
        self.first_byte = {}
        self.idle = {}
        self.rest = {}
        self.scale = []
        self.failures = []

    def say(self, text):
        self.sections.append(text)
        print(f"{text.strip()}\n", flush=True)

    def run(self):
        wanted = self.options.jobs
        quiet.wait_for_ports(tell)
        direct = [job for job in jobs.JOBS if job.name in wanted]
        if direct:
            self.by_job = self._run_jobs("Straight to the origin", DIRECT, direct)
        through = jobs.QUICKLY_THROUGH_GATEWAY if self.options.quick else jobs.THROUGH_GATEWAY
        far_jobs = [job for job in jobs.JOBS if job.name in through]
        for protocol in ("http", "https"):
            if f"gateway-{protocol}" in wanted:
                results = self._run_jobs(f"Through an {protocol} gateway", Route(protocol), far_jobs)
                self.https = results if protocol == "https" else self.https
        if {"first-byte", "idle", "rest", "instructions"} & set(wanted):
            self.say("## Waiting, resting, counting")
        if "first-byte" in wanted:
            self._measure_first_byte()
        if "idle" in wanted:
            counts = (1000,) if self.options.quick else (1000, idle.most_tunnels())
            self.idle = idle.measure_idle(counts, self.bench, self.options, tell)
            self.say(report.idle_table(self.idle))
        if "rest" in wanted:
            self.rest = idle.measure_rest(self.bench, self.options, tell)
            self.say(report.rest_table(self.rest))
        if "instructions" in wanted:
            self._count_instructions()
        if SCALE in wanted:
            self.scale = scale.measure_scale(self.bench, self.options, tell)
            self.say(report.scale_table(self.scale))
        self._judge()

    def _run_jobs(self, title, route, wanted):
        self.say(f"## {title}")
        results = {}
        with contextlib.ExitStack() as stack:
            running = start_all(route, wanted, stack, self.bench, self.options, tell)
            for job in wanted:
                results[job.name] = rounds.run_job(job, running, self.bench, self.options, tell)
                self.say(report.job_table(job, results[job.name]))
        return results

    def _measure_first_byte(self):
        patient = dataclasses.replace(self.options, warm_up=1, rounds=min(3, self.options.rounds),
                                      seconds=FIRST_BYTE_SECONDS[self.options.quick])
        for protocol in ("http", "https"):
            with contextlib.ExitStack() as stack:
                running = start_all(Route(protocol, far=True), [jobs.FIRST_BYTE], stack, self.bench, patient, tell)
                self.first_byte[protocol] = rounds.run_job(jobs.FIRST_BYTE, running, self.bench, patient, tell)
        self.say(report.first_byte_table(self.first_byte))

    def _count_instructions(self):
        tell("counting instructions", passing=True)
        counted = instructions.count(self.bench, self.options)
        if counted is None:
            tell("instructions are not counted: valgrind is not installed")
            return
        self.say(report.instructions_table(counted, instructions.kept()))
        if self.options.keep_instructions:
            return instructions.keep(counted, setup.compiler())
        self.failures += [f"{name}: more than {instructions.BEARABLE} times the instructions that are kept"
                          for name in instructions.too_many(counted, setup.compiler())]

    def _judge(self):
        rows = [*targets.of_jobs(self.by_job), *targets.of_one_tunnel(self.by_job), *targets.of_others(self.by_job),
                *targets.of_jobs(self.https, targets.HTTPS_TARGETS),
                *targets.of_first_byte(self.first_byte), *targets.of_idle(self.idle), *targets.of_rest(self.rest),
                *targets.of_scale(self.scale)]
        if rows:
            self.say(report.targets_table(rows))


def load_pages(run, options, folder):
    """The last section of a run, because this process moves into a network namespace for it."""
    run.say(f"## Page loads in Chromium\n\n{options.rounds} rounds, interleaved, medians of the rounds' ratios.")
    results = []
    everything = set(os.sched_getaffinity(0))
    try:
        with pages.PageBench(options.programs, (everything, everything), folder) as bench:
            for case in pages.cases(options):
                results += pages.run_case(case, bench, options, tell)
                publish.write_pages(results, options)
    except namespaces.NoNamespaces as error:
        return tell(f"pages are left out: {error}")
    for section in page_report.sections(results):
        run.say(section)
    loads = page_report.Loads(results)
    judged = [row for name in loads.rows if name not in pages.OTHERS for row in page_report.goals(loads, name)]
    if judged:
        run.say(report.targets_table(judged))


def tell(text, passing=False):
    """Progress on stderr; what is passing is overwritten on a terminal and left out elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="" if passing else "\n", file=sys.stderr, flush=True)
    elif not passing:
        print(text, file=sys.stderr, flush=True)


def preface(options):
    how = f"{options.rounds} rounds of {options.seconds:g} s, interleaved, medians"
    return f"{datetime.date.today()}, {setup.machine()}. {setup.versions(options)}. {how}."


def main(arguments):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that every process of the run ends
    options = parse(arguments)
    setup.build(options)
    setup.leave_out_missing(options, tell)
    with tempfile.TemporaryDirectory(prefix="aluvia-bench-") as folder:
        with Bench(options.programs, processors(options.pin), folder) as bench:
            run = Run(options, bench)
            run.say(preface(options))
            run.run()
        if PAGES in options.jobs:
            before = len(run.sections)
            load_pages(run, options, folder)
            # They are measured last and read first.
            run.sections = [run.sections[0], *run.sections[before:], *run.sections[1:before]]
    publish.write(run.sections, plot.plots(run.by_job), options, tell)
    for failure in run.failures:
        tell(f"bench: {failure}")
    return 1 if run.failures else 0
