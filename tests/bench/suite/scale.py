"""The longest turns of the event loop at scale: 100,000 rules, 10,000 tunnels, 2,000 requests per second, and changes of
the configuration meanwhile.
"""

import contextlib
import dataclasses
import http.client
import itertools
import json
import subprocess
import time

from .idle import most_tunnels
from .jobs import GETS_AT_A_RATE, HOLD_AGAIN, TUNNELS_AT_A_RATE
from .processes import Process
from .proxies import OURS, PROXIES, Route, Running
from .turns import Turns, TurnsFile

RULES = 100_000
HOSTS = 5000  # of the tunnels; each has a rule of its own
SPARE_DESCRIPTOR_PAIRS = 300  # for the requests beside the tunnels
# A CONNECT leaves a local port in TIME_WAIT for a minute, so only as many as there are ports for.
RATES = {GETS_AT_A_RATE: 1800, TUNNELS_AT_A_RATE: 200}
WORKERS = 32
SECONDS_TO_COME_BACK = 40
# The last rule. The second one sends all tunnels to the origin, because an exclusion wins.
LAST_RULES = ("*.never.example", "-*.origin.example")
PAGES = ("/status", "/metrics", "/tunnels", "/live", "/")


@dataclasses.dataclass
class Phase:
    name: str
    turns: Turns
    causes: list  # moments of the monotonic clock at which something was changed or asked for

    def cause_to_longest_ms(self):
        """From the last cause before the longest turn until it began; None where there was none."""
        if not self.turns.longest:
            return None
        begun = self.turns.longest[0].begun
        earlier = [cause for cause in self.causes if cause <= begun]
        return (begun - max(earlier)) * 1000 if earlier else None


class Scale:
    """One proxy with its tunnels, and the phases measured so far."""

    def __init__(self, running, file, bench, binary, tell):
        self.running, self.file, self.bench, self.binary, self.tell = running, file, bench, binary, tell
        self.rules = [f"h{number}.origin.example" for number in range(RULES - 1)]
        self.last_rules = itertools.cycle(LAST_RULES)
        self.last_rule = next(self.last_rules)
        self.phases = []

    def change(self, **values):
        """The proxy gets it with its next poll, within a second."""
        connection = http.client.HTTPConnection(self.running.api.netloc)
        connection.request("PUT", "/sandbox/user", json.dumps(values))
        answer = connection.getresponse()
        if answer.status >= 300:
            raise RuntimeError(f"the sandbox answers {answer.status} {answer.read(200)}")
        connection.close()

    def change_rules(self):
        self.change(rules=[*self.rules, self.last_rule])

    def page(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.running.port, timeout=10)
        connection.request("GET", path, headers={"Accept": "application/json"})
        body = connection.getresponse().read()
        connection.close()
        return body

    def open_tunnels(self):
        return json.loads(self.page("/status"))["traffic"]["open_tunnels"]

    def wait_for_tunnels(self, tunnels):
        end = time.monotonic() + SECONDS_TO_COME_BACK
        while time.monotonic() < end:
            if self.open_tunnels() >= tunnels:
                return
            time.sleep(0.5)
        self.tell(f"only {self.open_tunnels()} of {tunnels} tunnels came back")

    @contextlib.contextmanager
    def requests(self):
        with contextlib.ExitStack() as stack:
            for job, rate in RATES.items():
                command = [self.bench.programs / "bench_load", job.load, *map(str, self.running.arguments(job)),
                           "--rate", str(rate), "--connections", str(WORKERS), "--hosts", str(HOSTS),
                           "--seconds", "600"]
                stack.enter_context(Process(command, self.bench.own_cpus))
            time.sleep(1)
            yield

    def measure(self, name, action):
        """`action` does something and returns the moments of the causes."""
        self.tell(f"scale: {name}", passing=True)
        self.file.restart()
        causes = action()
        self.phases.append(Phase(name, self.file.read(), causes))

    # ---- actions

    def repeat(self, times, pause, cause):
        causes = []
        for _ in range(times):
            causes.append(time.monotonic())
            cause()
            time.sleep(pause)
        return causes

    def change_one_rule(self):
        position = len(self.phases) + time.monotonic_ns() % 1000
        self.rules[HOSTS + position] = f"other{position}.origin.example"
        self.change_rules()

    def change_route(self):
        self.last_rule = next(self.last_rules)
        self.change_rules()

    def change_session(self):
        self.change(session_id=f"session{time.monotonic_ns()}")

    def change_geo(self):
        self.change(target_geo=f"us_{time.monotonic_ns() % 50}")

    def and_come_back(self, change, tunnels):
        """Both directions of a change, each time until the tunnels are open again."""
        def once():
            change()
            time.sleep(4)  # longer than the drain time and a poll
            self.wait_for_tunnels(tunnels)
        return lambda: self.repeat(2, 0, once)

    def command(self, *words):
        subprocess.run([self.binary, *words, "--port", str(self.running.port)], capture_output=True, check=False)


def measure_scale(bench, options, tell):
    """The phases of aluvia-connect; each has its own turns."""
    file = TurnsFile(bench.folder, options.programs)
    counting = dataclasses.replace(options.with_extra("--poll-interval", "1000"), wrapper=file.wrapper)
    proxy = next(proxy for proxy in PROXIES if proxy.name == OURS)
    with Running(proxy, Route("http"), bench, counting) as running:
        scale = Scale(running, file, bench, options.binary, tell)
        scale.change_rules()
        time.sleep(3)
        tunnels = most_tunnels() - SPARE_DESCRIPTOR_PAIRS
        command = [bench.programs / "bench_load", HOLD_AGAIN.load, *map(str, running.arguments(HOLD_AGAIN)),
                   "--connections", str(tunnels), "--hosts", str(HOSTS), "--operations", str(tunnels)]
        with Process(command, bench.own_cpus, stdin=subprocess.PIPE) as holding:
            scale.measure(f"{tunnels:,} tunnels open", lambda: [] if holding.first_line() else [])
            with scale.requests():
                run_phases(scale, tunnels)
            file.restart()
        time.sleep(6)  # memory is given back two seconds after the last tunnel has closed
        scale.phases.append(Phase(f"{tunnels:,} tunnels close", file.read(), []))
    return scale.phases


def run_phases(scale, tunnels):
    scale.measure("requests alone", lambda: scale.repeat(1, 10, lambda: None))
    scale.measure("one rule changes", lambda: scale.repeat(10, 1, scale.change_one_rule))
    scale.measure("the session changes", scale.and_come_back(scale.change_session, tunnels))
    scale.measure("the geo changes", scale.and_come_back(scale.change_geo, tunnels))
    scale.measure("the route of all changes", scale.and_come_back(scale.change_route, tunnels))
    for path in PAGES:
        scale.measure(f"GET {path}", lambda path=path: scale.repeat(10, 0.2, lambda: scale.page(path)))
    scale.measure("rules are listed", lambda: scale.repeat(3, 0.5, lambda: scale.command("rules")))
