// WireCount: the bytes that streams move for one request, on the wire but without those of TLS.
#pragma once

#include "loop/loop.hpp"

#include <cstdint>

namespace aluvia::net {

/// Limits how many bytes streams may move for one request. Loop thread only.
class WireAllowance {
 public:
  WireAllowance() = default;
  WireAllowance(const WireAllowance&) = delete;
  WireAllowance& operator=(const WireAllowance&) = delete;
  virtual ~WireAllowance() = default;

  struct Grant {
    std::uint64_t bytes = 0;   ///< may move now; 0: none, from now on
    std::uint32_t unread = 0;  ///< may wait in the kernel, beyond what is read; 0: as before
  };
  virtual Grant grant() noexcept = 0;
  virtual void spend(std::uint64_t bytes) noexcept = 0;
};

struct WireCount {
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  bool awaits_read = false;            ///< the next read sets first_read
  WireAllowance* allowance = nullptr;  ///< null: no limit
  loop::TimePoint first_read{};        ///< when bytes came; meaningful after awaits_read was set and cleared

  void add_written(std::uint64_t count) noexcept {
    written += count;
    if (allowance) [[unlikely]]
      allowance->spend(count);
  }
  void add_read(std::uint64_t count) noexcept {
    read += count;
    if (allowance) [[unlikely]]
      allowance->spend(count);
    if (awaits_read) [[unlikely]] {
      awaits_read = false;
      first_read = loop::Clock::now();
    }
  }
};

}  // namespace aluvia::net
