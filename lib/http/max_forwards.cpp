#include "http/max_forwards.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace aluvia::http {
namespace {

constexpr std::string_view trace = "TRACE";

bool holds_credentials(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 3> names{"Authorization", "Proxy-Authorization", "Cookie"};
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view other) { return ascii::equals_ignoring_case(name, other); });
}

std::string received_head(const RequestHead& head) {
  std::string out;
  out.append(head.method).append(" ").append(head.target);
  out.append(head.minor == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  for (const Field& field : head.fields) {
    if (!holds_credentials(field.name)) {
      out.append(field.name).append(": ").append(field.value).append("\r\n");
    }
  }
  return out.append("\r\n");
}

}  // namespace

std::optional<std::string_view> max_forwards(const RequestHead& head) noexcept {
  constexpr std::string_view name = "Max-Forwards";
  if (head.method != trace && head.method != "OPTIONS") return std::nullopt;
  const Field* const field = find_field(head.fields, name);
  if (field == nullptr || is_repeated(head.fields, *field)) return std::nullopt;
  const std::string_view text = field->value;
  if (text.empty() || !std::all_of(text.begin(), text.end(), ascii::is_digit)) return std::nullopt;
  return text.substr(std::min(text.find_first_not_of('0'), text.size() - 1));
}

bool is_last_recipient(const RequestHead& head) noexcept {
  return max_forwards(head) == "0";
}

std::string fewer_forwards(const RequestHead& head) {
  const auto forwards = max_forwards(head);
  if (!forwards || *forwards == "0") return {};
  std::string fewer(*forwards);
  const std::size_t last = fewer.find_last_not_of('0');
  --fewer[last];
  std::fill(fewer.begin() + static_cast<std::ptrdiff_t>(last) + 1, fewer.end(), '9');
  if (fewer.front() == '0' && fewer.size() > 1) fewer.erase(0, 1);
  return fewer;
}

std::string last_recipient_answer(const RequestHead& head) {
  const std::string body = head.method == trace ? received_head(head) : std::string{};
  std::string out = "HTTP/1.1 200 OK\r\n";
  out += head.method == trace ? "Content-Type: message/http\r\n"
                              : "Allow: GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH\r\n";
  out += "Content-Length: " + std::to_string(body.size()) +
         "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
  return out + body;
}

}  // namespace aluvia::http
