// Layout of the file in which turns.cpp counts; tests/bench/suite/turns.py reads the same numbers. All are
// 64-bit and in the byte order of the machine, times in nanoseconds of CLOCK_MONOTONIC.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aluvia::bench {

constexpr std::size_t most_threads = 8;
constexpr std::size_t buckets =
    24;  // of a histogram: bucket N has turns below 2^N us, the last one all others
constexpr std::size_t kept_turns = 16;

struct LongTurn {
  std::uint64_t begun;
  std::uint64_t wall;
  std::uint64_t processor;
};

// Written by its thread only.
struct ThreadTurns {
  std::uint64_t thread;
  std::uint64_t epoch;
  std::uint64_t turns;
  std::uint64_t longest_wall;
  std::uint64_t wall[buckets];
  std::uint64_t processor[buckets];
  LongTurn longest[kept_turns];  // in no order
};

struct TurnsFile {
  std::uint64_t epoch;    // written by the bench
  std::uint64_t threads;  // number of slots that are taken
  ThreadTurns slots[most_threads];
};

}  // namespace aluvia::bench
