"""Waits for a machine that does nothing else: idle processors, and ports that closed connections hold no more."""

import pathlib
import re
import time

QUIET = 0.25  # share of the processors that other work may take
# Closed connections of an earlier program hold their ports for a minute; with more of them, connecting searches for
# a free one.
MOST_HELD_PORTS = 8000
PORT_SECONDS = 65


def busy_share(seconds):
    """Waits; the share of the processors that was busy meanwhile. This program and what it started rest then."""
    def times():
        numbers = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        return sum(numbers), numbers[3] + numbers[4]

    whole, idle = times()
    time.sleep(seconds)
    whole_now, idle_now = times()
    return 1 - (idle_now - idle) / max(1, whole_now - whole)


def wait_for_quiet(patience, pause):
    """At least one pause, more while other work disturbs; the share that it took in the last one."""
    end = time.monotonic() + patience
    while True:
        busy = busy_share(pause)
        if busy <= QUIET or time.monotonic() >= end:
            return busy


def held_ports():
    found = re.search(r"^TCP:.* tw (\d+)", pathlib.Path("/proc/net/sockstat").read_text(), re.MULTILINE)
    return int(found.group(1)) if found else 0


def wait_for_ports(tell):
    end = time.monotonic() + PORT_SECONDS
    while held_ports() > MOST_HELD_PORTS and time.monotonic() < end:
        tell(f"waiting for {held_ports()} ports of closed connections", passing=True)
        time.sleep(1)
