// What the constructor refuses, before anything is started or asked.
#include "agent/bench.hpp"
#include "proxy/limits.hpp"

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
    CHECK(std::string(error.what()).starts_with(error.option()));
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return error.what();
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

TEST_CASE("A missing token is told with the ways to give one") {
  auto options = sound();
  options.token = Secret();
  CHECK_THROWS_AS(AgentConnectClient(options), MissingUserTokenError);
  CHECK_THROWS_WITH(AgentConnectClient(options), Contains("--token") && Contains("ALUVIA_TOKEN"));
}

TEST_CASE("A token that cannot stand in a header field is refused and not repeated") {
  for (const char* const token :
       {"abc\ndef", "abc\r\nX: y", "abc def", "abc\x7f", "abc\x01", "t\xc3\xb6ken", " "}) {
    const auto told = complaint([&](Options& o) { o.token = Secret(token); });
    CHECK_THAT(told, StartsWith("--token"));
    CHECK_THAT(told, !Contains("abc"));
  }
}

TEST_CASE("The wait for the API takes nothing to a day") {
  for (const auto wait : {-1ms, std::chrono::milliseconds(24h) + 1ms}) {
    CHECK_THAT(complaint([&](Options& o) { o.wait_for_api = wait; }),
               StartsWith("--wait-for-api takes seconds"));
  }
  CHECK(complaint([](Options& o) { o.wait_for_api = 24h; }) == "accepted");
}

TEST_CASE("Every bound takes both ends of its range and nothing beyond") {
  for (const NumberBound& one : number_bounds()) {
    for (const std::size_t value : {one.least, one.most}) {
      CHECK(complaint([&](Options& o) { o.bounds.*one.value = value; }) == "accepted");
    }
    for (const std::size_t value : {one.least - 1, one.most + 1}) {
      CHECK(complaint([&](Options& o) { o.bounds.*one.value = value; }) ==
            std::string(one.option) + " " + one.takes());
    }
  }
  for (const TimeBound& one : time_bounds()) {
    for (const auto value : {one.least, one.most}) {
      CHECK(complaint([&](Options& o) { o.bounds.*one.value = value; }) == "accepted");
    }
    for (const auto value : {one.least - 1ms, one.most + 1ms, -1ms, 0ms}) {
      CHECK(complaint([&](Options& o) { o.bounds.*one.value = value; }) ==
            std::string(one.option) + " " + one.takes());
    }
  }
}

TEST_CASE("The bounds are the data plane's own, in value and by default") {
  const proxy::Limits own;
  const proxy::Limits made = limits_of(Bounds{});
  CHECK((made.head.bytes == own.head.bytes && made.head.fields == own.head.fields));
  CHECK((made.response_head.bytes == own.response_head.bytes));
  CHECK((made.response_head.fields == own.response_head.fields));
  CHECK((made.head_time == own.head_time && made.keep_alive == own.keep_alive && made.stall == own.stall));
  CHECK((made.dial == own.dial && made.gateway_answer == own.gateway_answer));
  CHECK((made.tunnel_idle == own.tunnel_idle && made.half_closed == own.half_closed));
  CHECK(made.connections == own.connections);

  const proxy::Limits other = limits_of({1, 2, 3ms, 4ms, 5ms, 6ms, 7ms, 8ms, 9ms, 10});
  CHECK((other.head.bytes == 1 && other.head.fields == 2 && other.head_time == 3ms));
  CHECK((other.response_head.bytes == 1 && other.response_head.fields == 1000));
  CHECK(limits_of({1, 1001, 3ms, 4ms, 5ms, 6ms, 7ms, 8ms, 9ms, 10}).response_head.fields == 1001);
  CHECK((other.keep_alive == 4ms && other.stall == 5ms && other.dial == 6ms && other.gateway_answer == 7ms));
  CHECK((other.tunnel_idle == 8ms && other.half_closed == 9ms && other.connections == 10));
}

TEST_CASE("A connection id is a number") {
  for (const char* const id : {"x", "1/../2", "-1", " 1"}) {
    CHECK_THAT(complaint([&](Options& o) { o.connection_id = id; }), StartsWith("--connection-id"));
  }
  CHECK(complaint([](Options& o) { o.connection_id = "4711"; }) == "accepted");
}

TEST_CASE("The poll interval takes a second to a day") {
  for (const auto interval :
       {0ms, -5000ms, 999ms, std::chrono::milliseconds(24h) + 1ms, std::chrono::milliseconds::max()}) {
    CHECK_THAT(complaint([&](Options& o) { o.poll_interval = interval; }),
               StartsWith("--poll-interval") && Contains("1000"));
  }
  CHECK(complaint([](Options& o) { o.poll_interval = 1000ms; }) == "accepted");
  CHECK(complaint([](Options& o) { o.poll_interval = 24h; }) == "accepted");
}

