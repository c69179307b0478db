// StderrSink: writes log lines to stderr without waiting for its reader, because a terminal or pipe that is
// not read must not stop the proxy. Drops lines that cannot be written at once; the next line says how many.
#pragma once

#include "base/logger.hpp"

#include <cstdint>
#include <mutex>
#include <string_view>

namespace aluvia::app {

/// Used on any thread. Lines of up to 4 KiB arrive whole.
class StderrSink {
 public:
  /// `format` is the format of the log. Tests pass another descriptor.
  explicit StderrSink(LogFormat format, int descriptor = 2);
  ~StderrSink();
  StderrSink(const StderrSink&) = delete;
  StderrSink& operator=(const StderrSink&) = delete;

  void write(std::string_view line) noexcept;
  /// Returns false if the line cannot be written at once; its caller then keeps it.
  bool offer(std::string_view line) noexcept;

 private:
  enum class Means { write, write_when_ready, send };
  void open_own_description();
  bool make_up() noexcept;
  bool put(std::string_view text) noexcept;
  std::int64_t put_some(std::string_view text) noexcept;

  int descriptor_;
  Means means_ = Means::write;
  bool owned_ = false;

  std::mutex mutex_;
  Logger about_itself_;
  std::uint64_t dropped_ = 0;
  bool cut_ = false;   // the last line lacks its end
  bool told_ = false;  // the line about dropped lines was written
};

}  // namespace aluvia::app
