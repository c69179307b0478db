"""Reads what bench_turns.so measures in a running proxy: the turns of its event loop. tests/bench/turns/layout.hpp
defines the file.
"""

import dataclasses
import mmap
import pathlib
import struct

MOST_THREADS, BUCKETS, KEPT = 8, 24, 16
HEAD = struct.Struct("=2Q")
SLOT = struct.Struct(f"={4 + 2 * BUCKETS + 3 * KEPT}Q")


@dataclasses.dataclass
class LongTurn:
    begun: float  # seconds of the monotonic clock
    wall_ms: float
    processor_ms: float


@dataclasses.dataclass
class Turns:
    """The turns of one thread since the last restart."""

    count: int
    longest_wall_ms: float
    processor: list  # a histogram: item N counts turns below 2^N us of processor time
    longest: list  # the LongTurns with the most processor time, longest first

    @property
    def longest_ms(self):
        return self.longest[0].processor_ms if self.longest else 0

    def below_ms(self, part):
        """A bound of the processor time of this part of all turns, from the histogram."""
        seen = 0
        for bucket, turns in enumerate(self.processor):
            seen += turns
            if seen >= part * self.count:
                return 2**bucket / 1000
        return 0


class TurnsFile:
    def __init__(self, folder, programs):
        self.path = pathlib.Path(folder) / "turns"
        self.path.write_bytes(bytes(HEAD.size + MOST_THREADS * SLOT.size))
        self.wrapper = ("env", f"LD_PRELOAD={programs / 'bench_turns.so'}", f"BENCH_TURNS={self.path}")
        with self.path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self._epoch = 0

    def restart(self):
        self._epoch += 1
        self._memory[:8] = struct.pack("=Q", self._epoch)

    def read(self):
        """The Turns of the thread that has the most: the loop thread of a proxy under load."""
        _, threads = HEAD.unpack_from(self._memory)
        slots = [SLOT.unpack_from(self._memory, HEAD.size + number * SLOT.size)
                 for number in range(min(threads, MOST_THREADS))]
        current = [slot for slot in slots if slot[1] == self._epoch]
        return turns_of(max(current, key=lambda slot: slot[2])) if current else Turns(0, 0, [], [])


def turns_of(slot):
    histogram = slot[4 + BUCKETS:4 + 2 * BUCKETS]
    kept = slot[4 + 2 * BUCKETS:]
    longest = [LongTurn(kept[at] / 1e9, kept[at + 1] / 1e6, kept[at + 2] / 1e6)
               for at in range(0, len(kept), 3) if kept[at]]
    return Turns(slot[2], slot[3] / 1e6, list(histogram), sorted(longest, key=lambda turn: -turn.processor_ms))
