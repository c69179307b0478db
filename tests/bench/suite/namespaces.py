"""Two network namespaces joined by a link with a delay and a loss. This process moves into the near one, for good;
origins and gateway run in the far one.
"""

import contextlib
import ctypes
import os
import pathlib
import subprocess

from .processes import Process

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
DEVICE = "far0"
NETWORK, NEAR, FAR = "10.77.0.0/16", "10.77.0.1", "10.77.0.2"
HOSTS = "10.77.1."  # and a number from 1 on: one address for each host name
# Otherwise the kernel keeps what it learned of the path in an earlier round.
SETTINGS = ("net.ipv4.tcp_no_metrics_save=1",)
QUEUE = 10000  # packets: a whole page in one burst


class NoNamespaces(Exception):
    pass


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoNamespaces(f"{' '.join(map(str, command))}: {done.stderr.strip() or done.returncode}")


def enter(hosts_file):
    """Moves this process, and all that it starts from now on, into a new namespace with a hosts file of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or libc.unshare(CLONE_NEWNET | CLONE_NEWNS) != 0:
        raise NoNamespaces("a network namespace needs root")
    run("mount", "--make-rprivate", "/")
    run("mount", "--bind", str(hosts_file), "/etc/hosts")
    run("ip", "link", "set", "lo", "up")
    run("sysctl", "-q", "-w", *SETTINGS)


class FarSide:
    """`with FarSide(…)` makes the far namespace and the link to it."""

    def __init__(self, programs, cpus, folder):
        self._programs = pathlib.Path(programs)
        self._cpus = cpus
        self._folder = pathlib.Path(folder)

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            holder = stack.enter_context(Process(
                ["unshare", "--net", "sh", "-c", "ip link set lo up && echo ready && exec sleep infinity"], self._cpus,
                log=self._folder / "namespace.log"))
            holder.first_line()
            self._file = f"/proc/{holder.ids()[0]}/ns/net"
            self._link = stack.enter_context(Process(
                [self._programs / "bench_link", "--near", f"/proc/{os.getpid()}/ns/net", "--far", self._file,
                 "--device", DEVICE], self._cpus, log=self._folder / "link.log", stdin=subprocess.PIPE))
            self._link.first_line()
            self._configure()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _configure(self):
        run("ip", "address", "add", NEAR, "dev", DEVICE)
        run("ip", "link", "set", DEVICE, "up", "txqueuelen", str(QUEUE))
        run("ip", "route", "add", NETWORK, "dev", DEVICE)
        for command in (["ip", "address", "add", FAR, "dev", "lo"],
                        ["ip", "route", "add", "local", f"{HOSTS}0/24", "dev", "lo"],
                        ["ip", "link", "set", DEVICE, "up", "txqueuelen", str(QUEUE)],
                        ["ip", "route", "add", NEAR, "dev", DEVICE],
                        ["sysctl", "-q", "-w", *SETTINGS]):
            run(*self.there(command))

    def there(self, command):
        """The command that runs `command` in the far namespace."""
        return ["nsenter", f"--net={self._file}", "--", *command]

    def set_link(self, round_trip_ms, loss_percent, seed):
        self._link.write_line(f"{round_trip_ms} {loss_percent} {seed}")
        self._link.first_line()
