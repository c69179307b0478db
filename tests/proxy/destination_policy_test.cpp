// Destinations that are rejected by whatever name: the proxy itself, clouds' credentials, this machine behind
// a name of DNS, and private addresses.
#include "proxy/upstream/destination_policy.hpp"

#include "dns/temporary_hosts_file.hpp"
#include "proxy/proxy_server.hpp"
#include "proxy_fixture.hpp"

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

Message answer_to(Proxy& proxy, const std::string& request) {
  Peer client = proxy.client();
  client.sends(request);
  return client.reads_message();
}

void check_refused(Proxy& proxy, const std::string& authority, int status, const std::string& error,
                   const std::string& text) {
  for (const std::string& request : {"CONNECT " + authority + " HTTP/1.1\r\nHost: x\r\n\r\n",
                                     "GET http://" + authority + "/ HTTP/1.1\r\nHost: x\r\n\r\n"}) {
    const Message answer = answer_to(proxy, request);
    INFO(request << answer.head << answer.body);
    CHECK(answer.status == status);
    CHECK(answer.head.find("error=" + error + ";") != std::string::npos);
    CHECK(answer.body.find(text) != std::string::npos);
  }
  const auto foreseen = proxy.foresees(authority);
  REQUIRE(foreseen);
  CHECK(proxy::is_rejection(foreseen->kind));
  CHECK(proxy::row_of(foreseen->kind).status == status);
}

constexpr const char* prohibited = "destination_ip_prohibited";

TEST_CASE("Metadata addresses are rejected in every spelling, even against the rules, without being dialed") {
  Proxy proxy({.rules = {"*"}});
  for (const char* const host :
       {"169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518",
        "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]",
        "[64:ff9b:1:a9fe:a9:fe00::]", "[::ffff:0:a9fe:a9fe]", "[fd00:ec2::254]", "[fd00:0ec2:0:0::0254]",
        "169.254.170.2", "100.100.100.200", "168.63.129.16"}) {
    check_refused(proxy, std::string(host) + ":80", 403, prohibited, "allow-metadata");
  }
  CHECK(answer_to(proxy, "GET http://169.254.169.254/latest HTTP/1.1\r\nHost: x\r\n\r\n")
            .body.find("route: direct (metadata addresses are always direct)") != std::string::npos);
}

TEST_CASE("A fault that may pass is foreseen, and is no rejection") {
  SandboxFixture sandbox;
  Proxy proxy({.dns_server = sandbox.dns()});
  CHECK_FALSE(proxy.foresees("fine.test:80"));
  sandbox.set_dns("gone.test", {.outcome = sandbox::DnsOutcome::nxdomain});
  const auto foreseen = proxy.foresees("gone.test:80");
  REQUIRE(foreseen);
  CHECK(foreseen->kind == proxy::ProxyErrorKind::name_not_found);
  CHECK_FALSE(proxy::is_rejection(foreseen->kind));
}

TEST_CASE("A look-up for a question does not hold a stop up, and is not answered behind it") {
  SandboxFixture sandbox;
  sandbox.set_dns("silent.test", {.outcome = sandbox::DnsOutcome::silent});
  const auto answers = std::make_shared<int>(0);
  {
    Proxy proxy({.dns_server = sandbox.dns()});
    proxy.begins_to_foresee("silent.test:80", [answers](const proxy::SiteOutlook&) { ++*answers; });
    proxy.stop(std::chrono::seconds(60));
    proxy.waits_until_stopped();
  }
  CHECK(*answers == 0);
}

TEST_CASE("A name that leads to a metadata address is rejected, and the text names both") {
  SandboxFixture sandbox;
  sandbox.set_dns("metadata.google.internal", {.addresses = {"169.254.169.254"}});
  sandbox.set_dns("mixed.test", {.addresses = {"127.0.0.1", "169.254.169.254"}});
  sandbox.set_dns("six.test", {.addresses = {"fd00:ec2::254"}});
  sandbox.set_dns("mapped.test", {.addresses = {"::ffff:169.254.169.254"}});
  Proxy proxy({.dns_server = sandbox.dns()});
  check_refused(proxy, "metadata.google.internal:80", 403, prohibited,
                "metadata.google.internal:80 leads to 169.254.169.254");
  for (const char* const host : {"mixed.test:80", "six.test:80", "mapped.test:80"}) {
    check_refused(proxy, host, 403, prohibited, "allow-metadata");
  }
}

