// An emulated origin: requests for any host reach it, and no name is looked up.
#include "agent/fixture.hpp"

using namespace aluvia;
using namespace aluvia::agent;
using agent::test::Fixture;
using sandbox::Route;

namespace {

AgentConnectClientOptions emulated(const Fixture& fixture) {
  auto options = fixture.options();
  options.emulated_origin = proxy::EmulatedOrigin{fixture.box.ports().origin, fixture.box.ports().origin_tls};
  options.allow_loopback_names = false;
  return options;
}

std::string get(const std::string& authority) {
  return "GET http://" + authority + "/ HTTP/1.1\r\nHost: " + authority + "\r\n\r\n";
}

}  // namespace

TEST_CASE("An emulated origin answers for every name and address, and no name server is asked") {
  const Fixture fixture({"*.example"});
  AgentConnectClient client(emulated(fixture));
  sandbox::test::Client browser(client.start().port());
  for (const char* const host :
       {"a.test", "a.test:8080", "192.0.2.1", "[2001:db8::1]", "invalid", "a.example"}) {
    INFO(host);
    CHECK(browser.asks(get(host)).status == 200);
    CHECK(fixture.route() == (std::string(host) == "a.example" ? Route::gateway : Route::direct));
  }
  CHECK(fixture.box.record().queries.empty());
}

TEST_CASE("An emulated origin speaks TLS on port 443, with a certificate for the name") {
  const Fixture fixture;
  AgentConnectClient client(emulated(fixture));
  const auto port = client.start().port();
  for (const std::string& authority :
       {std::string("a.test:443"), "b.test:" + std::to_string(fixture.box.ports().origin_tls)}) {
    INFO(authority);
    sandbox::test::Client browser(port);
    browser.sends("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
    CHECK_THAT(browser.receives_until("\r\n\r\n"), Catch::StartsWith("HTTP/1.1 200"));
    CHECK(browser.secure(authority.substr(0, authority.find(':')), fixture.box.ca_pem()));
  }
  CHECK(fixture.box.record().queries.empty());
}

TEST_CASE("Loopback stays the user's own beside an emulated origin") {
  const Fixture fixture;
  AgentConnectClient client(emulated(fixture));
  const auto port = client.start().port();
  const std::string api = ":" + std::to_string(fixture.box.ports().api);
  for (const std::string& host : {"127.0.0.1" + api, "localhost" + api}) {
    sandbox::test::Client browser(port);
    CHECK(browser.asks(get(host)).status == 404);  // the API has no such page
  }
  CHECK(fixture.box.requests().empty());
}
