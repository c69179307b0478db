"""Sandboxes, peers that never answer, and a check that a test leaves no process, zombie or socket file."""

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from typing import Any, Callable, Optional

from aluvia_connect.program import find_program

PROGRAM = os.environ["ALUVIA_CONNECT"]  # builds the sandbox; the package uses the program of its wheel
PROXIED = "www.proxied.example"
DIRECT = "www.direct.example"
MARK = "TEST_OF_THE_WHEEL"  # variable that every process of a test inherits


class Sandbox:
    """An emulated Aluvia, whose account sends *.proxied.example through the gateway."""

    def __init__(self, test: unittest.TestCase, *rules: str) -> None:
        words = [
            PROGRAM,
            "sandbox",
            "--json",
            *(f"--rule={rule}" for rule in rules or ("*.proxied.example",)),
        ]
        environment = {
            name: value for name, value in os.environ.items() if name != MARK
        }  # it is not the test's
        self._popen = subprocess.Popen(words, stdout=subprocess.PIPE, env=environment)
        assert self._popen.stdout
        fields: dict[str, Any] = json.loads(self._popen.stdout.readline())
        self.token: str = fields["token"]
        self.api: str = fields["api"]
        self.ca_file: str = fields["ca_file"]
        self.origin_port: int = fields["origin_port"]
        self.origin_tls_port: int = fields["origin_tls_port"]
        self.run_options: list[str] = fields["run_options"][2:]  # without the token
        self.fields = fields
        test.addCleanup(self._stop)

    def options(self, **more: Any) -> dict[str, Any]:
        """Options of a client of this sandbox."""
        return {"token": self.token, "extra_args": self.run_options, **more}

    def http(self, host: str) -> str:
        """URL of the sandbox's site under some host name."""
        return f"http://{host}:{self.origin_port}/"

    def https(self, host: str) -> str:
        """URL of the same site over TLS."""
        return f"https://{host}:{self.origin_tls_port}/"

    def _stop(self) -> None:
        self._popen.terminate()
        self._popen.communicate()


class SilentApi:
    """An API that accepts connections and never answers, so that a start takes as long as a test wants."""

    def __init__(self, test: unittest.TestCase) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._accepted: list[socket.socket] = []
        test.addCleanup(self._stop)

    def options(self, **more: Any) -> dict[str, Any]:
        """Options of a client whose start waits for this API."""
        return {"token": "token", "api_base_url": self.url, **more}

    def wait_for_request(self) -> None:
        """Return when the program has connected, so that its start is in the middle."""
        self._listener.settimeout(30)
        self._accepted.append(self._listener.accept()[0])

    def _stop(self) -> None:
        for one in (self._listener, *self._accepted):
            one.close()


class Case(unittest.TestCase):
    """Gives each test a runtime directory of its own, and checks at the end that nothing is left."""

    patience = 0.0  # seconds that processes may take to end after the test

    def setUp(self) -> None:
        """Register the checks; cleanups run in the reverse order."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aluvia-python-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(self.kill_the_left)
        saved = dict(os.environ)
        self.addCleanup(os.environ.update, saved)
        self.addCleanup(os.environ.clear)
        os.environ["XDG_RUNTIME_DIR"] = str(self.folder)
        os.environ[MARK] = str(self.folder)
        # Its arguments show to which test it belongs; only root may read the variables of the program.
        program = self.folder / "bin" / "aluvia-connect"
        program.parent.mkdir()
        program.symlink_to(os.path.realpath(find_program(None)))
        os.environ["ALUVIA_CONNECT_BINARY"] = str(program)
        self.addCleanup(self.expect_nothing_left, self.patience)

    def expect_nothing_left(self, within: float = 0.0, but: Optional[int] = None) -> None:
        """Fail if a process of this test runs after so many seconds, is a zombie, or has left a socket file.

        `but` is a process that may run on, or end meanwhile.
        """
        deadline = time.monotonic() + within
        for process in running(str(self.folder)):
            if process == but:
                continue
            with contextlib.suppress(ProcessLookupError), opened(process) as descriptor:
                ended, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
                if not ended:
                    arguments = pathlib.Path(f"/proc/{process}/cmdline").read_bytes()
                    self.fail(f"process {process} still runs: {arguments!r}")
        self.assertEqual(zombies(but), [])
        self.assertEqual([str(path) for path in self.folder.rglob("*.sock")], [])

    def kill_the_left(self) -> None:
        """Kill the processes that a failed test has left, and wait for their end: they may write into its directory."""
        for process in running(str(self.folder)):
            with contextlib.suppress(ProcessLookupError), opened(process) as descriptor:
                os.kill(process, signal.SIGKILL)
                select.select([descriptor], [], [], 30)

    def run_python(self, text: str, *arguments: str, **more: Any) -> "subprocess.Popen[str]":
        """Run a program of a user in another interpreter; stdout is a pipe."""
        words = [sys.executable, "-c", text, *arguments]
        popen = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, **more)
        self.addCleanup(end, popen)
        return popen


def end(popen: "subprocess.Popen[str]") -> None:
    """Kill the process if it runs, reap it and close its pipes."""
    popen.kill()
    with popen:
        pass


@contextlib.contextmanager
def opened(process: int) -> Any:
    """Open a process: its descriptor is readable when it has ended."""
    descriptor = os.pidfd_open(process)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def running(folder: str) -> list[int]:
    """Return the processes of the test with this folder, without this one and without zombies."""
    out = []
    mark = f"{MARK}={folder}".encode()
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        if int(path.name) == os.getpid():
            continue
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if folder.encode() in (path / "cmdline").read_bytes() or mark in variables(path):
                out.append(int(path.name))
    return out


def variables(path: pathlib.Path) -> list[bytes]:
    """Return the environment of a process, nothing if it belongs to another user or keeps it to itself."""
    try:
        return (path / "environ").read_bytes().split(b"\0")
    except PermissionError:
        return []


def zombies(but: Optional[int]) -> list[str]:
    """Return the children of this process, except one, that have ended and are not reaped."""
    out = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        if path.parent.name == str(but):
            continue
        with contextlib.suppress(OSError):
            text = path.read_text()
            state, parent = text.rpartition(")")[2].split()[:2]
            if state == "Z" and int(parent) == os.getpid():
                out.append(text)
    return out


def until(condition: Callable[[], Optional[Any]], what: str, within: float = 30.0) -> Any:
    """Return the first true value of the condition."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)  # between two looks at something that sends no event
    raise AssertionError(f"{what} did not happen within {within} s")


def words(process: int) -> list[str]:
    """Return the arguments of a process."""
    return pathlib.Path(f"/proc/{process}/cmdline").read_text().split("\0")


def proxies(test: Case) -> list[int]:
    """Return the proxies that run in this test."""
    return [one for one in running(str(test.folder)) if "--exit-with-parent" in words(one)]


def put(url: str, body: bytes) -> None:
    """Change the sandbox."""
    request = urllib.request.Request(url, body, {"content-type": "application/json"}, method="PUT")
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30).close()


def written(path: pathlib.Path, text: str) -> pathlib.Path:
    """Write an executable script."""
    path.write_text(text)
    path.chmod(0o755)
    return path
