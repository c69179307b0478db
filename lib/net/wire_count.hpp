// WireCount: the bytes that streams move for one request, on the wire but without those of TLS.
#pragma once

#include "loop/asio.hpp"

#include <cstdint>

namespace aluvia::net {

struct WireCount {
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  bool awaits_read = false;      ///< the next read sets first_read
  loop::TimePoint first_read{};  ///< when bytes came; meaningful after awaits_read was set and cleared

  void add_written(std::uint64_t count) noexcept { written += count; }
  void add_read(std::uint64_t count) noexcept {
    read += count;
    if (awaits_read) [[unlikely]] {
      awaits_read = false;
      first_read = loop::Clock::now();
    }
  }
};

}  // namespace aluvia::net
