#include "proxy/proxy_error.hpp"

#include "net/error.hpp"

#include <catch2/catch.hpp>

namespace aluvia::proxy {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

TEST_CASE("Every kind of failure has a row with a status or leaves it to the finder") {
  for (int i = 0; i <= static_cast<int>(ProxyErrorKind::internal); ++i) {
    const auto kind = static_cast<ProxyErrorKind>(i);
    const ProxyErrorRow& row = row_of(kind);
    CHECK(row.kind == kind);
    CHECK_FALSE(row.error.empty());
    CHECK((row.status == 0) == (kind == ProxyErrorKind::request_malformed));
    if (row.status != 0)
      CHECK(contains(render_answer({kind, "x"}, {}), " " + std::to_string(row.status) + " "));
    CHECK(render_answer({kind, "x", 400}, {}).substr(12, 8) != " Error\r\n");
  }
}

TEST_CASE("An answer says where the request went, by which rule, and what went wrong") {
  const std::string answer =
      render_answer({ProxyErrorKind::connection_refused, "cannot connect to example.com:80"},
                    {"example.com:80", "direct", "no rule matches", false});
  CHECK(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  CHECK(contains(answer,
                 "\r\nProxy-Status: aluvia-connect; error=connection_refused; "
                 "details=\"cannot connect to example.com:80\"\r\n"));
  CHECK(contains(answer, "\r\nConnection: close\r\n"));
  CHECK(contains(answer,
                 "host:  example.com:80\nroute: direct (no rule matches)\nerror: connection_refused\n"));
}

TEST_CASE("An answer has the id of its request in the body and in Proxy-Status") {
  ProxyErrorContext context{"x:1", "direct", "why", false};
  CHECK_FALSE(contains(render_answer({ProxyErrorKind::loop, "no"}, context), "request "));
  context.id = {0x7f3a9c, 1042};
  const std::string answer = render_answer({ProxyErrorKind::loop, "no"}, context);
  CHECK(contains(answer, "; details=\"no (request 7f3a9c-1042)\"\r\n"));
  CHECK(contains(answer, "error: proxy_loop_detected\nrequest 7f3a9c-1042\n"));
}

TEST_CASE("The body is as long as Content-Length says, and missing after HEAD") {
  const ProxyError failure{ProxyErrorKind::loop, "x:1 is this proxy itself"};
  const std::string answer = render_answer(failure, {"x:1", "direct", "why", false});
  const std::size_t body = answer.find("\r\n\r\n") + 4;
  CHECK(contains(answer, "\r\nContent-Length: " + std::to_string(answer.size() - body) + "\r\n"));
  CHECK(render_answer(failure, {"x:1", "direct", "why", true}) == answer.substr(0, body));
}

TEST_CASE("The details are a structured string: nothing in them can end it or begin a field") {
  const std::string answer =
      render_answer({ProxyErrorKind::gateway_refused, "a \"b\" \\c \r\nX-Evil: \x7F\xE9"}, {});
  CHECK(contains(answer, "details=\"a \\\"b\\\" \\\\c ??X-Evil: ??\"\r\n"));
}

TEST_CASE(
    "The finder of a malformed request proposes the status; a gateway's status is reported as received") {
  CHECK(render_answer(error_from(http::ParseError{431, "too many fields"}), {})
            .starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
  const std::string refused = render_answer({ProxyErrorKind::gateway_credentials, "no", 407}, {});
  CHECK(refused.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  CHECK(contains(refused, "; received-status=407\r\n"));
}

TEST_CASE("Another try is advised where the gateway's answer to CONNECT may pass, and nowhere else") {
  const auto answer = [](int status) {
    return render_answer({ProxyErrorKind::gateway_refused, "the gateway answered", status}, {});
  };
  for (const int status : {502, 503, 504}) {
    CAPTURE(status);
    CHECK(contains(answer(status), "trying again often helps"));
  }
  for (const int status : {199, 301, 302, 400, 402, 403, 404, 405, 429, 451, 500, 501, 599}) {
    CAPTURE(status);
    CHECK_FALSE(contains(answer(status), "often helps"));
    CHECK(contains(answer(status), "received-status=" + std::to_string(status)));
  }
}

TEST_CASE("The advice about a refused CONNECT names the cause that its status shows") {
  const auto answer = [](int status) {
    return render_answer({ProxyErrorKind::gateway_refused, "the gateway answered", status}, {});
  };
  for (const int status : {302, 400, 405, 501})
    CHECK(contains(answer(status), "check the gateway's host, port and protocol"));
  for (const int status : {402, 403, 451}) CHECK(contains(answer(status), "check the account"));
  CHECK(contains(answer(429), "wait before you try again"));
}

TEST_CASE("What a connect or look-up failed with becomes a kind") {
  const auto kind = [](std::error_code error) { return error_from(error, "x:1").kind; };
  CHECK(kind(net::NetError::name_not_found) == ProxyErrorKind::name_not_found);
  CHECK(kind(net::NetError::dns_timeout) == ProxyErrorKind::dns_timeout);
  CHECK(kind(net::NetError::dns_failure) == ProxyErrorKind::dns_error);
  CHECK(kind(net::NetError::would_loop) == ProxyErrorKind::loop);
  CHECK(kind(net::NetError::tls_certificate) == ProxyErrorKind::tls_certificate);
  CHECK(kind(net::NetError::tls_protocol) == ProxyErrorKind::tls_protocol);
  CHECK(kind(std::make_error_code(std::errc::connection_refused)) == ProxyErrorKind::connection_refused);
  CHECK(kind(std::make_error_code(std::errc::timed_out)) == ProxyErrorKind::connection_timeout);
  CHECK(kind(std::make_error_code(std::errc::host_unreachable)) == ProxyErrorKind::unroutable);
  CHECK(kind(std::make_error_code(std::errc::too_many_files_open)) == ProxyErrorKind::no_descriptor);
  CHECK(kind(std::make_error_code(std::errc::connection_reset)) == ProxyErrorKind::connection_terminated);
}

}  // namespace
}  // namespace aluvia::proxy
