"""The answers of a running proxy, and the commands that ask for them."""

from collections.abc import Sequence
from typing import Optional, TypedDict

from .options import as_list


class _Explained(TypedDict):
    host: str
    port: int
    route: str
    rule: str
    configuration: int


class Explanation(_Explained, total=False):
    """The route of a request: `direct`, `gateway`, or `rejected` with the status and reason of the rejection.

    `rule` is the rule that decides, of version `configuration`; `trouble` says why the route fails now.
    """

    status: int
    reason: str
    advice: str
    trouble: str


class BlockReport(_Explained):
    """The route of the reported request, and how many reports the proxy has counted for that route.

    With the effect "learned", the next request to the host takes the gateway; see the option `auto`.
    """

    reports: int
    effect: str


class _Configured(TypedDict):
    configuration: int
    rules: list[str]
    local_rules: list[str]
    session_id: Optional[str]
    target_geo: Optional[str]


class Configuration(_Configured, total=False):
    """The configuration after a change; `removed` are the rules that it took away, where all of them were."""

    removed: list[str]


class RouteUsage(TypedDict):
    """Sums of one route; bytes are those between the proxy and the gateway or site."""

    requests: int
    tunnels: int
    failures: int
    aborted: int
    bytes_up: int
    bytes_down: int
    connects: int
    connect_ms: float


class _Sums(TypedDict):
    gateway: RouteUsage
    direct: RouteUsage
    share: Optional[float]


class UsageRow(_Sums, total=False):
    """Sums with their name in the field of the grouping; `share` is the part of the gateway's bytes."""

    host: str
    rule: str
    route: str
    day: str
    cost: float


class Usage(TypedDict):
    """The traffic that the proxy has counted."""

    by: str
    kept: str
    rows: list[UsageRow]
    total: UsageRow


# Words follow --, so that a rule such as -example.com is no option.


def explain(url: str) -> list[str]:
    """Ask for the route of a request."""
    return ["explain", "--", url]


def update_rules(rules: Sequence[str], *, local: bool) -> list[str]:
    """Replace all rules of the account, or those of this proxy."""
    flags = ["--local"] if local else []
    return ["rules", *flags, "--", *(["set", *as_list("rules", rules)] if rules else ["clear"])]


def update_target_geo(geo: Optional[str]) -> list[str]:
    """Choose where gateway traffic comes out; None for anywhere."""
    return ["geo", "--clear"] if geo is None else ["geo", "--", geo]


def update_session_id(session_id: Optional[str]) -> list[str]:
    """Choose the session of the gateway; None for no fixed one."""
    return ["rotate", "--clear"] if session_id is None else ["rotate", "--", session_id]


def usage(by: Optional[str], since: Optional[str]) -> list[str]:
    """Ask for the traffic."""
    flags = [] if by is None else [f"--by={by}"]
    flags += [] if since is None else [f"--since={since}"]
    return ["usage", *flags]


def report_blocked(url: str, status: Optional[int], reason: Optional[str]) -> list[str]:
    """Report that a site has blocked a request."""
    flags = [] if status is None else [f"--status={status}"]
    flags += [] if reason is None else [f"--reason={reason}"]
    return ["blocked", *flags, "--", url]
