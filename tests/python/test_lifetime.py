"""Tests that a proxy never outlives its interpreter, however this ends, and that Ctrl-C and os.fork() do not end it."""

import json
import os
import random
import signal
import subprocess
import time
from typing import Any, Optional

from harness import Case, Sandbox, SilentApi

SEED = 20261130
MOMENTS = 50
AT_ONCE = 10
# A start, some commands and a stop take a tenth of this time on an idle machine.
LONGEST = 1.0
WITHIN = 2.0  # seconds

START = """
import json, os, signal, sys
from aluvia_connect import AgentConnectClient
client = AgentConnectClient(**json.loads(sys.argv[1]))
session = client.start()
print(session.port, flush=True)
"""

LIFE = """
import asyncio, json, sys
from aluvia_connect import AgentConnectClient, AsyncAgentConnectClient
options = json.loads(sys.argv[1])

async def with_asyncio():
    while True:
        async with AsyncAgentConnectClient(**options) as session:
            await asyncio.gather(session.rotate(), session.explain("example.com"))

if len(sys.argv) > 2:
    asyncio.run(with_asyncio())
while True:
    with AgentConnectClient(**options) as session:
        session.rotate()
        session.explain("example.com")
"""


class LifetimeTest(Case):
    def setUp(self) -> None:
        super().setUp()
        self.sandbox = Sandbox(self)

    def run_user(self, text: str, *arguments: str, **more: Any) -> "subprocess.Popen[str]":
        return self.run_python(text, json.dumps(self.sandbox.options()), *arguments, **more)

    def expect_line(self, user: "subprocess.Popen[str]", expected: Optional[str] = None) -> str:
        assert user.stdout
        line = user.stdout.readline().strip()
        if expected is not None:
            self.assertEqual(line, expected)
        return line

    def test_the_end_of_the_interpreter_stops_the_proxy(self) -> None:
        for end in ("", "sys.exit(3)", "raise SystemExit", "1 / 0"):
            with self.subTest(end):
                user = self.run_user(START + end, stderr=subprocess.DEVNULL)
                self.assertTrue(self.expect_line(user))
                user.communicate()
                self.expect_nothing_left()  # the end of the interpreter waits for the proxy

    def test_an_end_without_clean_up_stops_the_proxy(self) -> None:
        for end in (
            "os._exit(0)",
            "os.abort()",
            *(f"os.kill(os.getpid(), {one})" for one in (9, 15)),
        ):
            with self.subTest(end):
                user = self.run_user(START + end)
                self.assertTrue(self.expect_line(user))
                user.communicate()
                self.expect_nothing_left(WITHIN)

    def test_kill_9_at_many_moments_leaves_nothing(self) -> None:
        chance = random.Random(SEED)
        for _ in range(MOMENTS // AT_ONCE):
            users = [self.run_user(LIFE, *["async"][: chance.randrange(2)]) for _ in range(AT_ONCE)]
            for user, moment in zip(users, sorted(chance.uniform(0, LONGEST) for _ in users)):
                began = time.monotonic()
                try:
                    user.wait(moment)
                except subprocess.TimeoutExpired:
                    user.kill()
                user.wait()
                self.assertEqual(
                    user.returncode, -signal.SIGKILL, f"ended by itself after {time.monotonic() - began}"
                )
            self.expect_nothing_left(WITHIN)

    def test_control_c_interrupts_the_program_and_the_proxy_stays_until_it_is_stopped(self) -> None:
        # A signal that comes just before a pause() would not end it; its byte stays in the pipe.
        text = """
import select
wakened, waker = os.pipe2(os.O_NONBLOCK)
signal.set_wakeup_fd(waker)
try:
    print("running", flush=True)
    select.select([wakened], [], [])
except KeyboardInterrupt:
    print(session.explain("example.com")["route"], flush=True)
client.stop()
print("stopped", flush=True)
"""
        # In a process group of its own, to which the terminal would send the signal.
        user = self.run_user(START + text, start_new_session=True)
        self.expect_line(user)
        self.expect_line(user, "running")
        os.killpg(user.pid, signal.SIGINT)
        self.expect_line(user, "direct")
        self.expect_line(user, "stopped")
        self.expect_nothing_left(but=user.pid)
        user.communicate()

    def test_control_c_during_a_start_leaves_nothing(self) -> None:
        text = START.replace("session = ", 'print("starting", flush=True)\nsession = ')
        user = self.run_user(text, start_new_session=True, stderr=subprocess.PIPE)
        self.expect_line(user, "starting")
        os.killpg(user.pid, signal.SIGINT)
        _, errors = user.communicate()
        self.assertRegex(errors, "KeyboardInterrupt")
        self.expect_nothing_left()

    def test_control_c_in_the_middle_of_a_start_neither_hangs_nor_leaves_anything(self) -> None:
        text = """
import threading
start = threading.Thread.start
def interrupted(thread):
    if {}:
        start(thread)
    raise KeyboardInterrupt
threading.Thread.start = interrupted
"""
        for has_started in (False, True):
            with self.subTest(has_started=has_started):
                user = self.run_user(text.format(has_started) + START, stderr=subprocess.PIPE)
                _, errors = user.communicate(timeout=60)
                self.assertRegex(errors, "KeyboardInterrupt")
                self.expect_nothing_left()

    def test_a_signal_handler_may_stop_a_start(self) -> None:
        text = START.replace(
            "session = ",
            """
signal.signal(signal.SIGTERM, lambda *_: client.stop())
print("starting", flush=True)
session = """,
        )
        api = SilentApi(self)
        user = self.run_python(text, json.dumps(api.options()), stderr=subprocess.PIPE)
        self.expect_line(user, "starting")
        api.wait_for_request()
        user.terminate()
        _, errors = user.communicate()
        self.assertRegex(errors, r"ProxyStartError: .*stop\(\) was called")
        self.expect_nothing_left()

    def test_a_fork_has_a_proxy_of_its_own_and_leaves_that_of_its_parent(self) -> None:
        text = """
if os.fork() == 0:
    session.stop()
    client.stop()
    own = client.start()
    print(own.port != session.port, flush=True)
    sys.exit()
os.wait()
print(session.explain("example.com")["route"], flush=True)
"""
        user = self.run_user(START + text)
        self.expect_line(user)
        self.expect_line(user, "True")
        self.expect_line(user, "direct")
        user.communicate()
        self.expect_nothing_left()

    def test_a_fork_that_lives_on_does_not_keep_the_proxy_of_a_killed_parent(self) -> None:
        text = """
child = os.fork()
if child == 0:
    signal.pause()
print(child, flush=True)
signal.pause()
"""
        user = self.run_user(START + text)
        self.expect_line(user)
        child = int(self.expect_line(user))
        user.kill()
        user.wait()
        try:
            self.expect_nothing_left(WITHIN, but=child)
        finally:
            os.kill(child, signal.SIGKILL)
