"""Tests the client for asyncio: shared starts, and cancellation at each step."""

import asyncio
import random
import socket
import unittest
from typing import Any

from aluvia_connect import (
    AsyncAgentConnectClient,
    AsyncAgentConnectSession,
    InvalidUserTokenError,
    InvalidValueError,
    ProxyStartError,
    ProxyStoppedError,
    RequestRecord,
)

from harness import DIRECT, PROXIED, Case, Sandbox, SilentApi, proxies, put, running, until, words

SEED = 20261130
MOMENTS = 30
LONGEST = 0.05  # seconds; a start on an idle machine takes half of that


class AsyncCase(Case, unittest.IsolatedAsyncioTestCase):
    """A test whose methods are coroutines."""

    async def expect_canceled(self, task: "asyncio.Task[Any]") -> None:
        """Cancel the task, and fail if it does not end so, or a program of it is left."""
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.expect_nothing_left()


class StartTest(AsyncCase):
    """Start and stop."""

    async def test_a_session_answers_and_stops_at_the_end_of_its_block(self) -> None:
        sandbox = Sandbox(self)
        async with AsyncAgentConnectClient(**sandbox.options()) as session:
            self.assertEqual((await session.explain(PROXIED))["route"], "gateway")
            self.assertEqual((await session.update_rules([DIRECT], local=True))["local_rules"], [DIRECT])
            self.assertEqual((await session.update_rules([DIRECT]))["rules"], [DIRECT])
            self.assertEqual((await session.update_session_id("mine42"))["session_id"], "mine42")
            self.assertNotEqual((await session.rotate())["session_id"], "mine42")
            self.assertEqual((await session.update_target_geo("de"))["target_geo"], "de")
            self.assertEqual((await session.env())["HTTP_PROXY"], session.httpx_proxy())
            self.assertIn(f"--proxy-server={session.url}", await session.browser_args())
            self.assertEqual((await session.usage(by="route", since="1h"))["by"], "route")
            self.assertEqual((await session.report_blocked(PROXIED, 403))["reports"], 1)
            with self.assertRaises(InvalidValueError):
                await session.update_rules(["bad..rule"])
        self.expect_nothing_left()
        with self.assertRaises(ProxyStoppedError):
            await session.rotate()

    async def test_each_request_is_told_on_the_event_loop(self) -> None:
        sandbox = Sandbox(self)
        loop = asyncio.get_running_loop()
        told: asyncio.Queue[RequestRecord] = asyncio.Queue()

        def tell(record: RequestRecord) -> None:
            self.assertIs(asyncio.get_running_loop(), loop)
            told.put_nowait(record)

        client = AsyncAgentConnectClient(**sandbox.options(on_request=tell))
        async with client as session:
            reader, writer = await asyncio.open_connection(session.host, session.port)
            url = sandbox.http(PROXIED)
            host = f"{PROXIED}:{sandbox.origin_port}"
            writer.write(f"GET {url} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            await reader.read()
            writer.close()
            record = await asyncio.wait_for(told.get(), 30)
        self.assertEqual((record["host"], record["route"], record["status"]), (PROXIED, "gateway", 200))

    async def test_five_tasks_that_start_at_once_share_one_proxy(self) -> None:
        client = AsyncAgentConnectClient(**Sandbox(self).options())
        sessions = await asyncio.gather(*(client.start() for _ in range(5)))
        self.assertEqual(len({session.port for session in sessions}), 1)
        self.assertEqual(len(proxies(self)), 1)
        await asyncio.gather(*(session.stop() for session in sessions), client.stop())

    async def test_a_rejected_token_leaves_nothing(self) -> None:
        with self.assertRaises(InvalidUserTokenError):
            async with AsyncAgentConnectClient(**Sandbox(self).options(token="wrong")):
                self.fail("the block ran")
        self.expect_nothing_left()

    async def test_stop_ends_a_start(self) -> None:
        api = SilentApi(self)
        client = AsyncAgentConnectClient(**api.options())
        start = asyncio.ensure_future(client.start())
        await asyncio.to_thread(api.wait_for_request)
        await client.stop()
        self.expect_nothing_left()
        with self.assertRaises(ProxyStartError):
            await start


class CancellationTest(AsyncCase):
    """Cancellation, which may come at each await."""

    async def test_a_start_canceled_at_once(self) -> None:
        start = asyncio.ensure_future(AsyncAgentConnectClient(**SilentApi(self).options()).start())
        await asyncio.sleep(0)
        await self.expect_canceled(start)

    async def test_a_start_canceled_in_the_middle(self) -> None:
        api = SilentApi(self)
        start = asyncio.ensure_future(AsyncAgentConnectClient(**api.options()).start())
        await asyncio.to_thread(api.wait_for_request)
        await self.expect_canceled(start)

    async def test_a_start_canceled_when_the_proxy_is_ready_and_its_task_does_not_know(self) -> None:
        client = AsyncAgentConnectClient(**Sandbox(self).options())
        start = asyncio.ensure_future(client.start())
        await asyncio.sleep(0)
        assert client._process
        client._process.ready.result(30)  # blocks the loop, which would tell the task
        await self.expect_canceled(start)

    async def test_a_start_canceled_at_many_moments(self) -> None:
        sandbox = Sandbox(self)
        chance = random.Random(SEED)
        for _ in range(MOMENTS):
            start = asyncio.ensure_future(AsyncAgentConnectClient(**sandbox.options()).start())
            await asyncio.wait([start], timeout=chance.uniform(0, LONGEST))
            if start.done():
                await start.result().stop()
            else:
                await self.expect_canceled(start)

    async def test_a_start_that_takes_longer_than_its_caller_waits(self) -> None:
        with self.assertRaises(asyncio.TimeoutError):
            await asyncio.wait_for(AsyncAgentConnectClient(**SilentApi(self).options()).start(), 0.3)
        self.expect_nothing_left()

    async def test_one_canceled_caller_leaves_the_others_their_start(self) -> None:
        client = AsyncAgentConnectClient(**Sandbox(self).options())
        first, second = (asyncio.ensure_future(client.start()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        session = await second
        self.assertTrue(first.cancelled())
        self.assertEqual((await session.explain(PROXIED))["route"], "gateway")
        await client.stop()

    async def test_a_stop_that_is_canceled_goes_on_by_itself(self) -> None:
        sandbox = Sandbox(self)
        client = AsyncAgentConnectClient(**sandbox.options(shutdown_grace=0.5))
        session = await client.start()
        with tunnel(
            session, f"{DIRECT}:{sandbox.origin_port}"
        ):  # an open tunnel makes a stop take its grace time
            stop = asyncio.ensure_future(client.stop())
            await asyncio.sleep(0)
            stop.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await stop
            self.expect_nothing_left(within=5)

    async def test_a_canceled_command_ends_and_the_proxy_stays(self) -> None:
        sandbox = Sandbox(self)
        async with AsyncAgentConnectClient(**sandbox.options()) as session:
            put(f"{sandbox.api}/sandbox/faults", b'{"api":{"kind":"hang"},"gateway":null}')
            rotate = asyncio.ensure_future(session.rotate())
            (command,) = await asyncio.to_thread(until, lambda: commands(self), "the command")
            rotate.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await rotate
            await asyncio.to_thread(until, lambda: command not in running(str(self.folder)), "its end")
            self.assertEqual((await session.explain(PROXIED))["route"], "gateway")

    async def test_the_loop_runs_while_a_start_waits(self) -> None:
        api = SilentApi(self)
        start = asyncio.ensure_future(AsyncAgentConnectClient(**api.options()).start())
        for _ in range(1000):
            await asyncio.sleep(0)
        self.assertFalse(start.done())
        await self.expect_canceled(start)


def commands(test: Case) -> list[int]:
    """Return the commands that run about the proxy of this test."""
    return [one for one in running(str(test.folder)) if words(one)[1:2] == ["rotate"]]


def tunnel(session: AsyncAgentConnectSession, authority: str) -> socket.socket:
    """Open a tunnel through the proxy."""
    out = socket.create_connection((session.host, session.port), timeout=30)
    out.sendall(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
    if not out.recv(4096).startswith(b"HTTP/1.1 200"):
        raise AssertionError("no tunnel")
    return out