TEST_CASE("The grace at the end takes nothing to an hour") {
  for (const auto grace : {-1ms, std::chrono::milliseconds(1h) + 1ms, std::chrono::milliseconds::max()}) {
    CHECK_THAT(complaint([&](Options& o) { o.shutdown_grace = grace; }), StartsWith("--shutdown-grace"));
  }
  CHECK(complaint([](Options& o) { o.shutdown_grace = 0ms; }) == "accepted");
}

TEST_CASE("The base URL is http or https, and its fault names the option") {
  for (const char* const url :
       {"", "api.aluvia.io", "ftp://api.aluvia.io", "https://", "https://a b/", "https://h:0/",
        "https://h:65536/", "https://user:pass@h/", "https://h/?q", "https://[::1/"}) {
    CHECK_THAT(complaint([&](Options& o) { o.api_base_url = url; }),
               StartsWith("--api-base-url") && !Contains("pass@"));
  }
  CHECK(complaint([](Options& o) { o.api_base_url = "http://[::1]:8080/v1/"; }) == "accepted");
}

TEST_CASE("The gateway's host is a name or an address, without scheme and port") {
  for (const char* const host : {"", " ", "http://gateway", "gateway:8080", "a b", "a\nb", "[::1", "a..b"}) {
    CHECK_THAT(complaint([&](Options& o) { o.gateway_host = host; }), StartsWith("--gateway-host"));
  }
  for (const char* const host : {"gateway.aluvia.io", "127.0.0.1", "::1", "[::1]"}) {
    CHECK(complaint([&](Options& o) { o.gateway_host = host; }) == "accepted");
  }
}

TEST_CASE("The gateway's port is not 0") {
  CHECK_THAT(complaint([](Options& o) { o.gateway_port = std::uint16_t{0}; }),
             StartsWith("--gateway-port") && Contains("65535"));
}

TEST_CASE("The proxy listens on an IP address of this machine") {
  for (const char* const host :
       {"example.com", "", "127.0.0.1:80", "127.1 ", "local\nhost", "fe80::1%lo", "[::1"}) {
    CHECK_THAT(complaint([&](Options& o) {
                 o.local_host = host;
                 o.proxy_auth = Secret("u:p");
               }),
               StartsWith("--host takes an IP address"));
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
               StartsWith("--host") && Contains("anybody who can connect") && Contains("--proxy-auth") &&
                   Contains("--allow-from"));
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
               StartsWith("--proxy-auth takes USER:PASSWORD") && !Contains("hunter2"));
  }
}

TEST_CASE("The clients' password may be empty") {
  CHECK(complaint([](Options& o) { o.proxy_auth = Secret("user:"); }) == "accepted");
}

TEST_CASE("A network that is none is refused, with what is wrong about it") {
  for (const char* const network : {"", "10.0.0.1/8", "localhost", "10.0.0.0/33"}) {
    CHECK_THAT(complaint([&](Options& o) {
                 o.allow_from = {"10.0.0.0/8", network};
               }),
               StartsWith("--allow-from: '" + std::string(network) + "'"));
  }
}

TEST_CASE("A CA file that is missing, a folder or no certificate is refused by the option's name") {
  const std::string folder = "/tmp";
  for (const std::string& path : {std::string("/nonexistent/ca.pem"), folder, std::string("/dev/null")}) {
    CHECK_THAT(complaint([&](Options& o) { o.api_ca = path; }), StartsWith("--api-ca") && Contains(path));
    CHECK_THAT(complaint([&](Options& o) { o.gateway_ca = path; }),
               StartsWith("--gateway-ca") && Contains(path));
  }
}

TEST_CASE("A CA file with a certificate is accepted") {
  const agent::test::Bench bench;
  CHECK(complaint([&](Options& o) { o.api_ca = o.gateway_ca = bench.box.ca_file().string(); }) == "accepted");
}

TEST_CASE("DNS servers are addresses with or without a port") {
  for (const char* const servers :
       {"dns.example", "127.0.0.1:x", "127.0.0.1:99999", "\n", ",", "127.0.0.1 127.0.0.2"}) {
    CHECK_THAT(complaint([&](Options& o) { o.dns_servers = servers; }), StartsWith("--dns-server"));
  }
  CHECK(complaint([](Options& o) { o.dns_servers = "127.0.0.1:5300,[::1]:53"; }) == "accepted");
}

TEST_CASE("A local rule that is none is refused, with what is wrong about it") {
  for (const char* const rule : {"", "-", "https://example.com/", "a*b", "example.com:443"}) {
    CHECK_THAT(complaint([&](Options& o) {
                 o.local_rules = {"example.com", rule};
               }),
               StartsWith("--rule: rule \"" + std::string(rule) + "\": ") && !Contains("is ignored"));
  }
  CHECK(complaint([](Options& o) {
          o.local_rules = {"*", "-example.com", "google.*", "AUTO"};
        }) == "accepted");
}
