"""Runs one `aluvia-connect run` from its start to its end."""

import atexit
import json
import logging
import os
import subprocess
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, Callable, NamedTuple, Optional

from .errors import AgentConnectError, ProxyStartError, start_error
from .options import Options, plain_environment
from .pipes import read_pipes
from .program import explain_os_error, find_program

_log = logging.getLogger("aluvia_connect")
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}

# Events of the access log, whose lines come on stderr, too, and have no message.
_REQUESTS = ("request", "tunnel")

# The program escapes and limits its lines; a longer one is not its own.
_LONGEST_LINE = 64 * 1024
# The program ends its last connections within the grace time; it gets this much more before SIGKILL.
_KILL_AFTER = 2.0
_STOPPED = "cannot start a proxy: stop() was called before it was ready"


class Ready(NamedTuple):
    """Fields of the line that the program prints when it listens."""

    host: str
    port: int
    url: str


class Process:
    """The process of a proxy, and the thread that reads its output until it ends and then reaps it.

    The thread is the only reader of both pipes, so that a full pipe never stalls the program. All methods may
    be called from any thread. A process that os.fork() makes of this one has no part in the proxy.
    """

    def __init__(self, options: Options, previous: Optional["Process"] = None) -> None:
        self.program = find_program(options.binary)
        self.environment = plain_environment()
        """For commands about this proxy: they look for its socket where it was when the proxy started."""
        self.ready: Future[Ready] = Future()
        """The line that the program prints when it listens, or the error of the start."""
        self.ended: Future[int] = Future()
        """The exit status, once the process is reaped."""
        # Running futures cannot be canceled: one canceled waiter leaves the others waiting.
        self.ready.set_running_or_notify_cancel()
        self.ended.set_running_or_notify_cancel()
        self._options = options
        self._previous = previous
        self._owner = os.getpid()
        self._lock = threading.RLock()  # a signal handler may call stop() inside of another call
        self._popen: Optional[subprocess.Popen[bytes]] = None
        self._stopping = False
        self._given_up = False
        self._has_ended = False
        self._waiters = 0
        self._has_session = False
        self._limit = time.monotonic() + options.start_timeout
        self._last_line = ""
        self._report: dict[str, Any] = {}

    def launch(self) -> None:
        """Start the thread, which starts the program. `ready` has the result."""
        try:
            atexit.register(self.stop)
            threading.Thread(target=self._run, name="aluvia-connect", daemon=True).start()
        except RuntimeError as error:  # no thread left, or the interpreter is shutting down
            self._end(-1, ProxyStartError(f"cannot start a proxy: {error}"))
        except BaseException:  # KeyboardInterrupt: the thread may run or not
            self.terminate()
            if not self._popen:  # and there will be none
                self._end(-1, ProxyStartError(_STOPPED))
            raise

    def join(self) -> None:
        """Count one more caller that waits for `ready`."""
        with self._lock:
            self._waiters += 1

    def leave(self, *, has_session: bool) -> bool:
        """Count one caller less; true if no caller is left and none has a session to stop the proxy."""
        with self._lock:
            self._waiters -= 1
            self._has_session |= has_session
            return self._waiters == 0 and not self._has_session

    @property
    def is_owned(self) -> bool:
        """True in the process that started the proxy, false in one that os.fork() made of it."""
        return self._owner == os.getpid()

    @property
    def is_stopping(self) -> bool:
        """True from the request to stop, or from the end of the program."""
        return self._stopping or self.ended.done()

    def terminate(self) -> None:
        """Ask the program to stop, once, because a second signal would end it at once."""
        with self._lock:
            if not self._stopping and self._popen:
                self._popen.terminate()
            self._stopping = True

    def kill(self) -> None:
        """End the program at once."""
        with self._lock:
            if self._popen:
                self._popen.kill()

    @property
    def patience(self) -> float:
        """Seconds that a stop may take before SIGKILL."""
        return self._options.shutdown_grace + _KILL_AFTER

    def stop(self) -> None:
        """Stop the program and wait until it is reaped; SIGKILL ends one that hangs."""
        if not self.is_owned:
            return
        self.terminate()
        try:
            self.ended.result(self.patience)
        except FutureTimeoutError:
            self.kill()
            self.ended.result()

    def _run(self) -> None:
        status = -1
        try:
            if self._previous:
                self._previous.stop()  # it may hold the same port
                self._previous = None
            with self._spawn() as popen:
                self._read(popen)
                status = popen.wait()
            error = self._error(status)
        except AgentConnectError as failure:
            error = failure
        except Exception as failure:  # the waiters need to know, whatever it is
            error = ProxyStartError(f"cannot run {self.program}: {failure}")
        self._end(status, error)

    def _error(self, status: int) -> AgentConnectError:
        if self._stopping:
            return ProxyStartError(_STOPPED)
        if self._given_up:
            return ProxyStartError(
                f"cannot start a proxy: it was not ready within {self._options.start_timeout:g} s"
            )
        if self.ready.done():
            _log.error("the proxy has ended by itself with status %d: %s", status, self._last_line)
        return start_error(status, self._report, self._last_line)

    def _spawn(self) -> subprocess.Popen[bytes]:
        reader, writer = os.pipe()
        try:
            # A token fits into the pipe's buffer (find_token), so this does not wait for the reader.
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(self._options.token.encode())
            with self._lock:
                if self._stopping:
                    raise ProxyStartError(_STOPPED)
                self._popen = self._popen_program(reader)
                return self._popen
        except OSError as error:
            raise explain_os_error(self.program, error) from None
        finally:
            os.close(reader)

    def _popen_program(self, token: int) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C in the terminal is for the Python program, which stops the proxy when
        # it no longer needs it. The pipe on stdin ends with this process, however it ends.
        return subprocess.Popen(
            [self.program, *self._options.arguments(token)],
            env=self._options.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(token,),
            start_new_session=True,
        )

    def _read(self, popen: subprocess.Popen[bytes]) -> None:
        """Read stdout and stderr until both end, which a start beyond its time limit is made to do."""
        lines = (_Lines(self._take_ready), _Lines(self._take_log))
        for event in read_pipes((popen.stdout, popen.stderr), self._start_time_left):
            if event is None:
                self._give_up(popen)
            else:
                index, chunk = event
                lines[index].feed(chunk)

    def _start_time_left(self) -> Optional[float]:
        return None if self.ready.done() else self._limit - time.monotonic()

    def _give_up(self, popen: subprocess.Popen[bytes]) -> None:
        if self._given_up:  # SIGTERM was of no use
            popen.kill()
        else:
            popen.terminate()
        self._given_up = True
        self._limit += self.patience

    def _take_ready(self, line: str) -> None:
        if self.ready.done():
            return
        try:
            fields = json.loads(line)
            self.ready.set_result(Ready(str(fields["host"]), int(fields["port"]), str(fields["url"])))
        except (ValueError, KeyError, TypeError):
            self._last_line = f"unexpected line on stdout: {line}"

    def _take_log(self, line: str) -> None:
        try:
            fields = json.loads(line)
            if "message" not in fields and fields["event"] in _REQUESTS:
                self._tell_request(fields)
                return
            level, message = fields["level"], fields["message"]
        except (ValueError, KeyError, TypeError):  # the dynamic loader, an abort: not the program's log
            self._last_line = line
            _log.error("%s", line)
            return
        self._last_line = message
        if level == "error":
            self._report = fields
        _log.log(_LEVELS.get(level, logging.INFO), "%s", message, extra={"aluvia": fields})

    def _tell_request(self, record: Any) -> None:
        try:
            if self._options.on_request:
                self._options.on_request(record)
        except Exception:
            _log.exception("on_request has failed")

    def _end(self, status: int, error: AgentConnectError) -> None:
        with self._lock:
            if self._has_ended:
                return
            self._has_ended = True
        atexit.unregister(self.stop)
        if not self.ready.done():
            self.ready.set_exception(error)
        self.ended.set_result(status)


class _Lines:
    """Makes lines of the bytes of a pipe."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        """Take what was read; no bytes are the end of the pipe."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > _LONGEST_LINE or not chunk:
            lines.append(self._rest)
            self._rest = b""
        for line in filter(None, lines):
            self._take(line.decode("utf-8", "replace"))
