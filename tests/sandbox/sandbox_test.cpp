#include "bench.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace aluvia::sandbox;
using namespace aluvia::sandbox::test;
namespace fs = std::filesystem;

TEST_CASE("a sandbox makes its own token, ports and CA file, and removes the file at the end") {
  fs::path ca;
  {
    const Bench bench{SandboxOptions{}};
    CHECK(bench.box.token().starts_with("sandbox-"));
    CHECK(bench.box.token().size() > 20);
    CHECK(bench.box.api_url() == "http://127.0.0.1:" + std::to_string(bench.box.ports().api));
    ca = bench.box.ca_file();
    std::ifstream file(ca);
    CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == bench.box.ca_pem());
    CHECK((fs::status(ca.parent_path()).permissions() & fs::perms::all) == fs::perms::owner_all);
  }
  CHECK_FALSE(fs::exists(ca.parent_path()));
}

TEST_CASE("a port that is taken and a CA file that cannot be written are told in a sentence") {
  const Bench bench;
  Sandbox second(SandboxOptions{.ports = {.gateway = bench.box.ports().gateway}});
  const auto taken = second.start();
  REQUIRE_FALSE(taken);
  CHECK(taken.error().find("Address already in use") != std::string::npos);
  Sandbox third(SandboxOptions{.ca_file = "/nowhere/at/all/ca.pem"});
  const auto unwritable = third.start();
  REQUIRE_FALSE(unwritable);
  CHECK(unwritable.error().find("/nowhere/at/all/ca.pem") != std::string::npos);
}

TEST_CASE("a sandbox starts again on the ports of one that has just ended") {
  Ports ports;
  {
    const Bench first;
    ports = first.box.ports();
    Client client(ports.origin);
    CHECK(client.asks(get("/", "Connection: close\r\n")).status == 200);
  }
  const Bench second({.token = "token-1", .ports = ports});
  Client client(ports.api);
  CHECK(client.asks(get("/user", bearer)).status == 200);
}

TEST_CASE("waiting for what does not happen ends with the time-out, and clearing forgets") {
  Bench bench;
  Client client(bench.box.ports().origin);
  client.asks(get("/"));
  CHECK(bench.box.requests().size() == 1);
  bench.box.clear_requests();
  CHECK(bench.box.requests().empty());
  CHECK_FALSE(
      bench.box.wait_for([](const Record& r) { return !r.requests.empty(); }, std::chrono::milliseconds(5)));
}
