// Writes JSON member by member with RapidJSON. Private to the module's *_json.cpp files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::admin {

/// Every call but the last belongs between begin and end of an object or list; a name comes first in objects
/// and is left out (empty) in lists.
class JsonWriter {
 public:
  JsonWriter();
  ~JsonWriter();
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  void begin_object(std::string_view name = {});
  void end_object();
  void begin_list(std::string_view name = {});
  void end_list();

  void text(std::string_view name, std::string_view value);
  void text_or_null(std::string_view name, const std::optional<std::string>& value);
  void texts(std::string_view name, const std::vector<std::string>& values);
  /// Left out where empty.
  void text_if_any(std::string_view name, std::string_view value);
  void number(std::string_view name, std::uint64_t value);
  void decimal(std::string_view name, double value);  ///< three digits behind the point
  void decimal_or_null(std::string_view name, std::optional<double> value);
  void yes_or_no(std::string_view name, bool value);

  /// The text with a newline; once.
  std::string take();

 private:
  void key(std::string_view name);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aluvia::admin
