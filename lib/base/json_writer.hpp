// JsonWriter: writes JSON member by member. Every JSON text of this project comes from it.
#pragma once

#include "base/secret_string.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia {

/// Strings are escaped as by json_quoted(). The text is built in memory that is overwritten when it is freed,
/// because it may hold credentials.
///
/// Every call but take() and take_line() belongs between begin and end of an object or list. A name comes
/// first in objects; in lists, and for the outermost value, it is ignored.
class JsonWriter {
 public:
  JsonWriter();
  ~JsonWriter();
  JsonWriter(JsonWriter&&) noexcept;
  JsonWriter& operator=(JsonWriter&&) noexcept;

  void begin_object(std::string_view name = {});
  void end_object();
  void begin_list(std::string_view name = {});
  void end_list();

  void text(std::string_view name, std::string_view value);
  void text_or_null(std::string_view name, const std::optional<std::string>& value);
  void texts(std::string_view name, const std::vector<std::string>& values);
  /// Writes nothing if `value` is empty.
  void text_if_any(std::string_view name, std::string_view value);
  void number(std::string_view name, std::uint64_t value);
  void decimal(std::string_view name, double value);  ///< three digits behind the point
  void decimal_or_null(std::string_view name, std::optional<double> value);
  void yes_or_no(std::string_view name, bool value);
  /// `json` is one complete value that a JsonWriter wrote.
  void raw(std::string_view name, std::string_view json);

  /// Returns the text; once.
  SecretString take();
  /// As take(), with a line feed behind it.
  SecretString take_line();

 private:
  void key(std::string_view name);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aluvia
