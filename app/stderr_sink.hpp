// Log lines to stderr without ever waiting for its reader: a terminal or pipe that nobody reads must not stop the
// proxy. What cannot be written at once is dropped, and the next line that can be says how many were.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace aluvia::app {

/// Any thread; lines of up to 4 KiB arrive whole.
class StderrSink {
 public:
  StderrSink();
  ~StderrSink();
  StderrSink(const StderrSink&) = delete;
  StderrSink& operator=(const StderrSink&) = delete;

  void write(std::string_view line) noexcept;

 private:
  enum class Means { write, send };
  bool try_write(std::string_view line) noexcept;

  int descriptor_ = 2;
  Means means_ = Means::write;
  bool owned_ = false;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace aluvia::app
