"""Child processes of a benchmark run: started in a group of their own, pinned to a processor, always ended.

Knows nothing of what it runs.
"""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time


class DidNotStart(Exception):
    pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processors(pin):
    """(for what is measured, for what measures): two sets of processors that do not meet, where there are two."""
    available = sorted(os.sched_getaffinity(0))
    if not pin or len(available) < 2:
        return set(available), set(available)
    return {available[-1]}, set(available[:-1])


class Process:
    """A started program; `with` ends it and everything that it started."""

    def __init__(self, command, cpus, environment=None, log=None, stdin=subprocess.DEVNULL, nice=0):
        def prepare():
            os.sched_setaffinity(0, cpus)
            os.nice(nice)

        self._log = log
        self._process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=open(log, "wb") if log else subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
            preexec_fn=prepare,
            text=True,
        )
        self.started = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def line(self):
        """The next one that it prints; empty when it has ended."""
        return self._process.stdout.readline()

    def first_line(self):
        line = self.line()
        if not line:
            raise DidNotStart(self.complaint())
        return line

    def write_line(self, text):
        """To its standard input."""
        self._process.stdin.write(f"{text}\n")
        self._process.stdin.flush()

    def has_ended(self):
        return self._process.poll() is not None

    def wait_for_port(self, port, seconds=15):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise DidNotStart(self.complaint())
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        raise DidNotStart(f"nothing listens on port {port} after {seconds} s")

    def complaint(self):
        text = pathlib.Path(self._log).read_text(errors="replace").strip() if self._log else ""
        return text[-500:] or f"{self._process.args[0]} ended with {self._process.wait(3)}"

    def ids(self):
        """Of the process and all its descendants."""
        children = {}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except OSError:
                    continue
                children.setdefault(parent, []).append(int(entry.name))
        found = [self._process.pid]
        for pid in found:
            found.extend(children.get(pid, []))
        return found

    def stop(self):
        """SIGTERM to the group, and SIGKILL to the processes left of it after a while."""
        group = self._process.pid
        if not self.has_ended():
            os.killpg(group, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(3)
        if not self.has_ended():
            os.killpg(group, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()


def memory_kb(ids):
    """(proportional, resident) memory of processes together."""
    proportional = resident = 0
    for pid in ids:
        try:
            lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
        proportional += sizes.get("Pss", 0)
        resident += sizes.get("Rss", 0)
    return proportional, resident
