"""Page loads in Chromium, near and far, through each proxy: the cases, the programs around them, and the rounds."""

import base64
import contextlib
import dataclasses
import hashlib
import itertools
import json
import pathlib
import shlex
import subprocess

from .bench import GATEWAY_PASSWORD, GATEWAY_USER, Bench
from .namespaces import FAR, HOSTS, FarSide, enter
from .processes import DidNotStart, Process
from .proxies import DIRECT, OURS, PROXIES, Proxy, Route, Running
from .quiet import wait_for_quiet

BASE = "no local proxy"
OTHERS = ("proxy-chain", "squid", "tinyproxy")
PAGES = pathlib.Path(__file__).parent.parent / "pages"
E2E = pathlib.Path(__file__).parents[2] / "e2e"
GATEWAY_PORT = 8080
PORTS = {"http": 8000, "https": 8001, "h2": 8002}
MOST_HOSTS = 40
# Long enough for a proxy to open the connections that it wants to have ready, 150 ms away.
PAUSE_SECONDS = 1.0


@dataclasses.dataclass(frozen=True)
class Case:
    resources: int
    hosts: int
    kind: str  # http, https (HTTP/1.1) or h2
    gateway: bool  # or the origins themselves, as far away
    round_trip_ms: int
    loss: int = 0  # percent of the packets of each direction

    @property
    def name(self):
        loss = f" loss {self.loss} %" if self.loss else ""
        way = "gateway" if self.gateway else "direct"
        return f"{self.kind} {self.resources} on {self.hosts} {way} {self.round_trip_ms} ms{loss}"

    @property
    def url(self):
        scheme = "http" if self.kind == "http" else "https"
        return f"{scheme}://w0.pages.example:{PORTS[self.kind]}/page/{self.resources}/{self.hosts}"


def all_cases():
    ways = [(False, 20), (True, 20), (True, 50), (True, 150)]
    for loss, (gateway, distance), kind in itertools.product((0, 1), ways, PORTS):
        for resources, hosts in itertools.product((100, 400), (1, 10, 40)):
            yield Case(resources, hosts, kind, gateway, distance, loss)


def quick_cases():
    for distance in (50, 150):
        yield Case(100, 1, "h2", True, distance)
        for kind in PORTS:
            yield Case(100, 10, kind, True, distance)
        yield Case(100, 40, "h2", True, distance)
    yield Case(100, 10, "h2", False, 20)


def cases(options):
    """Those of the run whose name contains one of the wanted texts."""
    found = quick_cases() if options.quick else all_cases()
    return [case for case in found if not options.cases or any(text in case.name for text in options.cases)]


class PageBench(Bench):
    """Origins and gateway in the far namespace, the browser in this one. Answers what `Running` asks of a Bench."""

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            certificate, both = self._make_certificate()
            enter(self._hosts_file())
            self._far = stack.enter_context(FarSide(self.programs, self.own_cpus, self.folder))
            for command in (["node", PAGES / "origin.mjs", both, *map(str, PORTS.values())],
                            [self.programs / "bench_gateway", "--user", self.gateway_authorization(), "--listen",
                             f"{FAR}:{GATEWAY_PORT}"]):
                process = Process(self._far.there(command), self.own_cpus, log=self.folder / "far.log")
                stack.enter_context(process).first_line()
            self.certificate = certificate
            self._browser = stack.enter_context(Process(
                ["node", PAGES / "browser.mjs", E2E / "node_modules", "/usr/bin/chromium", key_pin(certificate)],
                self.own_cpus, log=self.folder / "browser.log", stdin=subprocess.PIPE))
            self._browser.first_line()
            self._stack = stack.pop_all()
        return self

    def _names(self):
        return "subjectAltName=DNS:*.pages.example"

    def _hosts_file(self):
        lines = ["127.0.0.1 localhost", *(f"{HOSTS}{number + 1} w{number}.pages.example"
                                          for number in range(MOST_HOSTS))]
        path = self.folder / "hosts"
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o644)
        return path

    def address(self, number):
        return FAR

    def gateway_port(self, protocol, far):
        return GATEWAY_PORT

    def environment(self, route, address):
        return self._surroundings(route, address, {})

    def set_link(self, case, seed):
        self._far.set_link(case.round_trip_ms, case.loss, seed)

    def load(self, case, port):
        """Loads the page of the case through the proxy on that port, or without one."""
        gateway = f"{FAR}:{GATEWAY_PORT}" if case.gateway else None
        proxy = f"http://127.0.0.1:{port}" if port else gateway and f"http://{gateway}"
        self._browser.write_line(json.dumps({
            "url": case.url, "proxy": proxy, "gateway": gateway, "resources": case.resources,
            "username": GATEWAY_USER, "password": GATEWAY_PASSWORD}))
        return json.loads(self._browser.first_line())


def key_pin(certificate):
    """SHA-256 of the public key, for Chromium, which reads no CA file."""
    key = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], check=True, capture_output=True)
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=key.stdout, check=True,
                         capture_output=True)
    return base64.b64encode(hashlib.sha256(der.stdout).digest()).decode()


@dataclasses.dataclass(frozen=True)
class Row:
    """One way to load pages; `binary` and `options` are of aluvia-connect."""

    name: str
    binary: pathlib.Path = None
    options: tuple = ()

    @property
    def proxy(self):
        if self.name in OTHERS:
            return next(proxy for proxy in PROXIES if proxy.name == self.name)
        return Proxy(self.name, options=self.options, variant=True)


def rows(options):
    """What is compared: no local proxy, aluvia-connect, its variants, the others."""
    ours = [Row(OURS, options.binary)] if OURS in options.proxies else []
    for text in options.variants:
        label, _, rest = text.partition("=")
        binary, *flags = shlex.split(rest)
        ours.append(Row(label, options.binary if binary == "-" else pathlib.Path(binary).resolve(), tuple(flags)))
    return [Row(BASE), *ours, *(Row(name) for name in OTHERS if name in options.proxies)]


def measure(row, case, bench, options):
    """Two loads: cold, through a proxy that has just started, and warm, in a new browser context through the same
    one. Yields (state, result).
    """
    route = Route("http") if case.gateway else DIRECT
    with contextlib.ExitStack() as stack:
        port = None
        if row.name != BASE:
            chosen = dataclasses.replace(options, binary=row.binary or options.binary)
            port = stack.enter_context(Running(row.proxy, route, bench, chosen)).port
        for state in ("cold", "warm"):
            busy = wait_for_quiet(options.patience, PAUSE_SECONDS)
            yield state, {"busy": round(busy, 3), **bench.load(case, port)}


def run_case(case, bench, options, tell):
    """List of results: one dictionary for each row, round and state."""
    compared = rows(options)
    found = []
    for number in range(options.rounds):
        turn = number % len(compared)
        for row in compared[turn:] + compared[:turn]:
            tell(f"{case.name}: round {number + 1} of {options.rounds}, {row.name}", passing=True)
            bench.set_link(case, seed=1000 + number)
            try:
                for state, result in measure(row, case, bench, options):
                    found.append({**dataclasses.asdict(case), "row": row.name, "round": number, "state": state, **result})
                    if "error" in result:
                        tell(f"{case.name}, {row.name}, {state}: {result['error']}")
            except (DidNotStart, OSError) as error:
                tell(f"{case.name}: {row.name} did not start: {error}")
    return found
