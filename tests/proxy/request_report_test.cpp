// Tests that each request and each tunnel is reported once, when it has ended.
#include "proxy_fixture.hpp"

#include <mutex>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace aluvia::test {
namespace {

using Outcome = telemetry::RequestRecord::Outcome;

// Keeps what a test compares of a record, whose views end with the call.
struct Report {
  Outcome outcome;
  std::string method, host, rule, error, reason;
  bool has_route;
  int status;
  std::uint64_t up, down;
  bool is_tunnel, is_reused;
  std::string id;
};

struct Fixture {
  std::mutex mutex;
  std::vector<Report> reports;
  FakeServer site;
  Proxy proxy;

  explicit Fixture(proxy::AccessOptions access = {})
      : proxy({.admission = std::move(access),
               .on_request = [this](const telemetry::RequestRecord& one) { add(one); }}) {}

  void add(const telemetry::RequestRecord& one) {
    const std::lock_guard lock(mutex);
    reports.push_back({one.outcome, std::string(one.method), std::string(one.host), std::string(one.rule),
                       std::string(one.error), std::string(one.reason), one.route.has_value(), one.status,
                       one.bytes_up, one.bytes_down, one.is_tunnel, one.is_reused, to_text(one.id)});
    CHECK(one.duration.count() >= 0);
    CHECK(one.begin.time_since_epoch().count() > 0);
  }

  // Waits for the reports, and for one too many.
  std::vector<Report> waits_for(std::size_t count) {
    wait_until([&] { return proxy.is_empty(); });
    wait_until([&] {
      const std::lock_guard lock(mutex);
      return reports.size() >= count;
    });
    proxy.on_loop([] {});
    const std::lock_guard lock(mutex);
    REQUIRE(reports.size() == count);
    return reports;
  }

  std::string get() const {
    return "GET http://" + site.authority() + "/ HTTP/1.1\r\nHost: " + site.authority() + "\r\n\r\n";
  }
  std::string connect(const std::string& authority) const {
    return "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n";
  }
};

TEST_CASE("Each request of a kept connection is reported, the second as reused") {
  Fixture fixture;
  Peer client = fixture.proxy.client();
  client.sends(fixture.get());
  Peer server = fixture.site.accepts();
  for (int i = 0; i < 2; ++i) {
    if (i > 0) client.sends(fixture.get());
    server.reads_head();
    server.sends("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
    CHECK(client.reads_message().status == 404);
  }
  client.closes();
  const auto reports = fixture.waits_for(2);
  for (const Report& one : reports) {
    CHECK(one.outcome == Outcome::completed);
    CHECK(one.method == "GET");
    CHECK(one.host == "127.0.0.1");
    CHECK(one.rule == "loopback is always direct");
    CHECK(one.status == 404);
    CHECK(one.error.empty());
    CHECK(one.down > 2);
    CHECK_FALSE(one.is_tunnel);
  }
  CHECK_FALSE(reports[0].is_reused);
  CHECK(reports[1].is_reused);
}

TEST_CASE("A tunnel is reported at its end, with its bytes") {
  Fixture fixture;
  Peer client = fixture.proxy.client();
  client.sends(fixture.connect(fixture.site.authority()));
  Peer server = fixture.site.accepts();
  client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  client.sends("12345");
  server.receives("12345");
  server.sends("123");
  client.receives("123");
  {
    const std::lock_guard lock(fixture.mutex);
    CHECK(fixture.reports.empty());
  }
  client.closes();
  server.sees_end();
  server.closes();
  const auto reports = fixture.waits_for(1);
  CHECK(reports[0].is_tunnel);
  CHECK(reports[0].method == "CONNECT");
  CHECK(reports[0].status == 200);
  CHECK(reports[0].up == 5);
  CHECK(reports[0].down == 3);
  CHECK(reports[0].reason == "ended");
}

TEST_CASE("Requests that fail or are rejected are reported once, with the error of the response") {
  Fixture fixture;
  const auto fails = [&](const std::string& request, int status) {
    Peer client = fixture.proxy.client();
    client.sends(request);
    CHECK(client.reads_message().status == status);
    client.closes();
  };
  fails(fixture.connect("127.0.0.1:1"), 502);
  fails("GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", 502);
  fails("nonsense\r\n\r\n", 400);
  const auto reports = fixture.waits_for(3);
  for (const Report& one : reports) CHECK(one.outcome == Outcome::failed);
  CHECK(reports[0].method == "CONNECT");
  CHECK(reports[0].error == "connection_refused");
  CHECK(reports[0].status == 502);
  CHECK(reports[1].method == "GET");
  CHECK(reports[1].error == "connection_refused");
  CHECK(reports[2].method.empty());
  CHECK(reports[2].host.empty());
  CHECK(reports[2].status == 400);
  CHECK(reports[2].error == "http_request_error");
  CHECK_FALSE(reports[2].has_route);
}

TEST_CASE("An answer to a failed or rejected request has the id of its record") {
  Fixture fixture;
  std::vector<std::string> answers;
  for (const std::string& request :
       {fixture.connect("127.0.0.1:1"),
        std::string("GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n"),
        std::string("nonsense\r\n\r\n")}) {
    Peer client = fixture.proxy.client();
    client.sends(request);
    answers.push_back(client.reads_message().head);
    client.closes();
  }
  const auto reports = fixture.waits_for(3);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    CHECK(answers[i].find("(request " + reports[i].id + ")") != std::string::npos);
  }
}

TEST_CASE("A request without credentials is reported with its target and without a route") {
  Fixture fixture({.proxy_auth = Secret("user:secret")});
  Peer client = fixture.proxy.client();
  client.sends(fixture.get());
  CHECK(client.reads_message().status == 407);
  client.closes();
  const auto reports = fixture.waits_for(1);
  CHECK(reports[0].status == 407);
  CHECK(reports[0].host == "127.0.0.1");
  CHECK_FALSE(reports[0].has_route);
}

TEST_CASE("A request whose client leaves is reported as aborted, and one whose server breaks off as failed") {
  Fixture fixture;
  {
    Peer client = fixture.proxy.client();
    client.sends(fixture.get());
    Peer server = fixture.site.accepts();
    server.reads_head();
    client.resets();
    CHECK(fixture.waits_for(1)[0].outcome == Outcome::aborted);
  }
  Peer client = fixture.proxy.client();
  client.sends(fixture.get());
  Peer server = fixture.site.accepts();
  server.reads_head();
  server.sends("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour");
  client.receives("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour");
  server.closes();
  const auto reports = fixture.waits_for(2);
  CHECK(reports[1].outcome == Outcome::failed);
  CHECK(reports[1].status == 200);
  CHECK(reports[1].error == "http_response_incomplete");
}

}  // namespace
}  // namespace aluvia::test
