"""What is measured: every proxy, how it is started, and which way the load generator takes to it."""

import dataclasses
import http.client
import json
import pathlib
import shutil
import tempfile
import time
import urllib.parse

from .bench import GATEWAY_PASSWORD, GATEWAY_USER, TUNNEL_SERVICES
from .processes import DidNotStart, Process, free_port

SCRIPTS = pathlib.Path(__file__).parent.parent / "proxies"
OURS = "aluvia-connect"


@dataclasses.dataclass(frozen=True)
class Route:
    """How proxies reach the origin: straight, or by the gateway with its protocol; far: with a delay."""

    protocol: str = ""  # http or https: through the gateway
    far: bool = False


DIRECT = Route()


@dataclasses.dataclass(frozen=True)
class Proxy:
    name: str
    package: str = ""  # of Debian; its program has the same name
    answers_connect: bool = True  # without a gateway behind it
    routes: tuple = ("", "http", "https")
    jobs: tuple = ()  # the only ones that it is for; none: all
    options: tuple = ()  # of aluvia-connect
    variant: bool = False  # of aluvia-connect
    sends_credentials: bool = True  # to the gateway; otherwise the client has to

    @property
    def is_ours(self):
        return self.name == OURS or self.variant


PROXIES = (
    Proxy("no proxy", routes=("", "http")),
    Proxy(OURS),
    Proxy("aluvia-connect cold", routes=("http", "https"), jobs=("first-byte",), options=("--gateway-warm", "0"),
          variant=True),
    Proxy("relay", routes=("",)),
    Proxy("relay-unfair", routes=("",), jobs=("bulk-down", "get-beside-bulk")),
    Proxy("tls-relay", routes=("https",), jobs=("echo-64", "bulk-down", "bulk-up"), sends_credentials=False),
    Proxy("haproxy", package="haproxy", answers_connect=False),
    Proxy("squid", package="squid", routes=("", "http")),
    Proxy("tinyproxy", package="tinyproxy", routes=("", "http")),
    Proxy("proxy-chain"),
)


class Running:
    """A started proxy, with what belongs to it."""

    def __init__(self, proxy, route, bench, options):
        self.proxy = proxy
        self.name = proxy.name
        self.route = route
        self.port = None
        self.address = bench.address(PROXIES.index(proxy) + 1 if proxy in PROXIES else len(PROXIES) + 1)
        self._bench = bench
        self._folder = tempfile.mkdtemp(prefix=f"{proxy.name.replace(' ', '-')}-", dir=bench.folder)
        self._service_ports = {}
        self._helpers = []
        self._process = None
        try:
            self._start(options)
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _start(self, options):
        if self.name == "no proxy":
            return
        if self.proxy.is_ours:
            self._start_ours(options)
            return
        self.port = free_port()
        self._service_ports = {service: free_port() for service in TUNNEL_SERVICES}
        ports = {f"BENCH_{service.upper()}_PORT": str(port) for service, port in self._service_ports.items()}
        environment = {**self._bench.environment(self.route, self.address), **ports,
                       "BENCH_DIR": self._folder, "BENCH_PORT": str(self.port)}
        begun = time.monotonic()
        self._process = Process([SCRIPTS / self.proxy.name], self._bench.proxy_cpus, environment, f"{self._folder}/log")
        self._process.wait_for_port(self.port)
        self.start_ms = (time.monotonic() - begun) * 1000

    def _start_ours(self, options):
        arguments = [*self._account(options.binary), *self._gateway(), *self.proxy.options, *options.extra]
        begun = time.monotonic()
        self._process = Process([*options.wrapper, options.binary, "run", *arguments], self._bench.proxy_cpus,
                                log=f"{self._folder}/log")
        self.port = int(self._process.first_line().strip().rpartition(":")[2])
        self.start_ms = (time.monotonic() - begun) * 1000

    def _account(self, binary):
        """Starts an emulated Aluvia whose account sends everything through the bench's gateway, or nothing."""
        sandbox = Process([binary, "sandbox", "--json"], self._bench.own_cpus)
        self._helpers.append(sandbox)
        facts = json.loads(sandbox.first_line())
        self.api = urllib.parse.urlsplit(facts["api"])
        self.token = facts["token"]
        connection = http.client.HTTPConnection(self.api.netloc)
        connection.request("PUT", "/sandbox/user", json.dumps({
            "rules": ["*"] if self.route.protocol else [],
            "proxy_username": GATEWAY_USER, "proxy_password": GATEWAY_PASSWORD}))
        answer = connection.getresponse()
        if answer.status >= 300:
            raise DidNotStart(f"the sandbox answers {answer.status} {answer.read(200)}")
        connection.close()
        return ["--token", self.token, "--api-base-url", facts["api"], "--dns-server", facts["dns_server"],
                "--allow-loopback-names"]

    def _gateway(self):
        protocol = self.route.protocol or "http"
        port = self._bench.gateway_port(protocol, self.route.far)
        return ["--gateway-host", self.address, "--gateway-port", str(port), "--gateway-protocol", protocol,
                *(["--gateway-ca", str(self._bench.certificate)] if protocol == "https" else [])]

    def ids(self):
        return self._process.ids() if self._process else []

    def arguments(self, job):
        """Those of the load generator that lead through this proxy to the services that the job needs."""
        found = ["--target", self._bench.target(job.service, self.route, self.address)]
        if self._process:
            found += ["--proxy", f"127.0.0.1:{self.port}", "--cpu-of", ",".join(map(str, self.ids()))]
            if job.tunnels and not self.proxy.answers_connect and not self.route.protocol:
                found += ["--tunnel-hop", f"127.0.0.1:{self._service_ports[job.service]}"]
            if not self.proxy.sends_credentials:
                found += ["--user", self._bench.gateway_authorization()]
        elif self.route.protocol:
            found += ["--proxy", f"{self.address}:{self._bench.gateway_port(self.route.protocol, self.route.far)}",
                      "--user", self._bench.gateway_authorization()]
        return found

    def stop(self):
        """Returns when everything has ended."""
        for process in [self._process, *self._helpers]:
            if process:
                process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def wanted(names, route, job=None):
    return [proxy for proxy in PROXIES
            if (OURS if proxy.variant else proxy.name) in names and route.protocol in proxy.routes
            and (not proxy.jobs or (job is not None and job in proxy.jobs))]


def start(proxy, route, bench, options, tell):
    """A Running, or None when it cannot run here; says why."""
    try:
        return Running(proxy, route, bench, options)
    except (DidNotStart, OSError) as error:
        tell(f"{proxy.name} is left out, it did not start: {error}")
        return None


def start_all(route, jobs, stack, bench, options, tell):
    """Every proxy that has one of the jobs on this route to do, until the stack ends."""
    found = []
    for proxy in PROXIES:
        if not any(proxy in wanted(options.proxies, route, job.name) for job in jobs):
            continue
        running = start(proxy, route, bench, options, tell)
        if running:
            found.append(stack.enter_context(running))
    return found
