#include "base/logger.hpp"

#include "base/counted.hpp"
#include "base/json_writer.hpp"
#include "base/visible.hpp"

#include <array>
#include <exception>
#include <mutex>

#include <fmt/chrono.h>

namespace aluvia {
namespace {

std::string timestamp(std::chrono::system_clock::time_point now) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()) % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     millis.count());
}

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
    : level_(level),
      format_(format),
      sink_(std::move(sink)),
      clock_(clock),
      limit_(std::make_shared<SharedLimit>()) {}

Logger Logger::without_limit() const {
  Logger out = *this;
  out.is_limited_ = false;
  return out;
}

void Logger::log(Word word, fmt::string_view format, fmt::format_args args) const noexcept {
  constexpr std::array<std::string_view, 3> words{"info", "warn", "debug"};
  drop_exceptions([&] {
    if (word == Word::debug || may_pass(format)) {
      write(words[static_cast<std::size_t>(word)], fmt::vformat(format, args));
    }
  });
}

void Logger::error(std::string_view message) const noexcept {
  drop_exceptions([&] { write("error", message); });
}

std::chrono::system_clock::time_point Logger::now() const {
  return clock_ ? clock_() : std::chrono::system_clock::time_point{};
}

bool Logger::may_pass(fmt::string_view kind) const {
  if (!limit_) return true;
  const auto time = now();
  std::unique_lock lock(limit_->mutex);
  const auto due = limit_->lines.take_due(time);
  const bool passes = !is_limited_ || limit_->lines.allows({kind.data(), kind.size()}, time);
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
    write("warn", fmt::format("{} like \"{}\" {} suppressed", counted(one.lines, "line"), one.kind,
                              one.lines == 1 ? "was" : "were"));
  }
}

void Logger::write(std::string_view word, std::string_view message) const {
  if (!sink_) return;
  // A message may quote a peer, the API or a library.
  const std::string time = timestamp(now());
  if (format_ == LogFormat::json) {
    JsonWriter line;
    line.begin_object();
    line.text("time", time);
    line.text("level", word);
    line.text("message", message);
    line.end_object();
    sink_(line.take_line());
  } else {
    sink_(fmt::format("{} {:<5} {}\n", time, word, visible(message)));
  }
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