TEST_CASE("On the gateway's route a name is the gateway's, wherever it leads here") {
  SandboxFixture sandbox;
  sandbox.set_dns("metadata.google.internal", {.addresses = {"169.254.169.254"}});
  FakeServer gateway;
  ProxySettings settings{.rules = {"*"}, .gateway_port = gateway.port(), .dns_server = sandbox.dns()};
  settings.guard.deny_private = true;
  Proxy proxy(std::move(settings));
  Peer client = proxy.client();
  client.sends("CONNECT metadata.google.internal:80 HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer at_gateway = gateway.accepts();
  CHECK(at_gateway.reads_head().starts_with("CONNECT metadata.google.internal:80 "));
}

TEST_CASE("With --allow-metadata they are let through like any other") {
  const dns::Resolution found({asio::ip::make_address("169.254.169.254")}, true);
  const http::Authority authority{"metadata.google.internal", 80, http::HostKind::name};
  for (const bool allowed : {true, false}) {
    const proxy::DestinationPolicy guard({}, {.allow_metadata = allowed});
    CHECK(guard.rejection(authority, found, nullptr).has_value() != allowed);
  }
}

TEST_CASE("A name that DNS leads to this machine is rejected by default, with the kind and the cure") {
  SandboxFixture sandbox;
  FakeServer site;
  const std::string port = ":" + std::to_string(site.port());
  const std::vector<std::pair<std::string, std::string>> forbidden{
      {"127.9.9.9", "127.9.9.9 (loopback)"},
      {"::1", "::1 (loopback)"},
      {"::ffff:127.0.0.1", "127.0.0.1 (loopback)"},
      {"64:ff9b::7f00:1", "64:ff9b::7f00:1 (loopback)"},
      {"2002:7f00:1::", "2002:7f00:1:: (loopback)"},
      {"169.254.7.7", "169.254.7.7 (link-local)"},
      {"fe80::1", "fe80::1 (link-local)"},
      {"0.0.0.0", "0.0.0.0 (unspecified)"},
      {"::", ":: (unspecified)"},
  };
  for (std::size_t i = 0; i < forbidden.size(); ++i) {
    sandbox.set_dns("n" + std::to_string(i) + ".test", {.addresses = {forbidden[i].first}});
  }
  sandbox.set_dns("mixed.test", {.addresses = {"203.0.113.1", "127.0.0.1", "203.0.113.2"}});
  sandbox.set_dns("other.test", {.addresses = {"203.0.113.1", "::1"}});
  Proxy proxy({.dns_server = sandbox.dns(), .guard = {}});
  for (std::size_t i = 0; i < forbidden.size(); ++i) {
    const std::string host = "n" + std::to_string(i) + ".test" + port;
    check_refused(proxy, host, 403, prohibited, host + " leads to " + forbidden[i].second);
  }
  for (const std::string host : {"mixed.test", "other.test", "any.test"}) {
    check_refused(proxy, host + port, 403, prohibited, "allow-loopback-names");
  }
  const Message again = answer_to(proxy, "GET http://any.test" + port + "/ HTTP/1.1\r\nHost: x\r\n" +
                                             "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  CHECK(again.status == 403);
  CHECK(site.has_no_connection());
}

TEST_CASE("By default addresses, localhost and names in private networks are meant as they are") {
  SandboxFixture sandbox;
  FakeServer site;
  Proxy proxy({.dns_server = sandbox.dns(), .guard = {}});
  for (const std::string host : {"127.0.0.1", "127.1", "localhost", "a.localhost"}) {
    CAPTURE(host);
    Peer client = proxy.tunnel(host + ":" + std::to_string(site.port()));
    Peer server = site.accepts();
  }
  const proxy::DestinationPolicy guard({}, {});
  const http::Authority name{"host.docker.internal", 80, http::HostKind::name};
  for (const char* const text :
       {"10.0.0.1", "172.17.0.1", "192.168.65.2", "100.64.0.1", "fd00::1", "198.51.100.7"}) {
    CAPTURE(text);
    CHECK_FALSE(guard.rejection(name, dns::Resolution({asio::ip::make_address(text)}, true), nullptr));
  }
}

TEST_CASE("A gateway whose name DNS leads to this machine is the user's configuration, and is used") {
  SandboxFixture sandbox;
  FakeServer gateway;
  Proxy proxy({.rules = {"*"},
               .gateway_port = gateway.port(),
               .dns_server = sandbox.dns(),
               .gateway_host = "gateway.test",
               .guard = {}});
  Peer client = proxy.client();
  client.sends("CONNECT any.test:80 HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer at_gateway = gateway.accepts();
  CHECK(at_gateway.reads_head().starts_with("CONNECT any.test:80 "));
}

TEST_CASE("Without --deny-private and with --allow-loopback-names a name may lead to a private address") {
  SandboxFixture sandbox;
  FakeServer site;
  Proxy proxy({.dns_server = sandbox.dns()});
  Peer client = proxy.tunnel("private.test:" + std::to_string(site.port()));
  Peer server = site.accepts();
}

TEST_CASE("With --deny-private a name whose DNS answer is private is rejected, and nothing is dialed") {
  SandboxFixture sandbox;
  FakeServer site;
  const std::string port = ":" + std::to_string(site.port());
  sandbox.set_dns("six.test", {.addresses = {"::1"}});
  sandbox.set_dns("mapped.test", {.addresses = {"::ffff:127.0.0.1"}});
  sandbox.set_dns("mixed.test", {.addresses = {"203.0.113.1", "127.0.0.1"}});
  for (const char* const address :
       {"10.0.0.1", "192.168.0.1", "169.254.1.1", "100.64.0.1", "fd00::1", "fe80::1"}) {
    sandbox.set_dns(std::string(address) + ".named.test", {.addresses = {address}});
  }
  ProxySettings settings{.dns_server = sandbox.dns()};
  settings.guard.deny_private = true;
  Proxy proxy(std::move(settings));
  for (const std::string host : {"rebound.test", "six.test", "mapped.test", "mixed.test"}) {
    check_refused(proxy, host + port, 403, prohibited, "deny-private");
  }
  for (const std::string host : {"10.0.0.1", "192.168.0.1", "169.254.1.1", "100.64.0.1"}) {
    check_refused(proxy, host + ".named.test" + port, 403, prohibited,
                  host + ".named.test" + port + " leads to " + host);
  }
  CHECK(site.has_no_connection());
}

TEST_CASE("With --deny-private addresses and localhost are meant as they are") {
  FakeServer site;
  ProxySettings settings;
  settings.guard.deny_private = true;
  Proxy proxy(std::move(settings));
  for (const std::string host : {"127.0.0.1", "127.1", "localhost", "a.localhost"}) {
    CAPTURE(host);
    Peer client = proxy.tunnel(host + ":" + std::to_string(site.port()));
    Peer server = site.accepts();
  }
}

TEST_CASE("What the hosts file says is meant as it is, by default and with --deny-private") {
  const TemporaryHostsFile hosts("127.0.0.1 Here.test here-too\n::1 here6.test\n10.0.0.1 lan.test\n");
  SandboxFixture sandbox;
  FakeServer site;
  const std::string port = ":" + std::to_string(site.port());
  for (const bool deny_private : {false, true}) {
    ProxySettings settings{.dns_server = sandbox.dns(), .hosts_file = hosts.path()};
    settings.guard = {.deny_private = deny_private};
    Proxy proxy(std::move(settings));
    for (const std::string host : {"here.test", "HERE.TEST", "here-too"}) {
      CAPTURE(host);
      Peer client = proxy.tunnel(host + port);
      Peer server = site.accepts();
    }
    check_refused(proxy, "below.here.test" + port, 403, prohibited, "127.0.0.1");
  }
}

TEST_CASE("A proxy on all addresses finds itself at each of them, in every spelling and by name") {
  SandboxFixture sandbox;
  sandbox.set_dns("six.test", {.addresses = {"::1"}});
  sandbox.set_dns("mapped.test", {.addresses = {"::ffff:127.0.0.9"}});
  ProxySettings settings{.dns_server = sandbox.dns()};
  settings.host = "::";
  Proxy proxy(std::move(settings));
  for (const std::string host :
       {"127.0.0.1", "0x7f.1", "127.1", "2130706433", "127.9.9.9", "localhost", "a.test", "0.0.0.0", "0",
        "[::]", "[::1]", "[::ffff:127.0.0.1]", "six.test", "mapped.test"}) {
    check_refused(proxy, host + ":" + std::to_string(proxy.port()), 508, "proxy_loop_detected",
                  "this proxy itself");
  }
}

TEST_CASE("Another program on the same port of another address is no loop") {
  proxy::DestinationOptions none;
  const auto guard = [&](const char* own) {
    return proxy::DestinationPolicy({asio::ip::make_address(own), 8080}, none);
  };
  const auto address = [](const char* text) { return asio::ip::make_address(text); };
  CHECK(guard("127.0.0.1").is_own(address("127.0.0.1"), 8080));
  CHECK_FALSE(guard("127.0.0.1").is_own(address("127.0.0.1"), 8081));
  CHECK_FALSE(guard("127.0.0.1").is_own(address("127.0.0.2"), 8080));
  CHECK(guard("127.0.0.1").is_own(address("0.0.0.0"), 8080));
  CHECK_FALSE(guard("0.0.0.0").is_own(address("::1"), 8080));
  CHECK(guard("0.0.0.0").is_own(address("127.0.0.2"), 8080));
  CHECK(guard("::").is_own(address("127.0.0.2"), 8080));
  CHECK(guard("::").is_own(address("::1"), 8080));
  CHECK_FALSE(guard("::").is_own(address("198.51.100.7"), 8080));
  CHECK_FALSE(guard("192.0.2.7").is_own(address("0.0.0.0"), 8080));
}

}  // namespace
}  // namespace aluvia::test
