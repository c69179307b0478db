"""The record of a finished request."""

from typing import Optional, TypedDict


class RequestRecord(TypedDict):
    """A finished request or tunnel, with the fields of the access log; None where one does not apply.

    Times that end in `_ms` are milliseconds. `id` is also in the proxy's own answers. Bytes are those on the
    wire between the proxy and the site or gateway.
    """

    time: str
    id: Optional[str]
    event: str
    client: Optional[str]
    method: Optional[str]
    host: Optional[str]
    port: Optional[int]
    route: Optional[str]
    rule: Optional[str]
    action: str
    status: Optional[int]
    error: Optional[str]
    tries: int
    config_version: Optional[int]
    dns_ms: Optional[float]
    connect_ms: Optional[float]
    gateway_ms: Optional[float]
    first_byte_ms: Optional[float]
    duration_ms: float
    bytes_up: int
    bytes_down: int
    reused: Optional[bool]
    reason: Optional[str]
