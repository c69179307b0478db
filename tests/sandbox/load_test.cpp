// Tests of the sandbox with hundreds of connections, and of its stop amid all kinds of work.
#include "fixture.hpp"

#include <memory>
#include <vector>

using namespace aluvia::sandbox;
using namespace aluvia::sandbox::test;

TEST_CASE("Hundreds of connections are served at once") {
  const Fixture fixture;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<Client>(fixture.box.ports().gateway));
    clients.back()->sends(fixture.connect_request("a.test:80"));
  }
  for (auto& client : clients) CHECK(client->receives_response().status == 200);
  for (auto& client : clients) client->sends(get("/bytes/1000"));
  for (auto& client : clients) CHECK(client->receives_response().body == pattern(1000));
  CHECK(fixture.box.record().connects.size() == 300);
}

TEST_CASE("A sandbox ends at once while all kinds of requests are under way") {
  std::vector<std::unique_ptr<Client>> clients;
  {
    const Fixture fixture;
    for (const char* path : {"/silent", "/slow/60000", "/echo", "/bytes/100000000"}) {
      clients.push_back(std::make_unique<Client>(fixture.box.ports().gateway));
      clients.back()->sends(fixture.absolute_get("a.test", path));
      clients.push_back(std::make_unique<Client>(fixture.box.ports().gateway));
      clients.back()->sends(fixture.connect_request("a.test:80") + get(path));
    }
    clients.push_back(std::make_unique<Client>(fixture.box.ports().gateway_tls));
    REQUIRE(clients.back()->secure("127.0.0.1", fixture.box.ca_pem()));
    clients.back()->sends(fixture.absolute_get("a.test", "/bytes/100000000"));
    CHECK(fixture.box.wait_for([](const Record& r) { return r.requests.size() == 9; }));
  }
  for (auto& client : clients) client->receives_rest();
}
