#include "http/field_scan.hpp"

#include "base/ascii.hpp"
#include "http/characters.hpp"

#include <algorithm>

namespace aluvia::http {
namespace {

// Bytes for white space around a value, and for the CR.
constexpr std::size_t spare = 16;

}  // namespace

FieldScan::FieldScan(std::string_view name) : name_(name) {
  line_.reserve(line_capacity());
  value_.reserve(longest_value);
}

bool FieldScan::read(std::string_view bytes) {
  bool found = false;
  while (!bytes.empty() && !is_complete_) {
    const std::size_t end = bytes.find('\n');
    keep(bytes.substr(0, end));
    if (end == bytes.npos) {
      bytes_ += bytes.size();
      break;
    }
    bytes_ += end + 1;
    bytes.remove_prefix(end + 1);
    if (end_line()) found = true;
  }
  return found;
}

std::size_t FieldScan::line_capacity() const noexcept {
  return name_.size() + 1 + longest_value + spare;
}

// Drops what exceeds the capacity, so that a line takes no more memory than that.
void FieldScan::keep(std::string_view piece) {
  line_length_ += piece.size();
  line_.append(piece.substr(0, line_capacity() - line_.size()));
}

// Returns true if the line is a field with the name. Empty lines before the start line are skipped.
bool FieldScan::end_line() {
  const bool is_whole = line_length_ == line_.size();
  std::string_view line = line_;
  if (is_whole && line.ends_with('\r')) line.remove_suffix(1);
  bool found = false;
  if (line.empty()) {
    is_complete_ = lines_ > 0;
  } else if (++lines_ > 1) {
    const std::size_t colon = line.find(':');
    found = colon != line.npos && ascii::equals_ignoring_case(line.substr(0, colon), name_);
    if (found) {
      ++count_;
      const std::string_view value = detail::trim_ows(line.substr(colon + 1));
      value_.clear();
      if (is_whole && value.size() <= longest_value) value_.append(value);
    }
  }
  line_.clear();
  line_length_ = 0;
  return found;
}

}  // namespace aluvia::http
