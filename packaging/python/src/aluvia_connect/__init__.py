"""Local smart proxy for AI agents, which routes each request by the hostname rules of your Aluvia account.

`AgentConnectClient` starts the native program, and `AsyncAgentConnectClient` does so for asyncio::

    with AgentConnectClient(token) as session:
        requests.get("https://example.com/", proxies=session.requests_proxies())
"""

import logging

from .aio import AsyncAgentConnectClient, AsyncAgentConnectSession
from .answers import BlockReport, Configuration, Explanation, RouteUsage, Usage, UsageRow
from .client import AgentConnectClient, AgentConnectSession
from .endpoint import PlaywrightProxy
from .errors import (
    AgentConnectError,
    ApiError,
    InvalidUserTokenError,
    InvalidValueError,
    MissingUserTokenError,
    ProxyStartError,
    ProxyStoppedError,
)
from .record import RequestRecord

__all__ = [
    "AgentConnectClient",
    "AgentConnectError",
    "AgentConnectSession",
    "ApiError",
    "AsyncAgentConnectClient",
    "AsyncAgentConnectSession",
    "BlockReport",
    "Configuration",
    "Explanation",
    "InvalidUserTokenError",
    "InvalidValueError",
    "MissingUserTokenError",
    "PlaywrightProxy",
    "ProxyStartError",
    "ProxyStoppedError",
    "RequestRecord",
    "RouteUsage",
    "Usage",
    "UsageRow",
]

# An application that configures no logging gets no lines of the proxy on its stderr.
logging.getLogger("aluvia_connect").addHandler(logging.NullHandler())
