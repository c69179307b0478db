#include "bench.hpp"

#include <memory>
#include <vector>

using namespace aluvia::sandbox;
using namespace aluvia::sandbox::test;

TEST_CASE("hundreds of connections live side by side") {
  const Bench bench;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<Client>(bench.box.ports().gateway));
    clients.back()->sends(bench.connect_request("a.test:80"));
  }
  for (auto& client : clients) CHECK(client->receives_response().status == 200);
  for (auto& client : clients) client->sends(get("/bytes/1000"));
  for (auto& client : clients) CHECK(client->receives_response().body == pattern(1000));
  CHECK(bench.box.record().connects.size() == 300);
}

TEST_CASE("a sandbox that is stopped in the middle of everything ends at once") {
  std::vector<std::unique_ptr<Client>> clients;
  {
    const Bench bench;
    for (const char* path : {"/silent", "/slow/60000", "/echo", "/bytes/100000000"}) {
      clients.push_back(std::make_unique<Client>(bench.box.ports().gateway));
      clients.back()->sends(bench.absolute_get("a.test", path));
      clients.push_back(std::make_unique<Client>(bench.box.ports().gateway));
      clients.back()->sends(bench.connect_request("a.test:80") + get(path));
    }
    clients.push_back(std::make_unique<Client>(bench.box.ports().gateway_tls));
    REQUIRE(clients.back()->secure("127.0.0.1", bench.box.ca_pem()));
    clients.back()->sends(bench.absolute_get("a.test", "/bytes/100000000"));
    CHECK(bench.box.wait_for([](const Record& r) { return r.requests.size() == 9; }));
  }
  for (auto& client : clients) client->receives_rest();
}
