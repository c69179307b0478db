// Fuzz target for response heads: the forwarded head reads as the same response, with an end that the client
// can find.
#include "base/ascii.hpp"
#include "heads.hpp"
#include "http/forward.hpp"
#include "http/framing.hpp"
#include "http/proxy_status.hpp"

namespace aluvia::fuzz {
namespace {

http::ResponseHeadReader read_again(const http::ResponseHead& head, const std::string& out) {
  http::ResponseHeadReader next({.bytes = out.size() + 1, .fields = head.fields.size() + 2});
  const http::Progress progress = next.read(out);
  require(progress.is_done() && progress.consumed() == out.size(), "what goes out is one head and no more");
  require(next.head().status == head.status && next.head().reason == head.reason, "status and reason stay");
  require(http::count_fields(next.head().fields, "Connection") <= 1, "at most one Connection goes out");
  require(out.find("\n\n") == out.npos && out.ends_with("\r\n\r\n"), "lines go out with CRLF");
  require(!http::announces_forbidden_body(next.head()), "no body is announced where none may be");
  return next;
}

// As a proxy passes a response to `method` on: what this client reads as the body is what we send it.
void check_passing_on(const http::ResponseHead& head, std::string_view method, int client_minor, bool close) {
  const auto framing = http::response_framing(head, method);
  if (!framing) return;
  const bool strips = client_minor == 0 && framing->kind == http::BodyKind::chunked;
  const http::OutgoingResponse outgoing{client_minor, close || strips, strips};
  std::string out;
  http::append_response_head(out, head, outgoing);
  const http::ResponseHeadReader next = read_again(head, out);
  const auto seen = http::response_framing(next.head(), method);
  require(seen.has_value(), "the client can tell the body's end");
  require(
      seen->kind == (strips ? http::BodyKind::until_close : framing->kind) && seen->length == framing->length,
      "the body's end stays");
  require(client_minor > 0 || http::find_field(next.head().fields, "Transfer-Encoding") == nullptr,
          "HTTP/1.0 knows no Transfer-Encoding");
  for (const http::Field& field : next.head().fields) {
    const bool is_status = ascii::equals_ignoring_case(field.name, "Proxy-Status");
    require(!is_status || http::without_us(field.value) == field.value, "Proxy-Status does not name us");
  }
  require(!http::list_contains(next.head().fields, "Transfer-Encoding", "identity"),
          "identity is not sent on");
  std::string again;
  http::append_response_head(again, next.head(), outgoing);
  require(again == out, "passing on what was passed on changes nothing");
}

void check_response(std::string_view input, http::HeadLimits limits) {
  if (!check_reading<http::ResponseHeadReader>(input, limits)) return;
  http::ResponseHeadReader reader(limits);
  static_cast<void>(reader.read(input));
  const http::ResponseHead& head = reader.head();
  require(head.status >= 100 && head.status <= 999 && is_clean(head.reason),
          "a status and a printable reason");
  for (const std::string_view method : {"GET", "HEAD"}) {
    for (const int minor : {0, 1}) {
      check_passing_on(head, method, minor, false);
      check_passing_on(head, method, minor, true);
    }
  }
}

}  // namespace

void response_head(std::string_view input) {
  check_response(input, {});
  check_response(input, {.bytes = 128, .fields = 3});
}

}  // namespace aluvia::fuzz
