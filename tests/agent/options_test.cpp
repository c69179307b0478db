// Tests the options that the constructor of AgentConnectClient rejects, before anything starts.
#include "agent/fixture.hpp"
#include "agent/option_range.hpp"

#include <fstream>

using namespace aluvia;
using namespace aluvia::agent;
using namespace std::chrono_literals;

namespace {

AgentConnectClientOptions sound() {
  AgentConnectClientOptions options;
  options.token = Secret("token-1");
  return options;
}

template <class Change>
std::string complaint(Change change) {
  auto options = sound();
  change(options);
  try {
    AgentConnectClient client(std::move(options));
  } catch (const InvalidOptionError& error) {
    const std::string name(option_name(error.option()));
    CHECK(error.what() == "cannot use the option " + name + ": " + error.reason());
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return name + ": " + error.reason();
  }
  return "accepted";
}

using Options = AgentConnectClientOptions;
using Catch::Contains;
using Catch::StartsWith;

}  // namespace

TEST_CASE("Sound options are accepted, and nothing is started") {
  CHECK_NOTHROW(AgentConnectClient(sound()));
}

TEST_CASE("A missing token is an error of its own") {
  auto options = sound();
  options.token = Secret();
  CHECK_THROWS_AS(AgentConnectClient(options), MissingUserTokenError);
  CHECK_THROWS_WITH(AgentConnectClient(options), "the user API token is missing");
}

TEST_CASE("A token that a header field cannot hold is rejected and not repeated") {
  for (const char* const token :
       {"abc\ndef", "abc\r\nX: y", "abc def", "abc\x7f", "abc\x01", "t\xc3\xb6ken", " "}) {
    const auto told = complaint([&](Options& o) { o.token = Secret(token); });
    CHECK_THAT(told, StartsWith("token: "));
    CHECK_THAT(told, !Contains("abc"));
  }
}

TEST_CASE("Every range takes both ends and nothing beyond") {
  REQUIRE(option_ranges().size() > 15);
  for (const OptionRange& range : option_ranges()) {
    CAPTURE(option_name(range.id));
    const auto given = [&](std::int64_t value) {
      return complaint([&](Options& options) { range.set(options, value); });
    };
    const std::string error = std::string(option_name(range.id)) + ": it takes " + range.text();
    CHECK(given(range.least) == "accepted");
    CHECK(given(range.most) == "accepted");
    // A type that is too narrow for the value cannot hold a bad one.
    for (const auto value : {range.least - 1, range.most + 1}) {
      Options options;
      range.set(options, value);
      if (range.get(options) == value) CHECK(given(value) == error);
    }
    if (range.is_time()) CHECK(given(std::chrono::milliseconds::max().count()) == error);
  }
}

TEST_CASE("Each range sets a member of its own") {
  for (const OptionRange& range : option_ranges()) {
    Options options;
    range.set(options, range.most);
    for (const OptionRange& other : option_ranges()) {
      CAPTURE(option_name(range.id), option_name(other.id));
      CHECK((other.get(options) == other.get(Options{})) == (other.id != range.id));
    }
  }
}

TEST_CASE("An option that is not set has no value to check") {
  CHECK_FALSE(range_of(OptionId::gateway_port)->get(Options{}));
  Options options;
  options.drain.reset();
  CHECK_FALSE(range_of(OptionId::drain)->get(options));
  CHECK(complaint([](Options& o) { o.drain.reset(); }) == "accepted");
  CHECK(range_of(OptionId::host) == nullptr);
}

TEST_CASE("A range is written with units") {
  CHECK(range_of(OptionId::poll_interval)->text() == "a time from 1s to 24h");
  CHECK(range_of(OptionId::stall_timeout)->text() == "a time from 100ms to 24h");
  CHECK(range_of(OptionId::max_head_bytes)->text() == "a size from 1K to 1M");
  CHECK(range_of(OptionId::gateway_port)->text() == "a port from 1 to 65535");
  CHECK(range_of(OptionId::gateway_warm)->text() == "a number from 0 to 64");
}

TEST_CASE("A connection id is a number") {
  for (const char* const id : {"x", "1/../2", "-1", " 1"}) {
    CHECK_THAT(complaint([&](Options& o) { o.connection_id = id; }), StartsWith("connection-id: "));
  }
  CHECK(complaint([](Options& o) { o.connection_id = "4711"; }) == "accepted");
}

TEST_CASE("The base URL is http or https, and its fault names the option") {
  for (const char* const url :
       {"", "api.aluvia.io", "ftp://api.aluvia.io", "https://", "https://a b/", "https://h:0/",
        "https://h:65536/", "https://user:pass@h/", "https://h/?q", "https://[::1/"}) {
    CHECK_THAT(complaint([&](Options& o) { o.api_base_url = url; }),
               StartsWith("api-base-url: ") && !Contains("pass@"));
  }
  CHECK(complaint([](Options& o) { o.api_base_url = "http://[::1]:8080/v1/"; }) == "accepted");
}

