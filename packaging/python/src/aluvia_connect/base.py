"""The options that both clients take, and the process that each of them owns."""

import threading
from collections.abc import Sequence
from typing import Callable, Literal, Optional

from .options import Options, as_list, find_token
from .process import Process
from .record import RequestRecord

GatewayProtocol = Literal["http", "https"]
AutoMode = Literal["off", "suggest", "learn"]
LogLevel = Literal["silent", "error", "warn", "info", "debug"]


class BaseClient:
    """Options, and the process of the one proxy that a client runs at a time."""

    def __init__(
        self,
        token: Optional[str] = None,
        *,
        api_base_url: Optional[str] = None,
        poll_interval_ms: Optional[int] = None,
        gateway_protocol: Optional[GatewayProtocol] = None,
        gateway_port: Optional[int] = None,
        local_port: Optional[int] = None,
        log_level: LogLevel = "info",
        rules: Sequence[str] = (),
        block: Sequence[str] = (),
        only: Sequence[str] = (),
        only_audit: bool = False,
        budgets: Sequence[str] = (),
        auto: Optional[AutoMode] = None,
        proxy_auth: Optional[str] = None,
        shutdown_grace: float = 5.0,
        start_timeout: float = 60.0,
        binary: Optional[str] = None,
        extra_args: Sequence[str] = (),
        on_request: Optional[Callable[[RequestRecord], None]] = None,
    ) -> None:
        """Keep the options; `start()` uses them.

        Args:
            token: user API token; without it ALUVIA_TOKEN or ALV_USER_TOKEN of the environment.
            api_base_url: base URL of the API.
            poll_interval_ms: time between two polls of the account, 1000 or more.
            gateway_protocol: how the proxy talks to the gateway.
            gateway_port: port of the gateway.
            local_port: port that the proxy listens on; None or 0 for a free one.
            log_level: how much of the proxy's log reaches the logger `aluvia_connect`.
            rules: rules of this proxy, on top of those of the account.
            block: patterns of hosts that no client may reach, such as "@trackers" or "10.0.0.0/8".
            only: patterns of hosts that clients may reach, and no others.
            only_audit: let requests outside of `only` through, and log each host once.
            budgets: gateway bytes of a day or a month, such as "5GB/day" or "shop.test=500MB/month"; when
                one is used up, the gateway is closed until the next period.
            auto: where AUTO is among the rules, list hosts that block direct requests ("suggest"), or send
                them through the gateway for a day ("learn"): above all those of `report_blocked()`.
            proxy_auth: `user:password` that clients of the proxy must send.
            shutdown_grace: seconds that open connections get when the proxy stops.
            start_timeout: seconds after which a start fails.
            binary: path of the program, instead of the one in this package.
            extra_args: further options of `aluvia-connect run`.
            on_request: called for each request and tunnel when it has ended, on the event loop of `start()`,
                or without asyncio on a thread of the client; it must return soon.

        """
        self._options = Options(
            token=find_token(token),
            api_base_url=api_base_url,
            poll_interval_ms=poll_interval_ms,
            gateway_protocol=gateway_protocol,
            gateway_port=gateway_port,
            local_port=local_port or 0,
            log_level=log_level,
            rules=as_list("rules", rules),
            proxy_auth=proxy_auth,
            shutdown_grace=shutdown_grace,
            start_timeout=start_timeout,
            binary=binary,
            extra_args=as_list("extra_args", extra_args),
            on_request=on_request,
            block=as_list("block", block),
            only=as_list("only", only),
            only_audit=only_audit,
            budgets=as_list("budgets", budgets),
            auto=auto,
        )
        self._lock = threading.RLock()  # a signal handler may call stop() inside of start()
        self._process: Optional[Process] = None

    def _begin(self) -> Process:
        """Return the process that runs or starts, else launch one. The caller has joined it."""
        self._leave_parent()
        with self._lock:
            if self._process is None or self._process.is_stopping:
                process = Process(self._process_options(), previous=self._process)
                process.launch()
                self._process = process
            self._process.join()
            return self._process

    def _process_options(self) -> Options:
        """Return the options of a process that starts now."""
        return self._options

    def _current(self) -> Optional[Process]:
        self._leave_parent()
        return self._process

    def _leave_parent(self) -> None:
        """Forget the proxy of the parent in a process that os.fork() made; its lock may be held for ever."""
        if self._process and not self._process.is_owned:
            self._lock = threading.RLock()
            self._process = None
