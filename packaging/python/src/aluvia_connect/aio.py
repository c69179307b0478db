"""The client for asyncio. The event loop never waits for the program: a thread does."""

import asyncio
import contextlib
import dataclasses
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Optional, cast

from . import answers
from .answers import BlockReport, Configuration, Explanation, Usage
from .base import BaseClient
from .command import Command
from .endpoint import Endpoint
from .options import Options
from .process import Process
from .record import RequestRecord
from .selenium import BrowserOptions, add_arguments


class AsyncAgentConnectSession(Endpoint):
    """A running proxy. `AsyncAgentConnectClient.start()` makes it."""

    def __init__(self, process: Process, proxy_auth: Optional[str]) -> None:
        super().__init__(process.ready.result(), proxy_auth)
        self._process = process

    async def stop(self) -> None:
        """Stop the proxy; open connections get the grace time. Harmless if it has stopped."""
        await _stop(self._process)

    async def explain(self, url: str) -> Explanation:
        """Return the route that a request for the URL or host takes now, and the rule that decides it."""
        return cast("Explanation", await self._ask(answers.explain(url)))

    async def usage(self, by: Optional[str] = None, since: Optional[str] = None) -> Usage:
        """Return the traffic by `host`, `rule`, `route` or `day`, since a time such as `24h`."""
        return cast("Usage", await self._ask(answers.usage(by, since)))

    async def update_rules(self, rules: Sequence[str], *, local: bool = False) -> Configuration:
        """Replace the rules of the account, or with `local` those of this proxy only."""
        return cast("Configuration", await self._ask(answers.update_rules(rules, local=local)))

    async def update_target_geo(self, geo: Optional[str]) -> Configuration:
        """Change where gateway traffic comes out; None for anywhere."""
        return cast("Configuration", await self._ask(answers.update_target_geo(geo)))

    async def update_session_id(self, session_id: Optional[str]) -> Configuration:
        """Begin the gateway session with this id; None takes the id away."""
        return cast("Configuration", await self._ask(answers.update_session_id(session_id)))

    async def rotate(self) -> Configuration:
        """Begin a new gateway session, and so get a new exit address."""
        return cast("Configuration", await self._ask(["rotate"]))

    async def report_blocked(
        self, url: str, status: Optional[int] = None, reason: Optional[str] = None
    ) -> BlockReport:
        """Report that the site has blocked a request; the proxy logs and counts it."""
        return cast("BlockReport", await self._ask(answers.report_blocked(url, status, reason)))

    async def env(self) -> dict[str, str]:
        """Return the proxy variables for another program, with the credentials of `proxy_auth`."""
        return cast("dict[str, str]", await self._ask(["env"]))

    async def browser_args(self) -> list[str]:
        """Return arguments for a Chromium that you start yourself."""
        return cast("list[str]", await self._ask(["browser-args"]))

    async def selenium_options(self, options: Optional[BrowserOptions] = None) -> Any:
        """Add the browser arguments to Selenium's options, those of Chrome by default, and return these."""
        return add_arguments(options, await self.browser_args())

    async def _ask(self, words: Sequence[str]) -> Any:
        command = Command(self._process, self.port, words)
        try:
            return await asyncio.to_thread(command.run)
        except asyncio.CancelledError:
            command.kill()
            raise


class AsyncAgentConnectClient(BaseClient):
    """Runs one local proxy. `start()` and `stop()` may be repeated, and called by several tasks.

    As a context manager it starts the proxy and stops it at the end::

        async with AsyncAgentConnectClient(token) as session:
            browser = await playwright.chromium.launch(proxy=session.playwright())
    """

    async def start(self) -> AsyncAgentConnectSession:
        """Start the proxy and wait until it is ready; calls at the same time share one start.

        Raises InvalidUserTokenError, ApiError, ProxyStartError or InvalidValueError; then nothing runs on.
        A start whose last task is canceled ends before the cancellation goes on.
        """
        process = self._begin()
        try:
            await asyncio.wrap_future(process.ready)
        except BaseException:
            if process.leave(has_session=False):
                await _stop(process)
            raise
        process.leave(has_session=True)
        return AsyncAgentConnectSession(process, self._options.proxy_auth)

    def _process_options(self) -> Options:
        """Return the options with an `on_request` that the thread of the process may call."""
        on_request = self._options.on_request
        if not on_request:
            return self._options
        loop = asyncio.get_running_loop()

        def tell(record: RequestRecord) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(on_request, record)

        return dataclasses.replace(self._options, on_request=tell)

    async def stop(self) -> None:
        """Stop the proxy, also one that is starting. Harmless if none runs.

        The proxy ends by itself, within the grace time, if the task is canceled meanwhile.
        """
        process = self._current()
        if process:
            await _stop(process)

    async def __aenter__(self) -> AsyncAgentConnectSession:
        return await self.start()

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        await self.stop()


async def _stop(process: Process) -> None:
    if not process.is_owned:
        return
    process.terminate()
    try:
        await asyncio.wait_for(asyncio.wrap_future(process.ended), process.patience)
    except asyncio.TimeoutError:
        process.kill()
        await asyncio.wrap_future(process.ended)
