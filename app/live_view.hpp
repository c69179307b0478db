// LiveView: shows a running proxy on a terminal: a ready text, then one line for each request, and the lines
// of the log in a short form.
#pragma once

#include "base/log_record.hpp"
#include "stderr_sink.hpp"
#include "telemetry/request_record.hpp"
#include "terminal_style.hpp"

#include <cstddef>
#include <string>

namespace aluvia::app {

/// Returns the line of a request, of at most `width` characters; the reason of a failure that does not fit
/// stands on lines of its own. Times are local.
std::string request_line(const telemetry::RequestRecord& record, const TerminalStyle& style,
                         std::size_t width);

/// Returns the short form of a log line in lines of at most `width` characters: local time, level and
/// message.
std::string short_log_line(const LogRecord& record, const TerminalStyle& style, std::size_t width);

/// Returns the text about a proxy that accepts connections: URL, page, and a command to try.
std::string ready_text(std::string_view url, bool needs_credentials, const TerminalStyle& style);

/// Used on any thread. The sink outlives it and its copies.
class LiveView {
 public:
  struct Options {
    bool shows_requests = true;      ///< false: all lines of the log, and nothing else
    bool shows_ready = true;         ///< false: the command prints a text of its own
    bool needs_credentials = false;  ///< clients must send a user and a password
  };
  LiveView(StderrSink& sink, const TerminalStyle& style, Options options)
      : sink_(&sink), style_(style), options_(options) {}

  /// Returns true if stderr is a terminal and lines of `format` and `level` are for people.
  static bool is_possible(LogFormat format, LogLevel level);

  void show(const telemetry::RequestRecord& record) const;
  /// Returns the line of a log record, or nothing if this view shows the event in another way.
  std::string render(const LogRecord& record) const;

 private:
  StderrSink* sink_;
  TerminalStyle style_;
  Options options_;
};

}  // namespace aluvia::app
