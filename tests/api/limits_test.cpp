// Tests of the limits in bytes and in time.
#include "api/api_fixture.hpp"

#include <thread>

using namespace aluvia;
using namespace aluvia::api;
using namespace aluvia::api::testing;

TEST_CASE("A response of 16 MiB arrives, and one byte more is rejected") {
  constexpr std::size_t limit = 16 * 1024 * 1024;
  MisbehavingApi whole(always(ok(std::string(limit, ' '))));
  const auto reply = api_for(whole.url())->get_user("");
  REQUIRE(reply);
  CHECK(reply->body.size() == limit);
  MisbehavingApi longer(always(ok(std::string(limit + 1, ' '))));
  CHECK(failure_of(*api_for(longer.url())).cause == Cause::too_large);
}

TEST_CASE("A body beyond the limit is rejected as soon as that is known") {
  MisbehavingApi announced(always("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"));
  MisbehavingApi endless([](auto& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    while (peer.send(std::string(1000, ' '))) {
    }
  });
  MisbehavingApi chunks([](auto& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (peer.send("1\r\n \r\n")) {
    }
  });
  MisbehavingApi exact(always(ok(std::string(4096, ' '))));
  for (auto* server : {&announced, &endless, &chunks, &exact}) {
    auto options = options_for(server->url());
    options.body_limit = 4096;
    auto api = api_with(std::move(options));
    if (server == &exact) {
      CHECK(api->get_user("")->body.size() == 4096);
    } else {
      CHECK(failure_of(*api).cause == Cause::too_large);
    }
  }
}

TEST_CASE("A head without end is rejected, and a long status line does no harm") {
  const auto endless = [](std::string start, std::string more) {
    MisbehavingApi server([=](auto& peer) {
      peer.read_request();
      peer.send(start);
      while (peer.send(more)) {
      }
    });
    return failure_of(*api_for(server.url())).cause;
  };
  CHECK(endless("HTTP/1.1 200 OK\r\n", "X-A: b\r\n") == Cause::too_large);
  CHECK(endless("HTTP/1.1 200 OK\r\nX: ", "aaaaaaaa") == Cause::too_large);
  CHECK(endless("HTTP/1.1 200 ", "aaaaaaaa") == Cause::too_large);
  CHECK(endless("", "HTTP/1.1 100 Continue\r\n\r\n") == Cause::too_large);
  CHECK(
      failure_of_bytes("HTTP/1.1 200 " + std::string(200'000, 'a') + "\r\nContent-Length: 0\r\n\r\n").cause ==
      Cause::too_large);
}

TEST_CASE("A call ends at its time limit, however slowly the response drips") {
  const auto drip = [](std::string start) {
    return [=](MisbehavingApi::Peer& peer) {
      if (!peer.read_request()) return;
      if (!start.empty()) peer.send(start);
      while (peer.send("a")) std::this_thread::sleep_for(10ms);
    };
  };
  for (const char* start :
       {"", "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"}) {
    INFO(start);
    MisbehavingApi server(drip(start));
    auto api = hasty_api_for(server.url());
    const auto begin = Clock::now();
    const auto failure = failure_of(*api);
    CHECK(failure.cause == Cause::time_out);
    CHECK(contains(failure.message, "within 200 ms"));
    CHECK(Clock::now() - begin >= 190ms);
    CHECK(Clock::now() - begin < 2s);
  }
}

TEST_CASE("A silent API runs into the time limit, and the next call works") {
  MisbehavingApi server([](auto& peer) {
    peer.read_request();
    if (peer.index() > 0) peer.send(ok());
    peer.wait_for_close();
  });
  auto api = hasty_api_for(server.url());
  CHECK(failure_of(*api).cause == Cause::time_out);
  CHECK(api->get_user("").has_value());
}
