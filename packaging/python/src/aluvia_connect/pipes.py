"""Reads several pipes of a child process at the same time, so that none of them fills up."""

import os
import select
from collections.abc import Iterator
from typing import IO, Callable, Optional

_CHUNK = 64 * 1024


def read_pipes(
    pipes: tuple[Optional[IO[bytes]], ...], seconds_left: Callable[[], Optional[float]]
) -> Iterator[Optional[tuple[int, bytes]]]:
    """Yield the index of a pipe and the bytes read from it, until all pipes have ended.

    No bytes are the end of a pipe. Yields None when no seconds are left; `seconds_left` is called before each
    wait, and returns None for no limit.
    """
    indexes = {pipe.fileno(): index for index, pipe in enumerate(pipes) if pipe}
    poll = select.poll()
    for descriptor in indexes:
        poll.register(descriptor, select.POLLIN)
    while indexes:
        seconds = seconds_left()
        events = poll.poll(None if seconds is None else max(0.0, seconds) * 1000)
        if not events:
            yield None
        for descriptor, _ in events:
            chunk = os.read(descriptor, _CHUNK)
            yield indexes[descriptor], chunk
            if not chunk:
                poll.unregister(descriptor)
                del indexes[descriptor]
