"""What is measured: every proxy, how it is started, and which way requests take to it."""

import dataclasses
import json
import pathlib
import shutil
import tempfile

from .processes import DidNotStart, Process, free_port

SCRIPTS = pathlib.Path(__file__).parent.parent / "proxies"


@dataclasses.dataclass(frozen=True)
class Proxy:
    name: str
    program: str = ""  # must be on PATH, Debian's package of the same name
    knows_connect: bool = True
    jobs: tuple = ()  # the only ones that it is for; none: all


PROXIES = (
    Proxy("direct"),
    Proxy("aluvia-connect"),
    Proxy("relay"),
    Proxy("relay-unfair", jobs=("bulk-down", "get-beside-bulk")),
    Proxy("haproxy", program="haproxy", knows_connect=False),
)


class Running:
    """A started proxy. `arguments(job)` are those of the load generator that lead through it."""

    def __init__(self, proxy, bench, options):
        self.proxy = proxy
        self.name = proxy.name
        self._bench = bench
        self._folder = tempfile.mkdtemp(prefix=f"{proxy.name}-", dir=bench.folder)
        self._ports = {service: free_port() for service in ("echo", "source", "sink", "both")}
        self._helpers = []
        self._process = None
        try:
            self._start(options)
        except BaseException:
            self.stop()
            raise

    def _start(self, options):
        if self.name == "direct":
            return
        if self.name == "aluvia-connect":
            self._start_ours(options)
            return
        self.port = free_port()
        ports = {f"BENCH_{service.upper()}_PORT": str(port) for service, port in self._ports.items()}
        environment = {**self._bench.environment(), **ports,
                       "BENCH_DIR": self._folder, "BENCH_PORT": str(self.port)}
        self._process = Process([SCRIPTS / self.name], self._bench.proxy_cpus, environment, f"{self._folder}/log")
        self._process.wait_for_port(self.port)

    def _start_ours(self, options):
        sandbox = Process([options.binary, "sandbox", "--json"], self._bench.own_cpus)
        self._helpers.append(sandbox)
        facts = json.loads(sandbox.first_line())
        self._process = Process(
            [options.binary, "run", "--token", facts["token"], "--api-base-url", facts["api"],
             "--gateway-host", facts["gateway_host"], "--gateway-port", str(facts["gateway_port"]),
             "--dns-server", facts["dns_server"]],
            self._bench.proxy_cpus, log=f"{self._folder}/log")
        self.port = int(self._process.first_line().strip().rpartition(":")[2])

    def arguments(self, job):
        ids = self._process.ids() if self._process else []
        found = ["--target", self._bench.target(job.service)]
        if job.tunnel_service:
            found += ["--tunnel-target", self._bench.target(job.tunnel_service)]
        if self._process:
            found += ["--proxy", f"127.0.0.1:{self.port}", "--cpu-of", ",".join(map(str, ids))]
        if self._process and not self.proxy.knows_connect and job.tunnels:
            found += ["--tunnel-hop", f"127.0.0.1:{self._ports[job.tunnel_service or job.service]}"]
        return found

    def stop(self):
        for process in [self._process, *self._helpers]:
            if process:
                process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def start_all(names, bench, options, tell):
    """Every proxy of `names` that can run here; says which cannot and why."""
    running = []
    for proxy in PROXIES:
        if proxy.name not in names:
            continue
        if proxy.program and not shutil.which(proxy.program):
            tell(f"{proxy.name} is left out: {proxy.program} is not installed")
            continue
        try:
            running.append(Running(proxy, bench, options))
        except (DidNotStart, OSError) as error:
            tell(f"{proxy.name} is left out, it did not start: {error}")
    return running
