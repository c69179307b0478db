#include "http/max_forwards.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>

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

std::optional<std::uint64_t> max_forwards(const RequestHead& head) noexcept {
  constexpr std::string_view name = "Max-Forwards";
  if (head.method != trace && head.method != "OPTIONS") return std::nullopt;
  if (count_fields(head.fields, name) != 1) return std::nullopt;
  const std::string_view text = find_field(head.fields, name)->value;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
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
