"""The options of a client, and the command line and environment that they make."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable, Optional

from .errors import MissingUserTokenError
from .record import RequestRecord

TOKEN_VARIABLES = ("ALUVIA_TOKEN", "ALV_USER_TOKEN")

# A token beyond this would not fit into the pipe that carries it.
_LONGEST_TOKEN = 32 * 1024


@dataclass(frozen=True)
class Options:
    """Options of `aluvia-connect run`; None leaves the program's own default."""

    token: str
    api_base_url: Optional[str]
    poll_interval_ms: Optional[int]
    gateway_protocol: Optional[str]
    gateway_port: Optional[int]
    local_port: int
    log_level: str
    rules: tuple[str, ...]
    proxy_auth: Optional[str]
    shutdown_grace: float
    start_timeout: float
    binary: Optional[str]
    extra_args: tuple[str, ...]
    on_request: Optional[Callable[[RequestRecord], None]] = None
    block: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    only_audit: bool = False
    budgets: tuple[str, ...] = ()
    auto: Optional[str] = None

    def arguments(self, token_descriptor: int) -> list[str]:
        """Return the arguments of the program, which reads the token from the descriptor."""
        values = {
            "--token-file": f"/dev/fd/{token_descriptor}",
            "--output": "json",
            "--log-format": "json",
            "--log-level": self.log_level,
            "--port": self.local_port,
            "--api-base-url": self.api_base_url,
            "--poll-interval": self.poll_interval_ms,
            "--gateway-protocol": self.gateway_protocol,
            "--gateway-port": self.gateway_port,
            "--auto": self.auto,
            "--shutdown-grace": f"{round(self.shutdown_grace * 1000)}ms",
        }
        if self.on_request:
            values |= {"--access-log": "-", "--access-log-format": "json"}
        out = ["run", "--exit-with-parent"]
        out += [f"{name}={value}" for name, value in values.items() if value is not None]
        out += [f"--rule={rule}" for rule in self.rules]
        out += [f"--block={pattern}" for pattern in self.block]
        out += [f"--only={pattern}" for pattern in self.only]
        out += [f"--budget={budget}" for budget in self.budgets]
        if self.only_audit:
            out.append("--only-audit")
        return [*out, *self.extra_args]

    def environment(self) -> dict[str, str]:
        """Return the environment of the program: that of this process, without the token."""
        out = plain_environment()
        if self.proxy_auth is not None:  # the program wipes it
            out["ALUVIA_PROXY_AUTH"] = self.proxy_auth
        return out


def plain_environment() -> dict[str, str]:
    """Return this process's environment without the token, which no program needs there."""
    return {name: value for name, value in os.environ.items() if name not in TOKEN_VARIABLES}


def as_list(name: str, values: Sequence[str]) -> tuple[str, ...]:
    """Return the values; a string, which is a sequence of its letters, is an error."""
    if isinstance(values, str):
        msg = f"{name} is a list of strings, not one string"
        raise TypeError(msg)
    return tuple(values)


def find_token(token: Optional[str]) -> str:
    """Return the token, else that of the environment."""
    found = token or next(filter(None, map(os.environ.get, TOKEN_VARIABLES)), None)
    if not found:
        msg = "cannot start a proxy: there is no user API token; pass token, or set ALUVIA_TOKEN"
        raise MissingUserTokenError(msg)
    if len(found.encode()) > _LONGEST_TOKEN:
        msg = f"cannot use the token: it is longer than {_LONGEST_TOKEN} bytes"
        raise MissingUserTokenError(msg)
    return found
