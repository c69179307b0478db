// Logger with levels: makes a line of each event and passes it to a sink. The sink and the clock are
// parameters, so that tests can check whole lines.
//
// A Secret cannot be formatted, so it cannot be logged. Text from users or peers goes through printable() in
// a message; the lines escape it in any case.
//
// Of info, warning and error lines, ten of one kind are written in ten seconds (line_limit.hpp); a kind is a
// format string. Debug lines are never suppressed.
//
// If a sink throws, its line is lost: logging must not make its caller fail.
#pragma once

#include "base/line_limit.hpp"
#include "base/log_record.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace aluvia {

class Logger {
 public:
  /// Receives one complete line with its newline. Called on any thread; must not block or throw.
  using Sink = std::function<void(std::string_view line)>;
  /// Makes a line of a record. Called on any thread.
  using Render = std::function<std::string(const LogRecord&)>;
  using Clock = std::chrono::system_clock::time_point (*)();

  Logger() = default;  // silent
  Logger(LogLevel level, LogFormat format, Sink sink, Clock clock);
  /// A logger whose lines are made by `render`; its format() is text.
  Logger(LogLevel level, Render render, Sink sink, Clock clock);

  bool enabled(LogLevel level) const noexcept {
    return level != LogLevel::silent && static_cast<int>(level) <= static_cast<int>(level_);
  }

  /// Logs an event. The message must repeat what people need of its fields: text lines show it alone.
  template <class... Args>
  void info(const LogEvent& event, fmt::format_string<Args...> format, Args&&... args) const noexcept {
    if (enabled(LogLevel::info)) log(LogLevel::info, event, format, fmt::make_format_args(args...));
  }
  /// Logs something that the user should look at.
  template <class... Args>
  void warn(const LogEvent& event, fmt::format_string<Args...> format, Args&&... args) const noexcept {
    if (enabled(LogLevel::warn)) log(LogLevel::warn, event, format, fmt::make_format_args(args...));
  }
  /// Logs a bug that the program survives.
  template <class... Args>
  void error(const LogEvent& event, fmt::format_string<Args...> format, Args&&... args) const noexcept {
    if (enabled(LogLevel::error)) log(LogLevel::error, event, format, fmt::make_format_args(args...));
  }
  template <class... Args>
  void debug(const LogEvent& event, fmt::format_string<Args...> format, Args&&... args) const noexcept {
    if (enabled(LogLevel::debug)) log(LogLevel::debug, event, format, fmt::make_format_args(args...));
  }

  /// Logs why the program ends, as an error, at every level.
  void fatal(const LogEvent& event, std::string_view message) const noexcept;

  LogFormat format() const noexcept { return format_; }

  /// Returns a logger with the same sink and without the line limit. For lines that must not be lost and that
  /// no peer can cause: those about the configuration.
  Logger without_limit() const;

  /// Writes how many lines were suppressed, one line for each kind. The next info or warning line does the
  /// same, but there may be none for a long time. `due`: for windows that have ended; call it regularly.
  /// `all`: for all windows; call it before the program ends.
  enum class Suppressed { due, all };
  void log_suppressed(Suppressed which) const noexcept;

 private:
  struct SharedLimit;

  void log(LogLevel level, const LogEvent& event, fmt::string_view format,
           fmt::format_args args) const noexcept;
  bool may_pass(std::string_view event, fmt::string_view kind) const;
  void write_counts(const std::vector<LineLimit::Suppressed>& counts) const;
  std::chrono::system_clock::time_point now() const;
  void write(LogLevel level, const LogEvent& event, std::string_view message) const;

  LogLevel level_ = LogLevel::silent;
  LogFormat format_ = LogFormat::text;
  Render render_;
  Sink sink_;
  Clock clock_ = nullptr;
  std::shared_ptr<SharedLimit> limit_;  // shared by all copies
  bool is_limited_ = true;
};

/// Returns the first `limit` bytes of `text` with all bytes outside printable ASCII as \xNN, so that a peer
/// can neither forge a log line nor control a terminal.
std::string printable(std::string_view text, std::size_t limit = 200);

}  // namespace aluvia
