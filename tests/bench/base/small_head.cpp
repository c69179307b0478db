#include "base/small_head.hpp"

#include <algorithm>
#include <charconv>

namespace aluvia::bench {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string_view complete_head(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string_view() : bytes.substr(0, end + 4);
}

std::string_view second_word(std::string_view head) {
  const auto begin = head.find(' ');
  if (begin == std::string_view::npos) return {};
  return head.substr(begin + 1, head.find_first_of(" \r", begin + 1) - begin - 1);
}

std::string_view field(std::string_view head, std::string_view name) {
  for (auto line = head.find("\r\n"); line != std::string_view::npos; line = head.find("\r\n", line + 2)) {
    const std::string_view rest = head.substr(line + 2);
    if (rest.size() <= name.size() || rest[name.size()] != ':' ||
        !same_word(rest.substr(0, name.size()), name)) {
      continue;
    }
    std::string_view value = rest.substr(name.size() + 1, rest.find("\r\n") - name.size() - 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    return value;
  }
  return {};
}

std::optional<std::size_t> content_length(std::string_view head) {
  const std::string_view digits = field(head, "Content-Length");
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (digits.empty() || error != std::errc{}) return std::nullopt;
  return length;
}

}  // namespace aluvia::bench
