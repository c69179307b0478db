"""The client for programs without asyncio."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Optional, cast

from . import answers
from .answers import BlockReport, Configuration, Explanation, Usage
from .base import BaseClient
from .command import Command
from .endpoint import Endpoint
from .process import Process
from .selenium import BrowserOptions, add_arguments


class AgentConnectSession(Endpoint):
    """A running proxy. `AgentConnectClient.start()` makes it."""

    def __init__(self, process: Process, proxy_auth: Optional[str]) -> None:
        super().__init__(process.ready.result(), proxy_auth)
        self._process = process

    def stop(self) -> None:
        """Stop the proxy; open connections get the grace time. Harmless if it has stopped."""
        self._process.stop()

    def explain(self, url: str) -> Explanation:
        """Return the route that a request for the URL or host takes now, and the rule that decides it."""
        return cast("Explanation", self._ask(answers.explain(url)))

    def usage(self, by: Optional[str] = None, since: Optional[str] = None) -> Usage:
        """Return the traffic by `host`, `rule`, `route` or `day`, since a time such as `24h`."""
        return cast("Usage", self._ask(answers.usage(by, since)))

    def update_rules(self, rules: Sequence[str], *, local: bool = False) -> Configuration:
        """Replace the rules of the account, or with `local` those of this proxy only."""
        return cast("Configuration", self._ask(answers.update_rules(rules, local=local)))

    def update_target_geo(self, geo: Optional[str]) -> Configuration:
        """Change where gateway traffic comes out; None for anywhere."""
        return cast("Configuration", self._ask(answers.update_target_geo(geo)))

    def update_session_id(self, session_id: Optional[str]) -> Configuration:
        """Begin the gateway session with this id; None takes the id away."""
        return cast("Configuration", self._ask(answers.update_session_id(session_id)))

    def rotate(self) -> Configuration:
        """Begin a new gateway session, and so get a new exit address."""
        return cast("Configuration", self._ask(["rotate"]))

    def report_blocked(
        self, url: str, status: Optional[int] = None, reason: Optional[str] = None
    ) -> BlockReport:
        """Report that the site has blocked a request; the proxy logs and counts it."""
        return cast("BlockReport", self._ask(answers.report_blocked(url, status, reason)))

    def env(self) -> dict[str, str]:
        """Return the proxy variables for another program, with the credentials of `proxy_auth`."""
        return cast("dict[str, str]", self._ask(["env"]))

    def browser_args(self) -> list[str]:
        """Return arguments for a Chromium that you start yourself."""
        return cast("list[str]", self._ask(["browser-args"]))

    def selenium_options(self, options: Optional[BrowserOptions] = None) -> Any:
        """Add the browser arguments to Selenium's options, those of Chrome by default, and return these."""
        return add_arguments(options, self.browser_args())

    def _ask(self, words: Sequence[str]) -> Any:
        return Command(self._process, self.port, words).run()


class AgentConnectClient(BaseClient):
    """Runs one local proxy. Thread-safe; `start()` and `stop()` may be repeated.

    As a context manager it starts the proxy and stops it at the end::

        with AgentConnectClient(token) as session:
            browser = playwright.chromium.launch(proxy=session.playwright())
    """

    def start(self) -> AgentConnectSession:
        """Start the proxy and wait until it is ready; calls at the same time share one start.

        Raises InvalidUserTokenError, ApiError, ProxyStartError or InvalidValueError; then nothing runs on.
        """
        process = self._begin()
        try:
            process.ready.result()
        except BaseException:  # KeyboardInterrupt: this caller no longer waits
            if process.leave(has_session=False):
                process.stop()
            raise
        process.leave(has_session=True)
        return AgentConnectSession(process, self._options.proxy_auth)

    def stop(self) -> None:
        """Stop the proxy, also one that is starting. Harmless if none runs."""
        process = self._current()
        if process:
            process.stop()

    def __enter__(self) -> AgentConnectSession:
        return self.start()

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop()
