// LogRecord: one event for the log: a stable name for programs, typed fields, and a message for people.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace aluvia {

/// silent: no lines. error: a bug that the program has survived. warn: what the user should look at. info:
/// also start, stop, configuration changes and failed requests. debug: also each poll, each request and each
/// connection.
enum class LogLevel { silent, error, warn, info, debug };
enum class LogFormat { text, json };

/// A name and a value. Holds views: use it within one expression.
struct LogField {
  using Value = std::variant<std::monostate, std::string_view, std::int64_t, double, bool>;

  constexpr LogField(std::string_view key, std::string_view text) noexcept : name(key), value(text) {}
  constexpr LogField(std::string_view key, const char* text) noexcept
      : name(key), value(std::string_view(text)) {}
  LogField(std::string_view key, const std::string& text) noexcept
      : name(key), value(std::string_view(text)) {}
  constexpr LogField(std::string_view key, bool is_so) noexcept : name(key), value(is_so) {}
  constexpr LogField(std::string_view key, double number) noexcept : name(key), value(number) {}
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) constexpr LogField(std::string_view key, Number number) noexcept
      : name(key), value(static_cast<std::int64_t>(number)) {}
  template <std::integral Number>
  constexpr LogField(std::string_view key, std::optional<Number> number) noexcept : name(key) {
    if (number) value = static_cast<std::int64_t>(*number);
  }
  /// In milliseconds, with three digits behind the point.
  template <class Rep, class Period>
  constexpr LogField(std::string_view key, std::chrono::duration<Rep, Period> time) noexcept
      : name(key), value(std::chrono::duration<double, std::milli>(time).count()) {}

  std::string_view name;
  Value value;
};

/// An event without its message. docs/logging.md describes every name. A field that is empty is
/// left out.
struct LogEvent {
  constexpr LogEvent(const char* event) noexcept : name(event) {}  // NOLINT(google-explicit-constructor)
  /// The fields live as long as the expression that holds the call.
  constexpr LogEvent(const char* event, std::initializer_list<LogField> values) noexcept
      : name(event), fields(values.begin(), values.size()) {}
  constexpr LogEvent(const char* event, std::span<const LogField> values) noexcept
      : name(event), fields(values) {}

  std::string_view name;
  std::span<const LogField> fields{};
};

struct LogRecord {
  std::chrono::system_clock::time_point time{};
  LogLevel level = LogLevel::info;
  LogEvent event = "";
  std::string_view message;
};

/// Returns "error", "warn", "info" or "debug".
std::string_view name_of(LogLevel level) noexcept;

/// Return one line with its end. Foreign text is escaped.
std::string text_line(const LogRecord& record);  ///< "TIME LEVEL MESSAGE", without the fields
std::string json_line(const LogRecord& record);  ///< time, level, event, message, and the fields

}  // namespace aluvia
