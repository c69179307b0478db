// Tests of the request-target parser and of Host fields.
#include "http/target.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace aluvia::http;
using namespace std::literals;

namespace {

RequestHead head_of(std::string_view method, std::string_view target) {
  return {method, target, 1, {}};
}

Target target_of(std::string_view method, std::string_view text) {
  auto target = parse_target(head_of(method, text));
  INFO(text);
  REQUIRE(target);
  return *std::move(target);
}

struct Rejected {
  std::string method;
  std::string target;
  int status;
  std::string word;
};

RequestHead with_hosts(int minor, std::initializer_list<std::string_view> values) {
  RequestHead head{"GET", "/", minor, {{"Accept", "*/*"}}};
  for (const std::string_view value : values) head.fields.push_back({"hOsT", value});
  return head;
}

}  // namespace

TEST_CASE("A path is origin-form: a request for the proxy itself") {
  const Target target = target_of("GET", "/livez?verbose");
  CHECK(target.form == TargetForm::origin);
  CHECK(target.path == "/livez?verbose");
  CHECK(target_of("GET", "//double").path == "//double");
  CHECK(target_of("OPTIONS", "/").form == TargetForm::origin);
  CHECK(target_of("GET", "/http://a/").form == TargetForm::origin);
}

TEST_CASE("An http URL is absolute-form, with its authority folded and as sent") {
  const std::string text = "http://Example.COM.:8080/a/b?c=d";
  const Target target = target_of("GET", text);
  CHECK(target.form == TargetForm::absolute);
  CHECK(target.authority == Authority{"example.com", 8080, HostKind::name});
  CHECK(target.authority_text == "Example.COM.:8080");
  CHECK(target.path == "/a/b?c=d");
  CHECK_FALSE(target.needs_slash);
  CHECK(target.path.data() == text.data() + text.find("/a"));
}

TEST_CASE("Path and query of a URL may hold bytes from 0x80 on") {
  CHECK(target_of("GET", "http://a/\xC3\xA4?\xFF").path == "/\xC3\xA4?\xFF");
  const Target query = target_of("GET", "http://a?\x80");
  CHECK(query.path == "?\x80");
  CHECK(query.needs_slash);
}

TEST_CASE("The scheme is read in any letter case, ws means http, and port 80 is the default") {
  for (const std::string_view text : {"http://a/x"sv, "HTTP://a/x"sv, "ws://a/x"sv, "Ws://a:/x"sv}) {
    const Target target = target_of("GET", text);
    CHECK(target.authority == Authority{"a", 80, HostKind::name});
    CHECK(target.path == "/x");
  }
}

TEST_CASE("An IPv6 literal is an authority in absolute-form and in authority-form") {
  const Target absolute = target_of("GET", "http://[2001:DB8::1]:81?q");
  CHECK(absolute.authority == Authority{"2001:db8::1", 81, HostKind::ipv6});
  CHECK(absolute.authority_text == "[2001:DB8::1]:81");
  CHECK(target_of("CONNECT", "[::1]:443").authority == Authority{"::1", 443, HostKind::ipv6});
}

TEST_CASE("An empty path is a slash, or an asterisk for OPTIONS") {
  CHECK(target_of("GET", "http://a").path == "/");
  CHECK(target_of("GET", "http://a:81").path == "/");
  CHECK(target_of("OPTIONS", "http://a").path == "*");
  CHECK(target_of("OPTIONS", "http://a/").path == "/");
  CHECK_FALSE(target_of("GET", "http://a").needs_slash);
}

TEST_CASE("A query without a path needs a slash before it") {
  for (const std::string_view method : {"GET"sv, "OPTIONS"sv}) {
    const Target target = target_of(method, "http://a?b/c?d");
    CHECK(target.authority_text == "a");
    CHECK(target.path == "?b/c?d");
    CHECK(target.needs_slash);
  }
}

TEST_CASE("Path and query stay as they were sent") {
  for (const std::string_view path :
       {"/%zz"sv, "/a/../b"sv, "/{|}\"<>^`\\"sv, "/@:x@y:z"sv, "/?u=http://b:0/"sv}) {
    CHECK(target_of("GET", "http://a" + std::string(path)).path.size() == path.size());
    const std::string text = "http://a" + std::string(path);
    CHECK(target_of("GET", text).path == path);
  }
}

TEST_CASE("CONNECT takes host and port, and nothing else") {
  const Target target = target_of("CONNECT", "Example.com:443");
  CHECK(target.form == TargetForm::authority);
  CHECK(target.authority == Authority{"example.com", 443, HostKind::name});
}

TEST_CASE("OPTIONS may name the proxy itself with an asterisk") {
  const Target target = target_of("OPTIONS", "*");
  CHECK(target.form == TargetForm::asterisk);
  CHECK(target.path == "*");
}

