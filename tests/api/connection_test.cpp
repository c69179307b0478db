// Tests of connecting, of kept connections and of cancellation.
#include "api/api_fixture.hpp"

#include <future>
#include <thread>

#include <signal.h>

using namespace aluvia;
using namespace aluvia::api;
using namespace aluvia::api::testing;

TEST_CASE("An idle connection that the API has closed is replaced without an error") {
  MisbehavingApi server([](auto& peer) {
    if (!peer.read_request()) return;
    peer.send(ok());
    if (peer.index() == 0) return;
    peer.wait_for_close();
  });
  auto api = api_for(server.url());
  REQUIRE(api->get_user(""));
  REQUIRE(api->get_user(""));
  CHECK(server.connections() == 2);
}

TEST_CASE("A reused connection that dies before any response byte is retried once") {
  MisbehavingApi server([](auto& peer) {
    peer.read_request();
    if (peer.index() == 2) return;
    peer.send(ok());
    peer.read_request();
  });
  auto api = api_for(server.url());
  REQUIRE(api->get_user(""));
  // The second request dies on connection 0 and is answered on connection 1.
  REQUIRE(api->get_user(""));
  CHECK(server.connections() == 2);
  // The third dies on connection 1 and on the new connection 2: no third attempt.
  CHECK(failure_of(*api).cause == Cause::broken);
  CHECK(server.connections() == 3);
}

TEST_CASE("A new connection that dies is not retried") {
  MisbehavingApi server([](auto& peer) { peer.read_request(); });
  auto api = api_for(server.url());
  CHECK(failure_of(*api).cause == Cause::broken);
  CHECK(server.connections() == 1);
}

TEST_CASE("A failure does not spoil the calls after it") {
  MisbehavingApi server([](auto& peer) {
    if (!peer.read_request()) return;
    if (peer.index() == 0) {
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}");
      return;
    }
    peer.send(ok("{\"fine\":1}"));
    peer.wait_for_close();
  });
  auto api = api_for(server.url());
  CHECK(failure_of(*api).cause == Cause::broken);
  const auto reply = api->get_user("");
  REQUIRE(reply);
  CHECK(reply->body == "{\"fine\":1}");
}

TEST_CASE("Bytes behind a response are not taken for the next response") {
  MisbehavingApi server([](auto& peer) {
    if (!peer.read_request()) return;
    peer.send(ok("{\"first\":1}") + ok("{\"forged\":1}"));
    if (peer.read_request()) peer.send(ok("{\"second\":1}"));
    peer.wait_for_close();
  });
  auto api = api_for(server.url());
  CHECK(api->get_user("")->body == "{\"first\":1}");
  const auto second = api->get_user("");
  REQUIRE(second);
  CHECK_FALSE(contains(std::string(second->body), "forged"));
}

TEST_CASE("A hanging connection attempt ends at its own time limit") {
  FullBacklog server;
  auto options = options_for(server.url());
  options.connect_timeout = 100ms;
  const auto begin = Clock::now();
  const auto failure = failure_of(*api_with(std::move(options)));
  CHECK(failure.cause == Cause::connect);
  CHECK(contains(failure.message, "cannot connect to " + server.url().substr(7) + ": time-out after 100 ms"));
  CHECK(Clock::now() - begin < 2s);
}

TEST_CASE("A refused connection says so") {
  std::string url;
  { url = MisbehavingApi(always("")).url(); }
  const auto failure = failure_of(*api_for(url));
  CHECK(failure.cause == Cause::connect);
  CHECK(failure.message == "cannot connect to " + url.substr(7) + ": connection refused");
}

TEST_CASE("A name that does not exist is a failed look-up") {
  // Reserved by RFC 6761: it has no address. A resolver that does not respond ends in the time-out.
  const auto failure = failure_of(*hasty_api_for("http://name.invalid"));
  CHECK(failure.cause == Cause::look_up);
  CHECK(contains(failure.message, "cannot look up name.invalid"));
}

TEST_CASE("A name with several addresses is tried through them") {
  MisbehavingApi server(always(ok()));
  CHECK(api_for("http://localhost:" + std::to_string(server.port()))->get_user("").has_value());
}

TEST_CASE("An IPv6 literal is a host") {
  MisbehavingApi server(always(ok()), "::1");
  if (!server.listening()) {
    WARN("skipped: this machine has no ::1");
    return;
  }
  auto api = api_for("http://[::1]:" + std::to_string(server.port()));
  REQUIRE(api->get_user(""));
  CHECK(contains(server.requests().front(), "\r\nHost: [::1]:" + std::to_string(server.port()) + "\r\n"));
}

TEST_CASE("A TLS handshake that never comes runs into the time limit") {
  MisbehavingApi server([](auto& peer) {
    peer.send("\x16\x03\x03");
    peer.wait_for_close();
  });
  auto options = options_for("https://127.0.0.1:" + std::to_string(server.port()));
  options.total_timeout = 200ms;
  const auto begin = Clock::now();
  CHECK(failure_of(*api_with(std::move(options))).cause == Cause::time_out);
  CHECK(Clock::now() - begin < 2s);
}

TEST_CASE("Plain HTTP behind an https URL is a TLS failure") {
  MisbehavingApi server([](auto& peer) {
    peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.wait_for_close();
  });
  const auto failure = failure_of(*api_for("https://127.0.0.1:" + std::to_string(server.port())));
  CHECK(failure.cause == Cause::tls);
}

TEST_CASE("Cancel ends a call in progress and every later one") {
  std::promise<void> asked;
  MisbehavingApi silent([&](auto& peer) {
    peer.read_request();
    asked.set_value();
    peer.wait_for_close();
  });
  auto api = api_for(silent.url());
  auto call = std::async(std::launch::async, [&] { return api->get_user(""); });
  asked.get_future().wait();
  const auto begin = Clock::now();
  api->cancel();
  auto reply = call.get();
  REQUIRE_FALSE(reply);
  CHECK(reply.error().kind == ApiError::Kind::not_running);
  CHECK(failure_of(*api).kind == ApiError::Kind::not_running);
  CHECK(Clock::now() - begin < 2s);
  CHECK(silent.connections() == 1);
}

TEST_CASE("Cancel ends a connection attempt and a TLS handshake") {
  FullBacklog full;
  MisbehavingApi mute([](auto& peer) { peer.wait_for_close(); });
  for (const auto& url : {full.url(), "https://127.0.0.1:" + std::to_string(mute.port())}) {
    auto api = api_for(url);
    auto call = std::async(std::launch::async, [&] { return api->get_user(""); });
    const auto begin = Clock::now();
    // There is nothing to observe from outside while a connect hangs; cancelling before it has begun is as
    // good.
    if (url.starts_with("https")) {
      while (mute.connections() == 0) std::this_thread::yield();
    }
    api->cancel();
    auto reply = call.get();
    REQUIRE_FALSE(reply);
    CHECK(reply.error().kind == ApiError::Kind::not_running);
    CHECK(Clock::now() - begin < 2s);
  }
}

TEST_CASE("A dead peer raises no SIGPIPE and leaves the thread's mask as it was") {
  MisbehavingApi server([](auto&) {});
  auto api = api_for(server.url());
  for (int i = 0; i < 5; ++i) CHECK_FALSE(api->get_user(""));
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  CHECK(sigismember(&mask, SIGPIPE) == 0);
}
