#include "mcp/line_reader.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::mcp {

LineReader::LineReader(std::size_t longest, OnLine on_line, OnTooLong on_too_long)
    : longest_(longest), on_line_(std::move(on_line)), on_too_long_(std::move(on_too_long)) {}

void LineReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    append(bytes.substr(0, end));
    if (end == std::string_view::npos) return;
    end_line();
    bytes.remove_prefix(end + 1);
  }
}

void LineReader::finish() {
  end_line();
}

void LineReader::append(std::string_view bytes) {
  if (is_skipping_) return;
  if (bytes.size() <= longest_ - begun_.size()) {
    begun_ += bytes;
    return;
  }
  is_skipping_ = true;
  std::string().swap(begun_);
  on_too_long_();
}

void LineReader::end_line() {
  // Emptied before the call, so that an idle server holds no memory of a long line.
  std::string line = std::exchange(begun_, {});
  if (line.ends_with('\r')) line.pop_back();
  if (!std::exchange(is_skipping_, false) && !line.empty()) on_line_(line);
}

}  // namespace aluvia::mcp
