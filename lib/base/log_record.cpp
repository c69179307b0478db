#include "base/log_record.hpp"

#include "base/json_writer.hpp"
#include "base/visible.hpp"

#include <array>

#include <fmt/chrono.h>

namespace aluvia {
namespace {

std::string timestamp(std::chrono::system_clock::time_point time) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()) % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(time)),
                     millis.count());
}

struct FieldWriter {
  void operator()(std::monostate /*none*/) const {}
  void operator()(std::string_view text) const { line.text_if_any(name, text); }
  void operator()(double number) const { line.decimal(name, number); }
  void operator()(bool is_so) const { line.yes_or_no(name, is_so); }
  void operator()(std::int64_t number) const {
    if (number < 0) return line.decimal(name, static_cast<double>(number));
    line.number(name, static_cast<std::uint64_t>(number));
  }

  JsonWriter& line;
  std::string_view name;
};

}  // namespace

std::string_view name_of(LogLevel level) noexcept {
  static constexpr std::array<std::string_view, 5> names{"silent", "error", "warn", "info", "debug"};
  return names.at(static_cast<std::size_t>(level));
}

// A message may quote a peer, the API or a library.
std::string text_line(const LogRecord& record) {
  return fmt::format("{} {:<5} {}\n", timestamp(record.time), name_of(record.level), visible(record.message));
}

std::string json_line(const LogRecord& record) {
  JsonWriter line;
  line.begin_object();
  line.text("time", timestamp(record.time));
  line.text("level", name_of(record.level));
  line.text("event", record.event.name);
  line.text("message", record.message);
  for (const LogField& field : record.event.fields) std::visit(FieldWriter{line, field.name}, field.value);
  line.end_object();
  return std::string(line.take_line().view());
}

}  // namespace aluvia
