"""The bench: our own programs around the proxy under test (origin, sandbox, load generator) and where they listen."""

import json
import pathlib
import subprocess

from .processes import Process

SERVICES = ("echo", "source", "sink", "both", "web")
# The sandbox's DNS answers 127.0.0.1 for it; a loopback name or address would never go through the gateway.
FAR_HOST = "origin.example"


class LoadFailed(Exception):
    pass


class Bench:
    """`with Bench(…)` starts origin and sandbox; everything in it ends with it."""

    def __init__(self, programs, cpus, folder):
        self.programs = pathlib.Path(programs)
        self.proxy_cpus, self.own_cpus = cpus
        self.folder = pathlib.Path(folder)

    def __enter__(self):
        self._origin = Process([self.programs / "bench_origin"], self.own_cpus)
        self._ports = json.loads(self._origin.first_line())
        return self

    def __exit__(self, *_):
        self._origin.stop()

    def target(self, service, far=False):
        return f"{FAR_HOST if far else '127.0.0.1'}:{self._ports[service]}"

    def environment(self):
        places = {f"ORIGIN_{service.upper()}": self.target(service) for service in SERVICES}
        return {**places, "BENCH_PROGRAMS": str(self.programs)}

    def load(self, job, arguments):
        """Runs the load generator; what it measured, as a dictionary."""
        command = ["taskset", "--cpu-list", ",".join(map(str, self.own_cpus)),
                   self.programs / "bench_load", job, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise LoadFailed(done.stderr.strip() or f"bench_load ended with {done.returncode}")
        return json.loads(done.stdout)
