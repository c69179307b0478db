// AccessLine: makes the line of the access log of one request or tunnel.
#pragma once

#include "telemetry/line_text.hpp"
#include "telemetry/request_record.hpp"

#include <cstddef>

namespace aluvia::telemetry {

/// json: one object with the same fields in every line. ecs: one object with names of the Elastic Common
/// Schema, without the fields that do not apply. text: one line for people.
enum class AccessFormat { json, ecs, text };

/// For one thread. docs/access-log.md describes the fields.
class AccessLine {
 public:
  /// The moment of a line: the end of a request or tunnel, or the opening of a tunnel.
  enum class Moment { end, open };

  /// `has_path`: lines of plain requests have path and query; else no line has them.
  AccessLine(AccessFormat format, bool has_path) noexcept : format_(format), has_path_(has_path) {}

  /// Returns the space that the line of `record` can take.
  static std::size_t most_bytes(const RequestRecord& record) noexcept;
  /// Writes the line with its line feed at `at`, and returns the place behind.
  char* put(char* at, const RequestRecord& record, Moment moment = Moment::end);

 private:
  AccessFormat format_;
  bool has_path_;
  RepeatedTexts texts_;
};

}  // namespace aluvia::telemetry
