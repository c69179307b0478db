"""Runs one command of the program about a running proxy, and reads its JSON answer."""

import json
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import Any, Optional

from .errors import AgentConnectError, ProxyStoppedError, command_error
from .pipes import read_pipes
from .process import Process
from .program import explain_os_error

# A change waits for the API, which the program asks several times if others change the same account.
_TIME_LIMIT = 60.0
# 100,000 rules of 100 bytes.
_MOST_BYTES = 16 * 1024 * 1024


class Command:
    """One command, limited in time and output. `run()` blocks; `kill()` ends it from another thread."""

    def __init__(self, process: Process, port: int, words: Sequence[str]) -> None:
        self._process = process
        self._arguments = [process.program, words[0], f"--port={port}", "--json", *words[1:]]
        self._lock = threading.Lock()
        self._popen: Optional[subprocess.Popen[bytes]] = None
        self._killed = False

    def run(self) -> Any:
        """Return the answer, or raise the error in it."""
        if self._process.ended.done():
            msg = "the proxy is not running; start() it again"
            raise ProxyStoppedError(msg)
        with self._start() as popen:
            try:
                stdout, stderr = self._read(popen)
            except BaseException:  # KeyboardInterrupt too
                popen.kill()
                raise
        try:
            answer = json.loads(stdout)
        except ValueError:
            answer = {}
        if popen.returncode != 0:
            raise command_error(popen.returncode, answer, stderr.decode("utf-8", "replace").strip())
        return answer

    def kill(self) -> None:
        """End the command, also one that has not begun."""
        with self._lock:
            self._killed = True
            if self._popen:
                self._popen.kill()

    def _start(self) -> "subprocess.Popen[bytes]":
        try:
            with self._lock:
                if self._killed:
                    msg = "the command was canceled"
                    raise AgentConnectError(msg)
                self._popen = subprocess.Popen(
                    self._arguments,
                    env=self._process.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
                return self._popen
        except OSError as error:
            raise explain_os_error(self._process.program, error) from None

    def _read(self, popen: "subprocess.Popen[bytes]") -> list[bytes]:
        """Return stdout and stderr."""
        out = [b"", b""]
        limit = time.monotonic() + _TIME_LIMIT
        for event in read_pipes((popen.stdout, popen.stderr), lambda: limit - time.monotonic()):
            if event is None or len(out[0]) + len(out[1]) > _MOST_BYTES:
                msg = f"the command did not end within {_TIME_LIMIT:g} s, or printed too much"
                raise AgentConnectError(msg)
            index, chunk = event
            out[index] += chunk
        return out
