// Tests of start and end of a sandbox, and of waiting for its record.
#include "fixture.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace aluvia::sandbox;
using namespace aluvia::sandbox::test;
namespace fs = std::filesystem;

TEST_CASE("A sandbox makes its own token, ports and CA file, and removes the file at the end") {
  fs::path ca;
  {
    const Fixture fixture{SandboxOptions{}};
    CHECK(fixture.box.token().starts_with("sandbox-"));
    CHECK(fixture.box.token().size() > 20);
    CHECK(fixture.box.api_url() == "http://127.0.0.1:" + std::to_string(fixture.box.ports().api));
    ca = fixture.box.ca_file();
    std::ifstream file(ca);
    CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == fixture.box.ca_pem());
    CHECK((fs::status(ca.parent_path()).permissions() & fs::perms::all) == fs::perms::owner_all);
  }
  CHECK_FALSE(fs::exists(ca.parent_path()));
}

TEST_CASE("A port that is taken and a CA file that cannot be written are errors") {
  const Fixture fixture;
  Sandbox second(SandboxOptions{.ports = {.gateway = fixture.box.ports().gateway}});
  const auto taken = second.start();
  REQUIRE_FALSE(taken);
  CHECK(taken.error().find("Address already in use") != std::string::npos);
  Sandbox third(SandboxOptions{.ca_file = "/nowhere/at/all/ca.pem"});
  const auto unwritable = third.start();
  REQUIRE_FALSE(unwritable);
  CHECK(unwritable.error().find("/nowhere/at/all/ca.pem") != std::string::npos);
}

TEST_CASE("A sandbox starts again on the ports of one that has just ended") {
  Ports ports;
  {
    const Fixture first;
    ports = first.box.ports();
    Client client(ports.origin);
    CHECK(client.asks(get("/", "Connection: close\r\n")).status == 200);
  }
  const Fixture second({.token = "token-1", .ports = ports});
  Client client(ports.api);
  CHECK(client.asks(get("/user", bearer)).status == 200);
}

TEST_CASE("A wait for an entry that never comes ends at its time limit, and clearing removes the entries") {
  Fixture fixture;
  Client client(fixture.box.ports().origin);
  client.asks(get("/"));
  CHECK(fixture.box.requests().size() == 1);
  fixture.box.clear_requests();
  CHECK(fixture.box.requests().empty());
  CHECK_FALSE(fixture.box.wait_for([](const Record& r) { return !r.requests.empty(); },
                                   std::chrono::milliseconds(5)));
}
