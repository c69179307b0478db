// FieldScan: searches a head that arrives in pieces for one field, without storing the head.
#pragma once

#include "base/secret_string.hpp"

#include <cstddef>
#include <string_view>

namespace aluvia::http {

/// It stores at most the start of the current line and the last value found. Both are overwritten when they
/// are freed, because they may hold credentials. It does not validate the head; RequestHeadReader does.
class FieldScan {
 public:
  /// Bytes. A longer value is counted, but value() is empty.
  static constexpr std::size_t longest_value = 1024;

  /// `name` must outlive the scan.
  explicit FieldScan(std::string_view name);
  FieldScan(const FieldScan&) = delete;
  FieldScan& operator=(const FieldScan&) = delete;

  /// Reads the next bytes of the head, up to its blank line. Returns true if a field with that name ended in
  /// them.
  bool read(std::string_view bytes);

  /// Returns true once the blank line was read.
  bool is_complete() const noexcept { return is_complete_; }
  /// Bytes of the head read so far.
  std::size_t bytes() const noexcept { return bytes_; }
  /// Field lines read so far.
  std::size_t fields() const noexcept { return lines_ > 0 ? lines_ - 1 : 0; }
  /// Fields with that name read so far.
  std::size_t count() const noexcept { return count_; }
  /// Value of the last of them, without white space around it.
  std::string_view value() const noexcept { return value_; }

 private:
  std::size_t line_capacity() const noexcept;
  void keep(std::string_view piece);
  bool end_line();

  std::string_view name_;
  SecretString line_;            // the start of the current line
  std::size_t line_length_ = 0;  // of the whole current line, its CR included
  SecretString value_;
  std::size_t bytes_ = 0;
  std::size_t lines_ = 0;  // complete ones, start line included
  std::size_t count_ = 0;
  bool is_complete_ = false;
};

}  // namespace aluvia::http
