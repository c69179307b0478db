"""What is done through every proxy, and in which figures its result is told."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Job:
    name: str
    title: str
    load: str  # the load generator's name of it
    service: str  # of the origin
    tunnels: bool
    figure: str = "operations"  # or "bytes": what throughput counts
    beside_bulk: bool = False  # BACKGROUND is done at the same time
    options: tuple = ()
    one_processor: bool = False  # for latencies that a wake-up of another processor would drown


JOBS = (
    Job("connect-rate", "CONNECT, one small exchange, close", "connect-rate", "echo", True),
    Job("echo-1", "1 KB echo in one tunnel", "echo", "echo", True, options=("--connections", 1), one_processor=True),
    Job("echo-64", "1 KB echo in 64 tunnels", "echo", "echo", True, options=("--connections", 64)),
    Job("bulk-down", "8 bulk downloads in tunnels", "bulk-down", "source", True, "bytes"),
    Job("bulk-up", "8 bulk uploads in tunnels", "bulk-up", "sink", True, "bytes"),
    Job("bulk-both", "8 tunnels, bulk both ways", "bulk-both", "both", True, "bytes"),
    Job("get-keep-alive", "Plain GET, keep-alive, 32 connections", "get-keep-alive", "web", False),
    Job("get-new-connection", "Plain GET, a new connection each", "get-new-connection", "web", False),
    Job("get-large", "Plain GET of 64 MB, 4 at a time", "get-keep-alive", "web", False, "bytes",
        options=("--connections", 4, "--size", 64 << 20)),
    Job("post-large", "Plain POST of 64 MB, 4 at a time", "post", "web", False, "bytes"),
    Job("get-beside-bulk", "Small GETs on 16 connections beside 4 bulk downloads", "get-keep-alive", "web", False,
        options=("--connections", 16), beside_bulk=True),
)
THROUGH_GATEWAY = ("connect-rate", "echo-64", "bulk-down", "bulk-up", "get-keep-alive")
QUICKLY_THROUGH_GATEWAY = ("connect-rate", "bulk-down", "get-keep-alive")

BACKGROUND = Job("background", "4 bulk downloads", "bulk-down", "background", True, "bytes",
                 options=("--connections", 4))
FIRST_BYTE = Job("first-byte", "First byte", "first-byte", "echo", True)
HOLD = Job("idle", "Idle tunnels", "hold-tunnels", "echo", True)
# Of suite/scale.py.
HOLD_AGAIN = Job("scale", "Tunnels that are opened again when they end", "hold-again", "echo", True)
GETS_AT_A_RATE = Job("scale", "Plain GETs at a rate", "paced-gets", "web", False)
TUNNELS_AT_A_RATE = Job("scale", "CONNECTs at a rate", "paced-connects", "echo", True)
