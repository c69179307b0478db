#include "base/logger.hpp"

#include "base/counted.hpp"

#include <exception>
#include <mutex>

namespace aluvia {
namespace {

// Drops the exception of a sink: logging must not make its caller fail.
template <class Write>
void drop_exceptions(Write write) noexcept {
  try {
    write();
  } catch (const std::exception&) {
  }
}

}  // namespace

struct Logger::SharedLimit {
  std::mutex mutex;
  LineLimit lines;
};

Logger::Logger(LogLevel level, LogFormat format, Sink sink, Clock clock)
    : Logger(level, format == LogFormat::json ? json_line : text_line, std::move(sink), clock) {
  format_ = format;
}

Logger::Logger(LogLevel level, Render render, Sink sink, Clock clock)
    : level_(level),
      render_(std::move(render)),
      sink_(std::move(sink)),
      clock_(clock),
      limit_(std::make_shared<SharedLimit>()) {}

Logger Logger::without_limit() const {
  Logger out = *this;
  out.is_limited_ = false;
  return out;
}

void Logger::log(LogLevel level, const LogEvent& event, fmt::string_view format,
                 fmt::format_args args) const noexcept {
  drop_exceptions([&] {
    if (level == LogLevel::debug || may_pass(event.name, format)) {
      write(level, event, fmt::vformat(format, args));
    }
  });
}

void Logger::fatal(const LogEvent& event, std::string_view message) const noexcept {
  drop_exceptions([&] { write(LogLevel::error, event, message); });
}

std::chrono::system_clock::time_point Logger::now() const {
  return clock_ ? clock_() : std::chrono::system_clock::time_point{};
}

bool Logger::may_pass(std::string_view event, fmt::string_view kind) const {
  if (!limit_) return true;
  const auto time = now();
  std::unique_lock lock(limit_->mutex);
  const auto due = limit_->lines.take_due(time);
  const bool passes = !is_limited_ || limit_->lines.allows(event, {kind.data(), kind.size()}, time);
  lock.unlock();
  write_counts(due);
  return passes;
}

void Logger::log_suppressed(Suppressed which) const noexcept {
  if (!limit_ || !enabled(LogLevel::warn)) return;
  drop_exceptions([&] {
    std::unique_lock lock(limit_->mutex);
    const auto counts = which == Suppressed::all ? limit_->lines.take_all() : limit_->lines.take_due(now());
    lock.unlock();
    write_counts(counts);
  });
}

void Logger::write_counts(const std::vector<LineLimit::Suppressed>& counts) const {
  for (const LineLimit::Suppressed& one : counts) {
    write(LogLevel::warn,
          {"lines_suppressed", {{"suppressed_event", one.event}, {"kind", one.kind}, {"lines", one.lines}}},
          fmt::format("{} like \"{}\" {} suppressed", counted(one.lines, "line"), one.kind,
                      one.lines == 1 ? "was" : "were"));
  }
}

void Logger::write(LogLevel level, const LogEvent& event, std::string_view message) const {
  if (!sink_) return;
  const std::string line = render_({now(), level, event, message});
  if (!line.empty()) sink_(line);
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  for (const char c : text.substr(0, limit)) {
    if (c >= 0x20 && c < 0x7F) {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  if (text.size() > limit) out += "…";
  return out;
}

}  // namespace aluvia
