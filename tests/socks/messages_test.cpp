// The SOCKS5 messages: every split, every truncation and every invalid byte.
#include "socks/messages.hpp"

#include <catch2/catch.hpp>

namespace aluvia::socks {
namespace {

using namespace std::string_literals;

struct Request {
  std::string bytes;
  std::string authority;
};

std::string request_to_name(const std::string& name, const std::string& port = "\x01\xBB"s) {
  return "\x05\x01\x00\x03"s + static_cast<char>(name.size()) + name + port;
}

const std::vector<Request> requests{
    {request_to_name("example.com"), "example.com:443"},
    {request_to_name("EXAMPLE.com."), "example.com:443"},
    {request_to_name("x", "\xFF\xFF"s), "x:65535"},
    {request_to_name("127.1", "\x00\x50"s), "127.0.0.1:80"},
    {request_to_name("::1", "\x00\x50"s), "[::1]:80"},
    {request_to_name("[2001:DB8::1]", "\x00\x50"s), "[2001:db8::1]:80"},
    {"\x05\x01\x00\x01\x7F\x00\x00\x01\x00\x01"s, "127.0.0.1:1"},
    {"\x05\x01\x00\x04\x20\x01\x0D\xB8"s + std::string(11, '\0') + "\x01\x01\x00"s, "[2001:db8::1]:256"},
    {"\x05\x01\x00\x04"s + std::string(10, '\0') + "\xFF\xFF\x7F\x00\x00\x01\x00\x50"s, "127.0.0.1:80"},
};

// Every beginning of `message` needs more bytes; the message does not, whatever stands behind it.
template <class T>
Message<T> parse_in_pieces(Parsed<T> (*parse)(std::string_view), const std::string& message) {
  for (std::size_t size = 0; size < message.size(); ++size) {
    CAPTURE(size);
    const auto beginning = parse(std::string_view(message).substr(0, size));
    REQUIRE(beginning);
    CHECK_FALSE(*beginning);
  }
  const auto whole = parse(message);
  REQUIRE(whole);
  REQUIRE(*whole);
  for (const std::string& more : {"\x05"s, "\x00"s, "\xFF and the bytes of a tunnel"s}) {
    const auto longer = parse(message + more);
    REQUIRE(longer);
    REQUIRE(*longer);
    CHECK((*longer)->size == message.size());
  }
  CHECK((*whole)->size == message.size());
  return **whole;
}

// Rejected at `place`, and not before.
template <class T>
void check_rejected_at(std::size_t place, Parsed<T> (*parse)(std::string_view), const std::string& message,
                       Reply reply) {
  CAPTURE(place, message);
  const auto before = parse(std::string_view(message).substr(0, place));
  REQUIRE(before);
  CHECK_FALSE(*before);
  const auto then = parse(std::string_view(message).substr(0, place + 1));
  REQUIRE_FALSE(then);
  CHECK(then.error().reply == reply);
  CHECK_FALSE(then.error().why.empty());
}

TEST_CASE("A greeting is complete behind its last method") {
  const auto both = parse_in_pieces(parse_greeting, "\x05\x03\x01\x02\x00"s);
  CHECK(both.value.offers_no_authentication);
  CHECK(both.value.offers_password);
  const auto none = parse_in_pieces(parse_greeting, "\x05\x01\x01"s);
  CHECK_FALSE(none.value.offers_no_authentication);
  CHECK_FALSE(none.value.offers_password);
  const auto longest = parse_in_pieces(parse_greeting, "\x05\xFF"s + std::string(254, '\x7F') + "\x02"s);
  CHECK_FALSE(longest.value.offers_no_authentication);
  CHECK(longest.value.offers_password);
}

TEST_CASE("A greeting needs the version and a method") {
  for (int version = 0; version < 256; ++version) {
    if (version == 5) continue;
    check_rejected_at(0, parse_greeting, std::string(1, static_cast<char>(version)), Reply::general_failure);
  }
  check_rejected_at(1, parse_greeting, "\x05\x00"s, Reply::general_failure);
}

TEST_CASE("Credentials may be empty, long, and of any bytes") {
  const std::string longest(255, '\xFF');
  for (const std::string& user : {""s, "agent"s, "\x00:\x01"s, longest}) {
    for (const std::string& password : {""s, "open:sesame"s, longest}) {
      const std::string message =
          "\x01"s + static_cast<char>(user.size()) + user + static_cast<char>(password.size()) + password;
      CHECK(message.size() <= 513);
      parse_in_pieces(parse_credentials, message);
      const auto parsed = parse_credentials(message);  // its views point into `message`
      CHECK((*parsed)->value.user == user);
      CHECK((*parsed)->value.password == password);
    }
  }
}

TEST_CASE("Credentials need their own version") {
  for (int version = 0; version < 256; ++version) {
    if (version == 1) continue;
    check_rejected_at(0, parse_credentials, std::string(1, static_cast<char>(version)),
                      Reply::general_failure);
  }
}

TEST_CASE("A request for a name or an address is complete behind its port") {
  for (const Request& request : requests) {
    CAPTURE(request.authority);
    CHECK(parse_in_pieces(parse_request, request.bytes).value.text() == request.authority);
  }
}

TEST_CASE("The longest name is a name") {
  const std::string label(63, 'a');
  const std::string name = label + "." + label + "." + label + "." + std::string(61, 'b');
  CHECK(name.size() == 253);
  CHECK(parse_in_pieces(parse_request, request_to_name(name)).value.host == name);
  CHECK_FALSE(parse_request(request_to_name(name + "c")));
}

TEST_CASE("Commands other than CONNECT are not supported") {
  for (int command = 0; command < 256; ++command) {
    if (command == 1) continue;
    check_rejected_at(1, parse_request, "\x05"s + static_cast<char>(command), Reply::command_not_supported);
  }
  CHECK(parse_request("\x05\x02"s).error().why == "SOCKS BIND is not supported");
  CHECK(parse_request("\x05\x03"s).error().why == "SOCKS UDP ASSOCIATE is not supported");
}

TEST_CASE("Address types other than names, IPv4 and IPv6 are not supported") {
  for (int type = 0; type < 256; ++type) {
    if (type == 1 || type == 3 || type == 4) continue;
    check_rejected_at(3, parse_request, "\x05\x01\x00"s + static_cast<char>(type),
                      Reply::address_type_not_supported);
  }
}

TEST_CASE("A request needs the version and a reserved 0") {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte != 5) {
      check_rejected_at(0, parse_request, std::string(1, static_cast<char>(byte)), Reply::general_failure);
    }
    if (byte != 0) {
      check_rejected_at(2, parse_request, "\x05\x01"s + static_cast<char>(byte), Reply::general_failure);
    }
  }
}