TEST_CASE("The gateway's host is a name or an address, without scheme and port") {
  for (const char* const host : {"", " ", "http://gateway", "gateway:8080", "a b", "a\nb", "[::1", "a..b"}) {
    CHECK_THAT(complaint([&](Options& o) { o.gateway_host = host; }), StartsWith("gateway-host: "));
  }
  for (const char* const host : {"gateway.aluvia.io", "127.0.0.1", "::1", "[::1]"}) {
    CHECK(complaint([&](Options& o) { o.gateway_host = host; }) == "accepted");
  }
}

TEST_CASE("The proxy listens on an IP address of this machine") {
  for (const char* const host :
       {"example.com", "", "127.0.0.1:80", "127.1 ", "local\nhost", "fe80::1%lo", "[::1"}) {
    CHECK_THAT(complaint([&](Options& o) {
                 o.local_host = host;
                 o.proxy_auth = Secret("u:p");
               }),
               StartsWith("host: it takes an IP address"));
  }
  for (const char* const host :
       {"127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LocalHost", "::ffff:127.0.0.1"}) {
    CHECK(complaint([&](Options& o) { o.local_host = host; }) == "accepted");
  }
}

TEST_CASE(
    "Beyond loopback it listens only with credentials or networks, and the refusal names both options") {
  for (const char* const host : {"0.0.0.0", "::", "[::]", "192.168.1.1", "::ffff:192.168.1.1"}) {
    CHECK_THAT(complaint([&](Options& o) { o.local_host = host; }),
               StartsWith("host: ") && Contains("everyone who can connect") && Contains("proxy-auth") &&
                   Contains("allow-from"));
    CHECK(complaint([&](Options& o) {
            o.local_host = host;
            o.proxy_auth = Secret("u:p");
          }) == "accepted");
    CHECK(complaint([&](Options& o) {
            o.local_host = host;
            o.allow_from = {"10.0.0.0/8"};
          }) == "accepted");
  }
}

TEST_CASE("The clients' credentials are a user and a password, and are not repeated") {
  for (const char* const auth : {"user", ":hunter2", "user:hunter2\n"}) {
    CHECK_THAT(complaint([&](Options& o) { o.proxy_auth = Secret(auth); }),
               StartsWith("proxy-auth: it takes USER:PASSWORD") && !Contains("hunter2"));
  }
}

TEST_CASE("The clients' password may be empty") {
  CHECK(complaint([](Options& o) { o.proxy_auth = Secret("user:"); }) == "accepted");
}

TEST_CASE("An invalid network is rejected with the reason") {
  for (const char* const network : {"", "10.0.0.1/8", "localhost", "10.0.0.0/33"}) {
    CHECK_THAT(complaint([&](Options& o) {
                 o.allow_from = {"10.0.0.0/8", network};
               }),
               StartsWith("allow-from: '" + std::string(network) + "'"));
  }
}

TEST_CASE("A CA file that is missing, a folder or not a certificate is rejected with the option's name") {
  const std::string folder = "/tmp";
  for (const std::string& path : {std::string("/nonexistent/ca.pem"), folder, std::string("/dev/null")}) {
    CHECK_THAT(complaint([&](Options& o) { o.api_ca = path; }), StartsWith("api-ca: ") && Contains(path));
    CHECK_THAT(complaint([&](Options& o) { o.gateway_ca = path; }),
               StartsWith("gateway-ca: ") && Contains(path));
  }
}

TEST_CASE("A CA file with a certificate is accepted") {
  const agent::test::Fixture fixture;
  CHECK(complaint([&](Options& o) { o.api_ca = o.gateway_ca = fixture.box.ca_file().string(); }) ==
        "accepted");
}

TEST_CASE("DNS servers are addresses with or without a port") {
  for (const char* const servers :
       {"dns.example", "127.0.0.1:x", "127.0.0.1:99999", "\n", ",", "127.0.0.1 127.0.0.2"}) {
    CHECK_THAT(complaint([&](Options& o) { o.dns_servers = servers; }), StartsWith("dns-server: "));
  }
  CHECK(complaint([](Options& o) { o.dns_servers = "127.0.0.1:5300,[::1]:53"; }) == "accepted");
}

TEST_CASE("An invalid local rule is rejected with the reason") {
  for (const char* const rule : {"", "-", "https://example.com/", "a*b", "example.com:99999"}) {
    CHECK_THAT(complaint([&](Options& o) {
                 o.local_rules = {"example.com", rule};
               }),
               StartsWith("rule: ") && Contains("\"" + std::string(rule) + "\"") && !Contains("is ignored"));
  }
  CHECK(complaint([](Options& o) {
          o.local_rules = {"*", "-example.com", "google.*", "AUTO"};
        }) == "accepted");
}
