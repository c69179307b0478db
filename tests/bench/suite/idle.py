"""Memory of proxies: at rest, per idle tunnel, after a burst; and what they do while nothing happens."""

import dataclasses
import http.client
import pathlib
import resource
import statistics
import time

from .bench import LoadFailed
from .jobs import HOLD
from .processes import memory_kb
from .proxies import DIRECT, start, wanted

WARM_UP_TUNNELS = 20
MOST_TUNNELS = 10000


@dataclasses.dataclass
class Held:
    """One proxy with so many idle tunnels; sizes in KB of its own memory, without the kernel's buffers."""

    tunnels: int
    per_tunnel_kb: float
    descriptors_per_tunnel: float
    before_kb: int
    after_kb: int  # once they are closed


@dataclasses.dataclass
class Rest:
    start_ms: float
    api_ms: float  # of start_ms, what the API took to answer; 0 for proxies without one
    resident_kb: int
    wake_ups_per_second: float


def most_tunnels():
    """Two descriptors each in the proxy, and a few for itself."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return min(MOST_TUNNELS, (limit - 200) // 2)


def settled_kb(ids, seconds=2):
    """Proportional memory once it no longer falls."""
    end = time.monotonic() + seconds
    last = memory_kb(ids)[0]
    while time.monotonic() < end:
        time.sleep(0.2)
        now = memory_kb(ids)[0]
        if now >= last:
            return now
        last = now
    return last


def descriptors(ids):
    return sum(len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir())) for pid in ids)


def hold(running, bench, tunnels):
    """A Held; raises LoadFailed where not all tunnels came to be."""
    def arguments(count):
        return [*running.arguments(HOLD), "--connections", count, "--operations", count]

    with bench.held_tunnels(arguments(WARM_UP_TUNNELS)):
        pass
    ids = running.ids()
    before, open_before = settled_kb(ids), descriptors(ids)
    with bench.held_tunnels(arguments(tunnels)) as told:
        if told["operations"] < tunnels:
            raise LoadFailed(f"only {told['operations']} of {tunnels} tunnels came to be")
        held, open_now = settled_kb(ids), descriptors(ids)
    return Held(tunnels, (held - before) / tunnels, (open_now - open_before) / tunnels, before,
                settled_kb(ids, seconds=5))


def measure_idle(counts, bench, options, tell):
    """(proxy name, number of tunnels) -> Held."""
    found = {}
    for count in counts:
        for proxy in wanted(options.proxies, DIRECT):
            if proxy.name == "no proxy":
                continue
            tell(f"{count} idle tunnels: {proxy.name}", passing=True)
            running = start(proxy, DIRECT, bench, options, tell)
            if not running:
                continue
            with running:
                try:
                    found[proxy.name, count] = hold(running, bench, count)
                except LoadFailed as error:
                    tell(f"{count} idle tunnels through {proxy.name}: {error}")
    return found


def wake_ups(ids):
    """How often their threads gave up the processor to wait, since they began."""
    count = 0
    for pid in ids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            lines = (task / "status").read_text().splitlines()
            count += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary"))
    return count


def api_answer_ms(running):
    begun = time.monotonic()
    connection = http.client.HTTPConnection(running.api.netloc)
    connection.request("GET", "/user", headers={"Authorization": f"Bearer {running.token}"})
    connection.getresponse().read()
    connection.close()
    return (time.monotonic() - begun) * 1000


def measure_rest(bench, options, tell):
    """Proxy name -> Rest. Ours polls its API so rarely here that what is counted is itself."""
    quiet = options.with_extra("--poll-interval", "3600000")
    found = {}
    for proxy in wanted(options.proxies, DIRECT):
        if proxy.name == "no proxy":
            continue
        tell(f"start and rest: {proxy.name}", passing=True)
        starts, api = [], []
        for _ in range(options.rounds):
            running = start(proxy, DIRECT, bench, quiet, tell)
            if not running:
                break
            with running:
                starts.append(running.start_ms)
                api.append(api_answer_ms(running) if proxy.is_ours else 0)
                if len(starts) == options.rounds:
                    time.sleep(1)
                    woken, begun = wake_ups(running.ids()), time.monotonic()
                    time.sleep(options.rest_seconds)
                    per_second = (wake_ups(running.ids()) - woken) / (time.monotonic() - begun)
                    found[proxy.name] = Rest(statistics.median(starts), statistics.median(api),
                                             memory_kb(running.ids())[1], per_second)
    return found
