"""The command line of scripts/bench."""

import argparse
import dataclasses
import pathlib

from .jobs import JOBS
from .proxies import PROXIES

ROOT = pathlib.Path(__file__).resolve().parents[3]
# Beside the jobs that go straight to the origin.
SECTIONS = ("gateway-http", "gateway-https", "first-byte", "idle", "rest", "instructions")
# Not part of a run unless it is asked for: it needs root, Chromium, and hours for all of its cases.
PAGES = "pages"
# Nor this one: it takes two minutes and as many descriptors as there are.
SCALE = "scale"


@dataclasses.dataclass
class Options:
    jobs: list
    proxies: list
    quick: bool
    rounds: int
    seconds: float
    warm_up: float
    rest_seconds: float
    pin: bool
    install: bool
    publish: bool
    keep_instructions: bool
    output: pathlib.Path
    build_dir: pathlib.Path = None
    binary: pathlib.Path = None
    programs: pathlib.Path = None
    cases: list = ()  # of pages: texts in their names
    variants: list = ()  # of aluvia-connect, for pages
    patience: float = 0  # seconds that a round or a page load waits for a quiet machine
    extra: tuple = ()  # options of aluvia-connect
    wrapper: tuple = ()  # what aluvia-connect is started by

    def with_extra(self, *extra):
        return dataclasses.replace(self, extra=(*self.extra, *extra))


def names(known):
    def split(text):
        unknown = [name for name in text.split(",") if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"no {', '.join(unknown)}; there are {', '.join(known)}")
        return text.split(",")
    return split


def parse(arguments):
    all_jobs = [*(job.name for job in JOBS), *SECTIONS]
    known_jobs = [*all_jobs, PAGES, SCALE]
    all_proxies = [proxy.name for proxy in PROXIES if not proxy.variant]
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measures aluvia-connect beside other proxies, job by job, on loopback.")
    add = parser.add_argument
    add("--quick", action="store_true", help="3 short rounds instead of 7 of 2 s; under 5 minutes on 2 cores")
    add("--jobs", type=names(known_jobs), default=all_jobs, metavar="A,B",
        help=f"{', '.join(all_jobs)}; and {PAGES}, page loads in Chromium, and "
             f"{SCALE}, the longest turns of the loop, which are no part of a run otherwise")
    add("--proxies", type=names(all_proxies), default=all_proxies, metavar="X,Y", help=", ".join(all_proxies))
    add("--rounds", type=int, help="instead of 7, or of 3 with --quick")
    add("--seconds", type=float, help="of a round, instead of 2, or of 0.3 with --quick")
    add("--no-pin", action="store_true",
        help="let the scheduler move processes; otherwise what is measured has a processor of its own")
    add("--no-install", action="store_true", help="leave out proxies that are not installed")
    add("--build-dir", type=pathlib.Path, metavar="DIR",
        help="use the programs of this build folder as they are, instead of building release")
    add("--binary", type=pathlib.Path, metavar="FILE", help="the aluvia-connect to measure, when it is another one")
    add("--output", type=pathlib.Path, metavar="DIR", default=ROOT / "build/bench",
        help="where results.md and the plots go; build/bench")
    add("--publish", action="store_true", help="also put results and plots into docs/")
    add("--keep-instructions", action="store_true", help="make the counted instructions the ones to compare with")
    add("--cases", type=lambda text: text.split(","), default=[], metavar="A,B",
        help=f"{PAGES}: the cases whose name contains one of these, such as h2 or 'gateway 150'")
    add("--variant", action="append", default=[], metavar="LABEL=FILE [OPTION…]", dest="variants",
        help=f"{PAGES}: one more row, an aluvia-connect (- for the one that is built) with options; repeatable")
    add("--patience", type=float, metavar="SECONDS",
        help="how long a round or a page load waits for a quiet machine; 20, or 0 with --quick")
    given = parser.parse_args(arguments)
    return Options(
        jobs=given.jobs, proxies=given.proxies, quick=given.quick,
        rounds=given.rounds or (3 if given.quick else 7),
        seconds=given.seconds or (0.3 if given.quick else 2),
        warm_up=0.1 if given.quick else 0.5,
        rest_seconds=3 if given.quick else 10,
        pin=not given.no_pin, install=not given.no_install, publish=given.publish,
        keep_instructions=given.keep_instructions, output=given.output,
        build_dir=given.build_dir, binary=given.binary, cases=given.cases, variants=given.variants,
        patience=given.patience if given.patience is not None else (0 if given.quick else 20))
