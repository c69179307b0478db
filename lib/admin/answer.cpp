#include "admin/answer.hpp"

#include "http/status.hpp"

#include <utility>

#include <fmt/format.h>

namespace aluvia::admin {
namespace {

// A page of another site may not read this (no CORS field), frame it, embed it, or sniff a script in it. The
// proxy's own page loads its style, its script and its data from this address only.
constexpr std::string_view kept_to_itself =
    "X-Content-Type-Options: nosniff\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Content-Security-Policy: default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
    "'none'\r\n"
    "Referrer-Policy: no-referrer\r\n";

}  // namespace

Answer line(int status, std::string_view sentence) {
  SecretString text(sentence);
  text += '\n';
  return {status, plain_text, std::move(text)};
}

SecretString render(const Answer& answer, Body body, Ending ending) {
  SecretString out(fmt::format("HTTP/1.1 {} {}\r\n", answer.status, http::reason_phrase(answer.status)));
  if (answer.status != 304)  // a browser keeps the type and the length that it has
    out += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", answer.type, answer.body.size());
  if (!answer.allow.empty()) out += fmt::format("Allow: {}\r\n", answer.allow);
  if (!answer.challenge.empty()) out += fmt::format("WWW-Authenticate: {}\r\n", answer.challenge);
  if (!answer.encoding.empty()) out += fmt::format("Content-Encoding: {}\r\n", answer.encoding);
  if (answer.etag.empty()) {
    out += "Cache-Control: no-store\r\n";
  } else {
    out += fmt::format("Cache-Control: no-cache\r\nVary: Accept-Encoding\r\nETag: {}\r\n", answer.etag);
  }
  out += kept_to_itself;
  out += ending == Ending::keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  if (body == Body::sent && answer.status != 304) out += answer.body;
  return out;
}

}  // namespace aluvia::admin