TEST_CASE("An invalid target is rejected with its status") {
  const auto& [method, target, status, word] = GENERATE(values<Rejected>({
      {"GET", "", 400, "empty request-target"},
      {"GET", "*", 400, "without OPTIONS"},
      {"CONNECT", "*", 400, ""},
      {"OPTIONS", "**", 400, "no path"},
      {"GET", "a:80", 400, "no path"},
      {"GET", "example.com", 400, "no path"},
      {"GET", "a/b", 400, "no path"},
      {"GET", "?q", 400, "no path"},
      {"GET", "http:", 400, "no path"},
      {"GET", "http:/a", 400, "no path"},
      {"GET", "http:a", 400, "no path"},
      {"GET", "mailto:a", 400, "no path"},
      {"GET", "://a", 400, "none of the four"},
      {"GET", "a/b://c", 400, "none of the four"},
      {"GET", "1http://a", 400, "none of the four"},
      {"GET", "ht*tp://a", 400, "none of the four"},
      {"GET", "https://a/", 501, "CONNECT tunnel"},
      {"GET", "HTTPS://a/", 501, "CONNECT tunnel"},
      {"GET", "wss://a/", 501, "CONNECT tunnel"},
      {"GET", "ftp://a/", 501, "scheme"},
      {"GET", "coap+tcp://a", 501, "scheme"},
      {"GET", "svn-a.b://a", 501, "scheme"},
      {"GET", "http://", 400, "empty host"},
      {"GET", "http:///path", 400, "empty host"},
      {"GET", "http://?q", 400, "empty host"},
      {"GET", "http://:80/", 400, "empty host"},
      {"GET", "http://user@a/", 400, "user information"},
      {"GET", "http://user:pw@a:80/", 400, "user information"},
      {"GET", "http://a:0/", 400, "port 0"},
      {"GET", "http://a:65536/", 400, "65535"},
      {"GET", "http://a:x/", 400, "port"},
      {"GET", "http://a\\b/", 400, "host name"},
      {"GET", "http://::1/", 400, "brackets"},
      {"GET", "http://a/#f", 400, "fragment"},
      {"GET", "http://a#f", 400, "fragment"},
      {"GET", "/#f", 400, "fragment"},
      {"GET", "/a b", 400, "forbidden character"},
      {"GET", "/a\tb", 400, "forbidden character"},
      {"GET", "/a\x7F", 400, "forbidden character"},
      {"GET", "/\xC3\xA4", 400, "outside ASCII"},
      {"GET", "\xC3\xA4", 400, "no path"},
      {"GET", "h\xC3ttp://a/", 400, "none of the four"},
      {"GET", "http://\xC3\xA4/", 400, "outside ASCII"},
      {"GET", "http://a.test:8\xC3/", 400, "port"},
      {"GET", "http://a/" + std::string(30 * 1024, '\xC3'), 414, "too long"},
      {"GET", "http://a/\r\n", 400, "forbidden character"},
      {"GET", "/\0"s, 400, "forbidden character"},
      {"CONNECT", "example.com", 400, "without a port"},
      {"CONNECT", "example.com:", 400, "without a port"},
      {"CONNECT", "example.com:0", 400, "port 0"},
      {"CONNECT", "example.com:65536", 400, "65535"},
      {"CONNECT", ":443", 400, "empty host"},
      {"CONNECT", "user@example.com:443", 400, "user information"},
      {"CONNECT", "http://a:80", 400, ""},
      {"CONNECT", "http://a/", 400, ""},
      {"CONNECT", "/", 400, "host name"},
      {"CONNECT", "\xC3\xA4.example:443", 400, "outside ASCII"},
      {"CONNECT", "a:443/", 400, "port"},
      {"CONNECT", "a:443?q", 400, "port"},
      {"connect", "a:443", 400, "no path"},
  }));
  INFO(method << ' ' << target);
  const auto parsed = parse_target(head_of(method, target));
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().status == status);
  INFO(parsed.error().why);
  CHECK(parsed.error().why.find(word) != std::string_view::npos);
}

TEST_CASE("HTTP/1.1 needs exactly one Host field, HTTP/1.0 at most one") {
  CHECK(check_host_fields(with_hosts(1, {"a"})));
  CHECK(check_host_fields(with_hosts(0, {"a"})));
  CHECK(check_host_fields(with_hosts(0, {})));
  CHECK_FALSE(check_host_fields(with_hosts(1, {})));
  CHECK_FALSE(check_host_fields(with_hosts(1, {"a", "a"})));
  CHECK_FALSE(check_host_fields(with_hosts(1, {"", ""})));
  CHECK_FALSE(check_host_fields(with_hosts(0, {"a", "b"})));
  CHECK(check_host_fields(with_hosts(1, {})).error().status == 400);
}

TEST_CASE("A CONNECT may have no Host field or one, but not two") {
  RequestHead connect = with_hosts(1, {});
  connect.method = "CONNECT";
  connect.target = "a:443";
  CHECK(check_host_fields(connect));
  connect.fields.push_back({"Host", "a:443"});
  CHECK(check_host_fields(connect));
  connect.fields.push_back({"Host", "a:443"});
  CHECK_FALSE(check_host_fields(connect));
}

TEST_CASE("A Host field is an authority or empty") {
  for (const std::string_view good : {""sv, "a"sv, "a:80"sv, "[::1]"sv, "[::1]:8080"sv, "A.b."sv}) {
    CHECK(check_host_fields(with_hosts(1, {good})));
  }
  for (const std::string_view bad :
       {"a,b"sv, "a b"sv, "a:0"sv, "a:x"sv, "u@a"sv, "http://a"sv, "a/"sv, ":80"sv}) {
    const auto checked = check_host_fields(with_hosts(1, {bad}));
    INFO(bad);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().status == 400);
  }
}
