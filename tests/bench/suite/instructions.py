"""Instructions per CONNECT and per GET of aluvia-connect, counted by valgrind: a number that does not depend on the
machine's mood, kept in instructions.json so that a regression fails.
"""

import dataclasses
import json
import pathlib
import re
import shutil
import tempfile

from .jobs import JOBS
from .proxies import DIRECT, OURS, PROXIES, Running

KEPT = pathlib.Path(__file__).parent.parent / "instructions.json"
COUNTED = {"connect": "connect-rate", "keep_alive_get": "get-keep-alive"}
FEW, MANY = 100, 600
BEARABLE = 1.1  # times what is kept


def count(bench, options):
    """{"connect": instructions, "keep_alive_get": instructions}, or None without valgrind."""
    if not shutil.which("valgrind"):
        return None
    return {name: per_operation(next(job for job in JOBS if job.name == which), bench, options)
            for name, which in COUNTED.items()}


def per_operation(job, bench, options):
    """From two runs that differ in nothing but the number of operations, so that start and end cancel out."""
    few, many = (run(job, bench, options, number) for number in (FEW, MANY))
    return round((many[0] - few[0]) / (many[1] - few[1]))


def run(job, bench, options, operations):
    """(instructions of the whole run, operations done)."""
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        output = pathlib.Path(folder) / "callgrind"
        counting = dataclasses.replace(
            options.with_extra("--poll-interval", "3600000"),
            wrapper=("valgrind", "--tool=callgrind", f"--callgrind-out-file={output}"))
        proxy = next(proxy for proxy in PROXIES if proxy.name == OURS)
        with Running(proxy, DIRECT, bench, counting) as running:
            measured = bench.load(job.load, [*running.arguments(job), "--connections", 1, "--operations", operations])
        total = re.search(r"^(?:summary|totals): *(\d+)", output.read_text(), re.MULTILINE)
        return int(total.group(1)), measured["operations"] + measured["failures"]


def kept():
    return json.loads(KEPT.read_text())["instructions"] if KEPT.exists() else {}


def too_many(counted, compiler):
    """The names of what has become dearer than is bearable; of another compiler's program nothing is known."""
    if not KEPT.exists() or json.loads(KEPT.read_text())["compiler"] != compiler:
        return []
    return [name for name, value in counted.items() if value > BEARABLE * kept().get(name, value)]


def keep(counted, compiler):
    KEPT.write_text(json.dumps({
        "what": "instructions of aluvia-connect (release build) for one operation, counted by callgrind: "
                "scripts/bench --jobs instructions compares, --keep-instructions keeps",
        "compiler": compiler,
        "instructions": counted,
    }, indent=2) + "\n")