TEST_CASE("A request needs a host that HTTP accepts too, and a port") {
  check_rejected_at(4, parse_request, "\x05\x01\x00\x03\x00"s, Reply::general_failure);
  for (const std::string& name : {"a b"s, "\x00"s, "a\x00.test"s, "a@b"s, "a..b"s, "a:80"s, "\xC3\xA9.test"s,
                                  "a/b"s, "1.2.3.4.5"s, std::string(64, 'a'), "fe80::1%eth0"s, "\r\n"s}) {
    const std::string message = request_to_name(name);
    check_rejected_at(message.size() - 1, parse_request, message, Reply::general_failure);
  }
  for (const Request& request : requests) {
    std::string message = request.bytes;
    message.replace(message.size() - 2, 2, 2, '\0');
    check_rejected_at(message.size() - 1, parse_request, message, Reply::general_failure);
  }
}

TEST_CASE("Any byte in a name gives the host that HTTP reads, or an error") {
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const std::string name = "a"s + static_cast<char>(byte) + "b.test";
    const auto by_http = http::parse_host(name);
    const auto by_socks = parse_request(request_to_name(name));
    REQUIRE(by_socks.has_value() == by_http.has_value());
    if (by_http) CHECK((*by_socks)->value.host == by_http->host);
  }
}

TEST_CASE("The method is chosen from what is offered") {
  const auto chosen = [](bool none, bool password, bool wants) {
    return choose_method({none, password}, wants);
  };
  CHECK(chosen(true, true, false) == Method::no_authentication);
  CHECK(chosen(true, false, false) == Method::no_authentication);
  CHECK(chosen(false, true, false) == Method::password);
  CHECK(chosen(false, false, false) == Method::none_acceptable);
  CHECK(chosen(true, true, true) == Method::password);
  CHECK(chosen(false, true, true) == Method::password);
  CHECK(chosen(true, false, true) == Method::none_acceptable);
  CHECK(chosen(false, false, true) == Method::none_acceptable);
}

TEST_CASE("Messages to the client have the bytes of the RFCs") {
  CHECK(method_message(Method::none_acceptable) == "\x05\xFF"s);
  CHECK(method_message(Method::password) == "\x05\x02"s);
  CHECK(credentials_message(true) == "\x01\x00"s);
  CHECK(credentials_message(false) == "\x01\x01"s);
  CHECK(reply_message(Reply::succeeded) == "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s);
  CHECK(reply_message(Reply::address_type_not_supported) == "\x05\x08\x00\x01\x00\x00\x00\x00\x00\x00"s);
  CHECK(version_4_rejection() == "\x00\x5B\x00\x00\x00\x00\x00\x00"s);
}

TEST_CASE("Both versions are told from HTTP by their first byte") {
  for (int byte = 0; byte < 256; ++byte) {
    CHECK(is_version(static_cast<char>(byte)) == (byte == 4 || byte == 5));
  }
}

}  // namespace
}  // namespace aluvia::socks
