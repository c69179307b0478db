"""Tests the client without asyncio: start, changes, errors and stop."""

import concurrent.futures
import logging
import os
import pathlib
import signal
import stat
import sys
import threading
import urllib.request
from typing import Any

from aluvia_connect import (
    AgentConnectClient,
    AgentConnectError,
    AgentConnectSession,
    ApiError,
    InvalidUserTokenError,
    InvalidValueError,
    MissingUserTokenError,
    ProxyStartError,
    ProxyStoppedError,
    RequestRecord,
)

from harness import DIRECT, PROXIED, Case, Sandbox, SilentApi, proxies, put, running, until, words

MOST_STARTS = 5


def fetch(session: AgentConnectSession, url: str) -> str:
    """Return the route by which the sandbox's site got the request."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(session.requests_proxies()))
    with opener.open(url, timeout=30) as response:
        return str(response.headers["x-sandbox-via"])


def waits_for_the_start(thread: int) -> bool:
    """Return true once a thread waits for a result, and so shares the start that stop() is to end."""
    frame = sys._current_frames().get(thread)
    while frame and frame.f_code is not concurrent.futures.Future.result.__code__:
        frame = frame.f_back
    return frame is not None


class RequestTest(Case):
    """The callback for finished requests."""

    def test_each_request_is_told_with_the_fields_of_the_access_log(self) -> None:
        sandbox = Sandbox(self)
        told: list[RequestRecord] = []

        def tell(record: RequestRecord) -> None:
            told.append(record)
            raise ValueError

        client = AgentConnectClient(**sandbox.options(on_request=tell))
        with self.assertLogs("aluvia_connect", logging.ERROR) as log, client as session:
            fetch(session, sandbox.http(PROXIED))
            fetch(session, sandbox.http(DIRECT))
            until(lambda: len(told) == 2, "two records")
        self.assertEqual(set(told[0]), set(RequestRecord.__annotations__))
        self.assertEqual(
            [(one["host"], one["route"], one["status"]) for one in told],
            [(PROXIED, "gateway", 200), (DIRECT, "direct", 200)],
        )
        self.assertIn("on_request has failed", log.output[0])


class StartTest(Case):
    """Start and stop."""

    def test_a_session_has_host_port_and_url_and_routes_requests(self) -> None:
        sandbox = Sandbox(self)
        with AgentConnectClient(**sandbox.options()) as session:
            self.assertEqual(session.host, "127.0.0.1")
            self.assertEqual(session.url, f"http://127.0.0.1:{session.port}")
            self.assertEqual(fetch(session, sandbox.http(PROXIED)), "gateway")
            self.assertEqual(fetch(session, sandbox.http(DIRECT)), "direct")

    def test_the_token_is_in_no_argument_and_in_no_variable_of_the_program(self) -> None:
        sandbox = Sandbox(self)
        os.environ["ALUVIA_TOKEN"] = sandbox.token
        with AgentConnectClient(extra_args=sandbox.run_options):
            (process,) = (one for one in running(str(self.folder)) if "run" in words(one))
            seen = pathlib.Path(f"/proc/{process}/environ").read_bytes() + " ".join(words(process)).encode()
            self.assertNotIn(sandbox.token.encode(), seen)

    def test_start_may_be_repeated_and_starts_again_after_a_stop(self) -> None:
        sandbox = Sandbox(self)
        client = AgentConnectClient(**sandbox.options())
        first = client.start()
        self.assertEqual(client.start().port, first.port)
        first.stop()
        first.stop()
        second = client.start()
        self.assertEqual(fetch(second, sandbox.http(PROXIED)), "gateway")
        client.stop()
        client.stop()

    def test_a_start_and_a_stop_leave_no_descriptor_and_no_thread(self) -> None:
        client = AgentConnectClient(**Sandbox(self).options())
        before = (len(os.listdir("/proc/self/fd")), threading.active_count())
        for _ in range(3):
            client.start().explain(PROXIED)
            client.stop()
        until(lambda: threading.active_count() == before[1], "the end of the threads")
        self.assertEqual(len(os.listdir("/proc/self/fd")), before[0])

    def test_five_threads_that_start_at_once_share_one_proxy(self) -> None:
        sandbox = Sandbox(self)
        client = AgentConnectClient(**sandbox.options())
        barrier = threading.Barrier(MOST_STARTS)

        def start(_: int) -> int:
            barrier.wait()
            return client.start().port

        with concurrent.futures.ThreadPoolExecutor(MOST_STARTS) as threads:
            ports = set(threads.map(start, range(MOST_STARTS)))
        self.assertEqual(len(ports), 1)
        self.assertEqual(len(proxies(self)), 1)
        client.stop()

    def test_stop_ends_a_start_and_all_its_callers_get_the_error(self) -> None:
        api = SilentApi(self)
        client = AgentConnectClient(**api.options())
        callers: list[int] = []

        def start() -> None:
            callers.append(threading.get_ident())
            client.start()

        with concurrent.futures.ThreadPoolExecutor(2) as threads:
            starts = [threads.submit(start) for _ in range(2)]
            api.wait_for_request()
            until(
                lambda: len(callers) == 2 and all(map(waits_for_the_start, callers)),
                "the wait of both callers",
            )
            client.stop()
            self.expect_nothing_left()
            for start in starts:
                self.assertRaisesRegex(ProxyStartError, r"stop\(\) was called", start.result)

    def test_a_start_during_a_stop_gets_a_new_proxy_on_the_same_port(self) -> None:
        sandbox = Sandbox(self)
        first = AgentConnectClient(**sandbox.options()).start()
        first.stop()
        client = AgentConnectClient(**sandbox.options(local_port=first.port))
        client.start()
        with concurrent.futures.ThreadPoolExecutor(1) as threads:
            stop = threads.submit(client.stop)
            again = client.start()
            stop.result()
            until(lambda: len(proxies(self)) <= 1, "the end of the first proxy")
        self.assertEqual(again.port, first.port)
        client.stop()

    def test_a_program_that_ignores_sigterm_is_killed(self) -> None:
        program = self.folder / "program"
        script = """#!/bin/sh
        trap '' TERM
        echo '{"host":"127.0.0.1","port":1,"url":"http://127.0.0.1:1","pid":1}'
        while :; do read -r line || :; done
        """
        program.write_text(script)
        program.chmod(0o755)
        AgentConnectClient("token", binary=str(program), shutdown_grace=0).start().stop()
        self.expect_nothing_left()

    def test_a_start_that_hangs_is_given_up(self) -> None:
        api = SilentApi(self)
        with self.assertRaisesRegex(ProxyStartError, "not ready within 0.5 s"):
            AgentConnectClient(**api.options(start_timeout=0.5)).start()
        self.expect_nothing_left()


class ChangeTest(Case):
    """Questions and changes."""

    def setUp(self) -> None:
        super().setUp()
        self.sandbox = Sandbox(self)
        client = AgentConnectClient(**self.sandbox.options())
        self.session = client.start()
        self.addCleanup(client.stop)

    def test_explain_gives_route_and_rule(self) -> None:
        explained = self.session.explain(f"https://{PROXIED}/")
        self.assertEqual((explained["route"], explained["rule"]), ("gateway", "*.proxied.example"))
        self.assertEqual(self.session.explain(DIRECT)["route"], "direct")

    def test_a_change_is_in_force_when_it_returns(self) -> None:
        session, site = self.session, self.sandbox.http
        self.assertEqual(session.update_rules([DIRECT, f"-{PROXIED}"])["rules"], [DIRECT, f"-{PROXIED}"])
        self.assertEqual(fetch(session, site(DIRECT)), "gateway")
        self.assertEqual(fetch(session, site(PROXIED)), "direct")
        self.assertEqual(session.update_rules([])["rules"], [])
        self.assertEqual(session.update_rules([PROXIED], local=True)["local_rules"], [PROXIED])
        self.assertEqual(fetch(session, site(PROXIED)), "gateway")

    def test_session_and_geo_are_set_cleared_and_rotated(self) -> None:
        session = self.session
        self.assertEqual(session.update_session_id("mine42")["session_id"], "mine42")
        self.assertNotIn(session.rotate()["session_id"], ["mine42", None])
        self.assertIsNone(session.update_session_id(None)["session_id"])
        self.assertEqual(session.update_target_geo("us-ny")["target_geo"], "us-ny")
        self.assertIsNone(session.update_target_geo(None)["target_geo"])

    def test_a_report_is_counted(self) -> None:
        first = self.session.report_blocked(f"https://{PROXIED}/cart", 403, "a challenge")
        self.assertEqual((first["reports"], first["route"], first["host"]), (1, "gateway", PROXIED))
        self.assertEqual(self.session.report_blocked(PROXIED)["reports"], 2)
        self.assertEqual(self.session.report_blocked(DIRECT)["reports"], 1)
        self.assertRaises(InvalidValueError, self.session.report_blocked, DIRECT, 9999)

    def test_after_a_report_the_next_request_takes_the_gateway_where_auto_learns(self) -> None:
        put(f"{self.sandbox.api}/sandbox/user", b'{"rules":["AUTO"]}')
        with AgentConnectClient(**self.sandbox.options(auto="learn")) as session:
            self.assertEqual(fetch(session, self.sandbox.http(DIRECT)), "direct")
            self.assertEqual(session.report_blocked(self.sandbox.http(DIRECT), 403)["effect"], "learned")
            self.assertEqual(fetch(session, self.sandbox.http(DIRECT)), "gateway")

    def test_a_change_that_the_api_rejects_has_the_error_of_a_start(self) -> None:
        for status, kind in ((401, InvalidUserTokenError), (503, ApiError)):
            fault = f'{{"api":{{"kind":"status","status":{status}}},"gateway":null}}'
            put(f"{self.sandbox.api}/sandbox/faults", fault.encode())
            self.assertRaises(kind, self.session.rotate)

    def test_a_bad_value_is_named_and_changes_nothing(self) -> None:
        for wrong in (
            lambda: self.session.update_rules(["bad..rule"]),
            lambda: self.session.update_session_id("not/alphanumeric"),
            lambda: self.session.explain("http://"),
        ):
            self.assertRaises(ValueError, wrong)
        self.assertRaises(TypeError, self.session.update_rules, "example.com")
        self.assertEqual(self.session.explain(PROXIED)["configuration"], 1)

    def test_adapters_have_the_forms_that_clients_take(self) -> None:
        url = self.session.url
        self.assertEqual(self.session.playwright(), {"server": url})
        self.assertEqual(self.session.requests_proxies(), {"http": url, "https": url})
        self.assertEqual(self.session.httpx_proxy(), url)
        self.assertEqual(self.session.env()["HTTPS_PROXY"], url)
        self.assertIn(f"--proxy-server={url}", self.session.browser_args())
        self.assertIn("--disable-quic", self.session.browser_args())

    def test_a_command_fails_once_the_proxy_has_stopped(self) -> None:
        self.session.stop()
        self.assertRaises(ProxyStoppedError, self.session.rotate)


class CredentialsTest(Case):
    """Clients that must send user and password."""

    def test_adapters_carry_the_credentials_and_repr_does_not(self) -> None:
        sandbox = Sandbox(self)
        with AgentConnectClient(**sandbox.options(proxy_auth="agent:p@ss word")) as session:
            self.assertEqual(fetch(session, sandbox.http(PROXIED)), "gateway")
            self.assertEqual(
                session.playwright(), {"server": session.url, "username": "agent", "password": "p@ss word"}
            )
            self.assertEqual(session.env()["HTTP_PROXY"], session.httpx_proxy())
            self.assertNotIn("p@ss", repr(session))


class ErrorTest(Case):
    """Starts that fail."""

    def expect(self, kind: type[AgentConnectError], pattern: str, **options: Any) -> AgentConnectError:
        """Fail unless the start fails with one sentence, and leaves nothing."""
        with self.assertRaisesRegex(kind, pattern) as caught:
            AgentConnectClient(**options).start()
        self.assertIs(type(caught.exception), kind)
        self.assertEqual(len(str(caught.exception).splitlines()), 1)
        self.expect_nothing_left()
        return caught.exception

    def test_a_missing_token_is_an_error_at_once(self) -> None:
        for name in ("ALUVIA_TOKEN", "ALV_USER_TOKEN"):
            os.environ.pop(name, None)
        self.assertRaises(MissingUserTokenError, AgentConnectClient)
        self.assertRaises(MissingUserTokenError, AgentConnectClient, "")
        os.environ["ALV_USER_TOKEN"] = "token"
        AgentConnectClient()

    def test_the_api_decides_the_error(self) -> None:
        sandbox = Sandbox(self)
        self.expect(InvalidUserTokenError, "token", **sandbox.options(token="wrong"))
        put(f"{sandbox.api}/sandbox/faults", b'{"api":{"kind":"status","status":503},"gateway":null}')
        error = self.expect(ApiError, "503", **sandbox.options())
        self.assertEqual(getattr(error, "status_code", None), 503)

    def test_an_api_that_is_down_is_an_api_error_without_status(self) -> None:
        error = self.expect(ApiError, "127.0.0.1", token="token", api_base_url="http://127.0.0.1:9")
        self.assertIsNone(error.status_code)  # type: ignore[attr-defined]

    def test_a_port_in_use(self) -> None:
        sandbox = Sandbox(self)
        port = int(sandbox.api.rsplit(":", 1)[1])
        self.expect(ProxyStartError, f"{port}.* in use", **sandbox.options(local_port=port))

    def test_a_bad_option_is_named(self) -> None:
        self.expect(InvalidValueError, "--port", token="token", local_port=70000)
        self.assertRaisesRegex(
            TypeError, "rules is a list", AgentConnectClient, "token", rules="*.example.com"
        )
        self.assertRaisesRegex(TypeError, "budgets is a list", AgentConnectClient, "token", budgets="5GB/day")
        self.expect(InvalidValueError, "5 potatoes/day", token="token", budgets=["5 potatoes/day"])
        self.expect(InvalidValueError, "--no-such-option", token="token", extra_args=["--no-such-option"])

    def test_a_missing_program(self) -> None:
        self.expect(ProxyStartError, "no such file", token="token", binary=str(self.folder / "none"))

    def program(self, content: bytes, mode: int = 0o755) -> dict[str, Any]:
        path = self.folder / "program"
        path.write_bytes(content)
        path.chmod(mode)
        return {"token": "token", "binary": str(path)}

    def test_a_program_without_its_run_bit(self) -> None:
        self.expect(ProxyStartError, "may not be executed", **self.program(b"", stat.S_IRUSR))

    def test_a_program_for_another_processor(self) -> None:
        foreign = bytearray(pathlib.Path(os.environ["ALUVIA_CONNECT"]).read_bytes()[:4096])
        foreign[18:20] = b"\xf3\x00"  # e_machine: RISC-V
        self.expect(ProxyStartError, "not a program for Linux", **self.program(bytes(foreign)))

    def test_a_program_whose_dynamic_loader_is_missing(self) -> None:
        program = pathlib.Path(os.environ["ALUVIA_CONNECT"]).read_bytes()
        loader = (
            b"/lib64/ld-linux-x86-64.so.2\0"
            if b"ld-linux-x86-64" in program
            else b"/lib/ld-linux-aarch64.so.1\0"
        )
        other = b"/lib/no-such-loader\0".ljust(len(loader), b"\0")
        self.expect(ProxyStartError, "glibc 2.36", **self.program(program.replace(loader, other, 1)))

    def test_the_last_line_of_the_program_and_its_exit_status_decide_the_error(self) -> None:
        for exit_status, name, kind in (
            (64, "MissingUserTokenError", MissingUserTokenError),
            (64, "InvalidOptionError", InvalidValueError),
            (69, "ApiError", ApiError),
            (76, "ApiError", ApiError),
            (73, "ProxyStartError", ProxyStartError),
            (70, "InternalError", ProxyStartError),
            (77, "InvalidUserTokenError", InvalidUserTokenError),
        ):
            for fields in (
                f'"error":"{name}","status":418,"exit":{exit_status},',
                "",
            ):  # and without the fields
                if not fields and kind is MissingUserTokenError:
                    continue  # its exit status is that of all bad options
                line = f'{{"level":"error",{fields}"message":"the reason"}}'
                program = self.program(f"#!/bin/sh\necho '{line}' >&2\nexit {exit_status}\n".encode())
                error = self.expect(kind, "^the reason$", **program)
                if isinstance(error, ApiError):
                    self.assertEqual(error.status_code, 418 if fields else None)

    def test_what_the_dynamic_loader_says_is_the_reason(self) -> None:
        said = b"#!/bin/sh\necho \"version 'GLIBC_2.36' not found\" >&2\nexit 1\n"
        self.expect(ProxyStartError, "GLIBC_2.36", **self.program(said))


class LogTest(Case):
    """The log of the program."""

    def test_lines_reach_the_logger_with_level_and_fields(self) -> None:
        with (
            self.assertLogs("aluvia_connect", logging.DEBUG) as logs,
            AgentConnectClient(**Sandbox(self).options(log_level="debug")),
        ):
            until(lambda: any("listening on" in line for line in logs.output), "the line about the start")
        self.assertLessEqual({record.levelname for record in logs.records}, {"DEBUG", "INFO"})
        self.assertEqual(logs.records[0].aluvia["level"], logs.records[0].levelname.lower())  # type: ignore[attr-defined]

    def test_a_flood_of_lines_stalls_nothing(self) -> None:
        program = self.folder / "program"
        flood = '{"level":"info","message":"' + "x" * 1000 + '"}'
        program.write_text(
            f"""#!/bin/sh
            i=0; while [ $i -lt 2000 ]; do echo '{flood}' >&2; i=$((i + 1)); done
            echo '{{"host":"127.0.0.1","port":1,"url":"http://127.0.0.1:1","pid":1}}'
            read -r line
            """
        )
        program.chmod(0o755)
        AgentConnectClient("token", binary=str(program)).start().stop()

    def test_the_end_of_the_proxy_by_itself_is_an_error_line_and_start_replaces_it(self) -> None:
        sandbox = Sandbox(self)
        client = AgentConnectClient(**sandbox.options())
        with self.assertLogs("aluvia_connect", logging.ERROR) as logs:
            client.start()
            (process,) = proxies(self)
            os.kill(process, signal.SIGKILL)
            until(lambda: logs.output, "the error line")
        self.assertIn("ended by itself with status -9", logs.output[0])
        for socket_file in self.folder.rglob("*.sock"):
            socket_file.unlink()  # nothing removes the file of a killed program
        self.assertEqual(fetch(client.start(), sandbox.http(PROXIED)), "gateway")
        client.stop()
