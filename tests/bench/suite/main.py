"""scripts/bench: what is asked for, in order."""

import argparse
import contextlib
import pathlib
import subprocess
import sys
import tempfile

from . import jobs, proxies, report, rounds
from .bench import Bench
from .processes import processors

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAMS = ("bench_load", "bench_origin", "bench_relay")


def names(known):
    def split(text):
        wanted = text.split(",")
        unknown = [name for name in wanted if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"no {', '.join(unknown)}; there are {', '.join(known)}")
        return wanted
    return split


def parse(arguments):
    all_jobs = [job.name for job in jobs.JOBS]
    all_proxies = [proxy.name for proxy in proxies.PROXIES]
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measures aluvia-connect beside other proxies, job by job, on loopback.")
    parser.add_argument("--quick", action="store_true", help="3 short rounds instead of 7 of 2 s; under 5 minutes")
    parser.add_argument("--jobs", type=names(all_jobs), default=all_jobs, metavar="A,B", help=", ".join(all_jobs))
    parser.add_argument("--proxies", type=names(all_proxies), default=all_proxies, metavar="X,Y",
                        help=", ".join(all_proxies))
    parser.add_argument("--rounds", type=int, help="instead of 7")
    parser.add_argument("--seconds", type=float, help="of a round, instead of 2")
    parser.add_argument("--no-pin", action="store_true",
                        help="let the scheduler move processes; by default what is measured has a processor of its own")
    parser.add_argument("--build-dir", type=pathlib.Path,
                        help="use the programs of this build folder as they are, instead of building release")
    parser.add_argument("--binary", type=pathlib.Path, help="the aluvia-connect to measure, when it is another one")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (3 if options.quick else 7)
    options.seconds = options.seconds or (0.5 if options.quick else 2)
    options.warm_up = 0.2 if options.quick else 0.5
    return options


def build(options):
    """Fills in options.programs and options.binary."""
    if not options.build_dir:
        options.build_dir = ROOT / "build/release"
        subprocess.run([ROOT / "scripts/build", "release", "aluvia-connect", *PROGRAMS], check=True,
                       stdout=subprocess.DEVNULL)
    options.programs = (options.build_dir / "tests/bench").resolve()
    options.binary = (options.binary or options.build_dir / "app/aluvia-connect").resolve()


def tell(text, passing=False):
    """Progress on stderr; what is passing is overwritten on a terminal and left out elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="" if passing else "\n", file=sys.stderr, flush=True)
    elif not passing:
        print(text, file=sys.stderr, flush=True)


def main(arguments):
    options = parse(arguments)
    build(options)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="aluvia-bench-"))
        bench = stack.enter_context(Bench(options.programs, processors(not options.no_pin), folder))
        running = proxies.start_all(options.proxies, bench, options, tell)
        for proxy in running:
            stack.callback(proxy.stop)
        for job in jobs.JOBS:
            if job.name in options.jobs:
                print(report.job_table(job, rounds.run_job(job, running, bench, options, tell)), flush=True)
    return 0
