// Levelled log lines, formatted here and written by whoever gave the sink. The logger knows neither
// stderr nor the clock: both are handed in, so that every line can be read by a test.
//
// A Secret cannot be formatted, so it cannot be logged. User-supplied text goes through printable().
//
// Of info and warnings ten lines of a kind pass in ten seconds (line_limit.hpp); a kind is a format string.
// Debug lines all pass: whoever asks for them wants each.
//
// A sink that throws loses its line: logging must not make its caller fail.
#pragma once

#include "base/line_limit.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace aluvia {

/// silent: nothing at all. info: start, stop, configuration changes, warnings. debug: every poll,
/// every route decision, every connection.
enum class LogLevel { silent, info, debug };
enum class LogFormat { text, json };

class Logger {
 public:
  /// Receives one whole line with its newline; called on any thread, must not block and not throw.
  using Sink = std::function<void(std::string_view line)>;
  using Clock = std::chrono::system_clock::time_point (*)();

  Logger() = default;  // silent
  Logger(LogLevel level, LogFormat format, Sink sink, Clock clock);

  bool enabled(LogLevel level) const noexcept {
    return level != LogLevel::silent && static_cast<int>(level) <= static_cast<int>(level_);
  }

  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const noexcept {
    if (enabled(LogLevel::info)) log(Word::info, format, fmt::make_format_args(args...));
  }
  /// Something the user should look at; shown whenever info is.
  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) const noexcept {
    if (enabled(LogLevel::info)) log(Word::warn, format, fmt::make_format_args(args...));
  }
  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) const noexcept {
    if (enabled(LogLevel::debug)) log(Word::debug, format, fmt::make_format_args(args...));
  }

  /// Why the program ends, whatever the level is.
  void error(std::string_view message) const noexcept;

  LogFormat format() const noexcept { return format_; }

  /// The same log without the limit: for lines that must not be lost and that no peer can cause, which are
  /// those of the configuration.
  Logger without_limit() const;

  /// Writes what was left out, a line for each kind. The next line that passes does so too, but there may be
  /// none: whoever comes by regularly tells what is due, and whoever ends everything tells all.
  enum class Untold { due, all };
  void tell_left_out(Untold which) const noexcept;

 private:
  struct SharedLimit;
  enum class Word { info, warn, debug };

  void log(Word word, fmt::string_view format, fmt::format_args args) const noexcept;
  bool may_pass(fmt::string_view kind) const;
  void tell(const std::vector<LineLimit::LeftOut>& left_out) const;
  std::chrono::system_clock::time_point now() const;
  void write(std::string_view word, std::string_view message) const;

  LogLevel level_ = LogLevel::silent;
  LogFormat format_ = LogFormat::text;
  Sink sink_;
  Clock clock_ = nullptr;
  std::shared_ptr<SharedLimit> limit_;  // all copies count together
  bool is_limited_ = true;
};

/// `text` with everything outside printable ASCII written as \xNN and at most `limit` bytes of it, so
/// that a peer's bytes can neither forge a log line nor steer a terminal.
std::string printable(std::string_view text, std::size_t limit = 200);

}  // namespace aluvia
