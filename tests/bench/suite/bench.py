"""The bench: our own programs around the proxy under test (origin, gateway, load generator) and where they listen."""

import base64
import contextlib
import json
import os
import pathlib
import subprocess

from .processes import Process

# "background" is the source of an origin of its own, for bulk beside what is measured.
TUNNEL_SERVICES = ("echo", "source", "sink", "both", "background")
SERVICES = (*TUNNEL_SERVICES, "web")
LOWEST_PRIORITY = 19
ROUND_TRIP_MS = 50
# 127.0.0.1 and on: each proxy has an address of the origin and the gateway for itself, because looking for a port
# among the connections that another one has closed would be charged to it.
ADDRESSES = 16
# Loopback names never go through the gateway, so what is to go there is asked for by this one. The gateway
# takes every name for 127.0.0.1.
FAR_HOST = "origin.example"
GATEWAY_USER, GATEWAY_PASSWORD = "bench", "bench-password"


class LoadFailed(Exception):
    pass


class Bench:
    """`with Bench(…)` starts origin and gateway; they end with it."""

    def __init__(self, programs, cpus, folder):
        self.programs = pathlib.Path(programs)
        self.proxy_cpus, self.own_cpus = cpus
        self.folder = pathlib.Path(folder)
        self._load_cpus = self.own_cpus

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self._origin = stack.enter_context(Process([self.programs / "bench_origin"], self.own_cpus))
            self._background_origin = stack.enter_context(
                Process([self.programs / "bench_origin"], self.own_cpus, nice=LOWEST_PRIORITY))
            self._ports = {**json.loads(self._origin.first_line()),
                           "background": json.loads(self._background_origin.first_line())["source"]}
            self.certificate, with_key = self._make_certificate()
            self._gateway = stack.enter_context(Process(
                [self.programs / "bench_gateway", "--user", self.gateway_authorization(),
                 "--certificate", with_key, "--round-trip-ms", str(ROUND_TRIP_MS)], self.own_cpus))
            self._gateway_ports = json.loads(self._gateway.first_line())
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _make_certificate(self):
        """(PEM file of the certificate, PEM file of key and certificate), for all addresses."""
        key, certificate, both = (self.folder / name for name in ("key.pem", "certificate.pem", "both.pem"))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", self._names(),
             "-keyout", key, "-out", certificate], check=True, capture_output=True)
        both.write_text(key.read_text() + certificate.read_text())
        return certificate, both

    def _names(self):
        # The addresses as DNS names too, for programs that compare nothing but those.
        return "subjectAltName=" + ",".join(
            f"{kind}:{self.address(number)}" for number in range(1, ADDRESSES + 1) for kind in ("IP", "DNS"))

    def address(self, number):
        return f"127.0.0.{number}"

    @staticmethod
    def gateway_authorization():
        return base64.b64encode(f"{GATEWAY_USER}:{GATEWAY_PASSWORD}".encode()).decode()

    def gateway_port(self, protocol, far):
        return self._gateway_ports[f"far_{protocol}" if far else protocol]

    def target(self, service, route, address):
        return f"{FAR_HOST if route.protocol else address}:{self._ports[service]}"

    def environment(self, route, address):
        """What tests/bench/proxies/README.md promises to start scripts."""
        places = {f"ORIGIN_{service.upper()}": f"{address}:{self._ports[service]}" for service in SERVICES}
        return self._surroundings(route, address, places)

    def _surroundings(self, route, address, places):
        gateway = {} if not route.protocol else {
            "GATEWAY_HOST": address,
            "GATEWAY_PORT": str(self.gateway_port(route.protocol, route.far)),
            "GATEWAY_USER": GATEWAY_USER,
            "GATEWAY_PASSWORD": GATEWAY_PASSWORD,
            "GATEWAY_CA": str(self.certificate),
        }
        return {**places, **gateway, "GATEWAY_PROTOCOL": route.protocol, "BENCH_PROGRAMS": str(self.programs),
                "BENCH_NODE": str(pathlib.Path(__file__).parents[1] / "node")}

    @contextlib.contextmanager
    def on_the_proxys_processor(self):
        """Origin and load generator move there: passing a message then costs the same every time."""
        for pid in self._origin.ids():
            os.sched_setaffinity(pid, self.proxy_cpus)
        self._load_cpus = self.proxy_cpus
        try:
            yield
        finally:
            for pid in self._origin.ids():
                os.sched_setaffinity(pid, self.own_cpus)
            self._load_cpus = self.own_cpus

    def load(self, job, arguments):
        """Runs the load generator; what it measured, as a dictionary."""
        command = [self.programs / "bench_load", job, *map(str, arguments)]
        with Process(command, self._load_cpus, log=self.folder / "load.log") as load:
            return self._measured(load)

    @contextlib.contextmanager
    def background_load(self, job, arguments):
        """Runs the load generator beside another one, which goes first; yields a function that waits for its end."""
        command = [self.programs / "bench_load", job, *map(str, arguments)]
        with Process(command, self._load_cpus, log=self.folder / "background.log", nice=LOWEST_PRIORITY) as load:
            yield lambda: self._measured(load)

    @contextlib.contextmanager
    def held_tunnels(self, arguments):
        """Yields what the load generator says once all tunnels are open; they close at the end."""
        command = [self.programs / "bench_load", "hold-tunnels", *map(str, arguments)]
        with Process(command, self._load_cpus, log=self.folder / "load.log", stdin=subprocess.PIPE) as load:
            yield self._measured(load)

    def _measured(self, load):
        line = load.line()
        if any(process.has_ended() for process in (self._origin, self._background_origin, self._gateway)):
            raise RuntimeError("the origin or the gateway of the bench has ended; what was measured means nothing")
        if not line:
            raise LoadFailed(load.complaint())
        return json.loads(line)
