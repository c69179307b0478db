// Looks for one field in a message head that is read in pieces and not kept.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aluvia::http {

/// Memory is bounded: the beginning of the line at hand and the last value found. Both are overwritten when
/// they are freed, for they may hold credentials. It finds lines and names, and checks nothing else: a head
/// in which it found something is not therefore valid (RequestHeadReader decides that).
class FieldScan {
 public:
  /// A longer value is found, but is empty.
  static constexpr std::size_t longest_value = 1024;

  /// `name` must outlive the scan.
  explicit FieldScan(std::string_view name);
  ~FieldScan();
  FieldScan(const FieldScan&) = delete;
  FieldScan& operator=(const FieldScan&) = delete;

  /// Takes the next bytes of the head, up to its blank line. True where a field with that name ended in them.
  bool read(std::string_view bytes);

  /// True once the blank line has come.
  bool is_complete() const noexcept { return is_complete_; }
  /// Bytes of the head so far.
  std::size_t bytes() const noexcept { return bytes_; }
  /// Field lines so far.
  std::size_t fields() const noexcept { return lines_ > 0 ? lines_ - 1 : 0; }
  /// Fields with that name so far.
  std::size_t count() const noexcept { return count_; }
  /// Value of the last of them, without the white space around it.
  std::string_view value() const noexcept { return value_; }

 private:
  void keep(std::string_view piece);
  bool end_line();

  std::string_view name_;
  std::string line_;             // the beginning of the line at hand
  std::size_t line_length_ = 0;  // all of it, its CR included
  std::string value_;
  std::size_t bytes_ = 0;
  std::size_t lines_ = 0;  // complete ones, start line included
  std::size_t count_ = 0;
  bool is_complete_ = false;
};

}  // namespace aluvia::http
