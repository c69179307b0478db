#include "admin/answer.hpp"

#include "http/status.hpp"

#include <utility>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

// A page of another site may not read this (no CORS field), frame it, embed it, or sniff a script in it.
constexpr std::string_view kept_to_itself =
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Connection: close\r\n\r\n";

}  // namespace

Answer line(int status, std::string_view sentence) {
  SecretString text(sentence);
  text += '\n';
  return {status, plain_text, std::move(text)};
}

SecretString render(const Answer& answer, Body body) {
  SecretString out(fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n", answer.status,
                               http::reason_phrase(answer.status), answer.type, answer.body.size()));
  if (!answer.allow.empty()) out += fmt::format("Allow: {}\r\n", answer.allow);
  if (!answer.challenge.empty()) out += fmt::format("WWW-Authenticate: {}\r\n", answer.challenge);
  out += kept_to_itself;
  if (body == Body::sent) out += answer.body;
  return out;
}

}  // namespace aluvia::admin
