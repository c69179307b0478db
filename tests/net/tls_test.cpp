#include "net/tls.hpp"

#include "loop/event.hpp"
#include "net/error.hpp"
#include "tls_pair.hpp"

#include <catch2/catch.hpp>

using namespace aluvia;
using namespace aluvia::net;
using namespace aluvia::loop;
using namespace aluvia::test;
using namespace std::literals;

namespace {

// A client that trusts one certificate, and the pair on which it shakes hands.
struct Handshake {
  explicit Handshake(const Certificate& trusted)
      : file(trusted.pem()),
        client(std::move(TlsContext::create(file.path()).value())),
        pair(make_pair(fixture)) {}

  ~Handshake() { fixture.cancel_tasks(); }
  void serve(const Certificate& certificate, int only_version = 0) {
    server.emplace(certificate, only_version);
    fixture.tasks.spawn("accept", accept_tls(*server, pair.peer, is_accepted));
  }
  Result<void, TlsFailure> shake(const std::string& host, TimePoint deadline = soon()) {
    return fixture.run(client.handshake(pair.ours, host, deadline));
  }

  LoopFixture fixture;
  MemoryFile file;
  TlsContext client;
  std::optional<TlsServer> server;
  TcpPair pair;
  bool is_accepted = false;
};

void send_raw(Stream& stream, std::string_view bytes) {
  REQUIRE(::send(stream.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size()));
}

}  // namespace

TEST_CASE("A handshake with a trusted server of the right name succeeds and carries bytes") {
  const Certificate certificate;
  Handshake handshake(certificate);
  handshake.serve(certificate, GENERATE(0, TLS1_2_VERSION, TLS1_3_VERSION));
  REQUIRE(handshake.shake("gateway.test"));
  CHECK(handshake.pair.ours.is_tls());
  REQUIRE_FALSE(handshake.fixture.run(write_all(handshake.pair.ours, "ping")));
  CHECK(handshake.fixture.run(read_bytes(handshake.pair.peer, 4)) == "ping");
}

TEST_CASE("The server is told the name, in SNI, but never an address") {
  const Certificate certificate({.names = "DNS:gateway.test,IP:127.0.0.1,IP:::1"});
  Handshake handshake(certificate);
  handshake.serve(certificate);
  const auto sni = [&] {
    const char* name = SSL_get_servername(handshake.pair.peer.tls(), TLSEXT_NAMETYPE_host_name);
    return std::string(name ? name : "");
  };
  SECTION("a name") {
    REQUIRE(handshake.shake("gateway.test"));
    CHECK(sni() == "gateway.test");
  }
  SECTION("an IPv4 address") {
    REQUIRE(handshake.shake("127.0.0.1"));
    CHECK(sni().empty());
  }
  SECTION("an IPv6 address") {
    REQUIRE(handshake.shake("::1"));
    CHECK(sni().empty());
  }
}

TEST_CASE("A certificate for another name is rejected") {
  const Certificate certificate({.names = "DNS:other.test,DNS:*.wild.test"});
  Handshake handshake(certificate);
  handshake.serve(certificate);
  const auto result = handshake.shake(GENERATE("gateway.test", "test", "a.b.wild.test", "127.0.0.1", "::1"));
  REQUIRE_FALSE(result);
  CHECK(result.error().code == make_error_code(NetError::tls_certificate));
  CHECK_THAT(result.error().detail, Catch::Contains("mismatch"));
}

TEST_CASE("A wildcard stands for one label") {
  const Certificate certificate({.names = "DNS:*.wild.test"});
  Handshake handshake(certificate);
  handshake.serve(certificate);
  CHECK(handshake.shake("a.wild.test"));
}

TEST_CASE("A name in the certificate is no address, and an address of another host is rejected") {
  const Certificate certificate({.names = GENERATE("DNS:127.0.0.1", "IP:127.0.0.2")});
  Handshake handshake(certificate);
  handshake.serve(certificate);
  const auto result = handshake.shake("127.0.0.1");
  REQUIRE_FALSE(result);
  CHECK(result.error().code == make_error_code(NetError::tls_certificate));
}

TEST_CASE("A certificate from an unknown authority is rejected") {
  const Certificate trusted;
  const Certificate stranger;
  Handshake handshake(trusted);
  handshake.serve(stranger);
  const auto result = handshake.shake("gateway.test");
  REQUIRE_FALSE(result);
  CHECK(result.error().code == make_error_code(NetError::tls_certificate));
  CHECK_FALSE(result.error().detail.empty());
}

TEST_CASE("A certificate out of its time is rejected, and said to be") {
  SECTION("expired") {
    const Certificate certificate({.valid_from = -7200, .valid_until = -3600});
    Handshake handshake(certificate);
    handshake.serve(certificate);
    const auto result = handshake.shake("gateway.test");
    REQUIRE_FALSE(result);
    CHECK(result.error().code == make_error_code(NetError::tls_certificate));
    CHECK(result.error().detail == "certificate has expired");
  }
  SECTION("not yet valid") {
    const Certificate certificate({.valid_from = 3600, .valid_until = 7200});
    Handshake handshake(certificate);
    handshake.serve(certificate);
    const auto result = handshake.shake("gateway.test");
    REQUIRE_FALSE(result);
    CHECK(result.error().code == make_error_code(NetError::tls_certificate));
    CHECK(result.error().detail == "certificate is not yet valid");
  }
}

TEST_CASE("TLS 1.1 is rejected") {
  const Certificate certificate;
  Handshake handshake(certificate);
  handshake.serve(certificate, TLS1_1_VERSION);
  const auto result = handshake.shake("gateway.test");
  REQUIRE_FALSE(result);
  CHECK(result.error().code == make_error_code(NetError::tls_protocol));
}

TEST_CASE("A peer that ends during the handshake") {
  const Certificate certificate;
  Handshake handshake(certificate);
  SECTION("in order") {
    handshake.pair.peer.shutdown_send();
    const auto result = handshake.shake("gateway.test");
    REQUIRE_FALSE(result);
    CHECK(result.error().code == make_error_code(NetError::tls_protocol));
    CHECK_THAT(result.error().detail, Catch::Contains("closed"));
  }
  SECTION("in the middle of a record") {
    send_raw(handshake.pair.peer, "\x16\x03\x03");
    handshake.pair.peer.shutdown_send();
    const auto result = handshake.shake("gateway.test");
    REQUIRE_FALSE(result);
    CHECK(result.error().code == make_error_code(NetError::tls_protocol));
  }
  SECTION("by a reset, which is an error and no signal") {
    handshake.pair.peer.reset_on_close();
    { const Stream gone = std::move(handshake.pair.peer); }
    const auto result = handshake.shake("gateway.test");
    REQUIRE_FALSE(result);
    CHECK((result.error().code == std::errc::connection_reset ||
           result.error().code == std::errc::broken_pipe));
  }
  SECTION("by a reset while we wait for its answer") {
    const auto leave = [](Stream& peer) -> Task<void> {
      co_await peer.ready(Want::read);
      peer.reset_on_close();
      const Stream gone = std::move(peer);
    };
    handshake.fixture.tasks.spawn("leave", leave(handshake.pair.peer));
    const auto result = handshake.shake("gateway.test");
    REQUIRE_FALSE(result);
    CHECK(result.error().code == std::errc::connection_reset);
  }
}

TEST_CASE("A silent peer is given up at the deadline") {
  const Certificate certificate;
  Handshake handshake(certificate);
  const TimePoint deadline = GENERATE(0, 1) == 0 ? Clock::now() - 1s : Clock::now() + 10ms;
  const auto result = handshake.shake("gateway.test", deadline);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == std::errc::timed_out);
  CHECK(Clock::now() >= deadline);
}

TEST_CASE("A peer that dribbles is given up at the deadline too") {
  const Certificate certificate;
  Handshake handshake(certificate);
  bool is_over = false;
  // Always something to read: the record that it announces never comes to its end.
  const auto dribble = [](Stream& peer, bool& over) -> Task<void> {
    char header[] = {0x16, 0x03, 0x03, 0x3f, 0x00};
    std::string_view rest(header, sizeof header);
    while (!over) {
      if (peer.try_write(rest.empty() ? std::span<const char>("x", 1) : std::span(rest.substr(0, 1)))
              .status == IoResult::Status::failed) {
        break;
      }
      if (!rest.empty()) rest.remove_prefix(1);
      co_await pause(peer.executor(), 100us);
    }
  };
  handshake.fixture.tasks.spawn("dribble", dribble(handshake.pair.peer, is_over));
  const auto result = handshake.shake("gateway.test", Clock::now() + 10ms);
  is_over = true;
  REQUIRE_FALSE(result);
  CHECK(result.error().code == std::errc::timed_out);
}

TEST_CASE("A peer that speaks plain HTTP is reported as no TLS") {
  const Certificate certificate;
  Handshake handshake(certificate);
  send_raw(handshake.pair.peer, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  const auto result = handshake.shake("gateway.test");
  REQUIRE_FALSE(result);
  CHECK(result.error().code == make_error_code(NetError::tls_protocol));
  CHECK_FALSE(result.error().detail.empty());
}

TEST_CASE("A cancelled handshake ends its task") {
  const Certificate certificate;
  Handshake handshake(certificate);
  TaskGroup tasks(handshake.fixture.loop, nullptr);
  const auto shake = [](Handshake& with) -> Task<void> {
    static_cast<void>(co_await with.client.handshake(with.pair.ours, "gateway.test", soon()));
  };
  tasks.spawn("shake", shake(handshake));
  handshake.fixture.run_ready();
  CHECK(tasks.size() == 1);
  tasks.cancel_all();
  handshake.fixture.run_until([&] { return tasks.size() == 0; });
}

TEST_CASE("Trusted certificates that cannot be read are reported with their file's name") {
  SECTION("no file") {
    const auto context = TlsContext::create("/nonexistent/ca.pem");
    REQUIRE_FALSE(context);
    CHECK_THAT(context.error(), Catch::Contains("/nonexistent/ca.pem"));
  }
  SECTION("no certificate in it") {
    const MemoryFile file("nothing of the kind");
    const auto context = TlsContext::create(file.path());
    REQUIRE_FALSE(context);
    CHECK_THAT(context.error(), Catch::Contains(file.path()));
  }
  SECTION("the system's own") {
    CHECK(TlsContext::create(""));
  }
}

namespace {

// One client and one server that shake hands again and again.
struct Acquaintance {
  explicit Acquaintance(int version)
      : file(certificate.pem()),
        client(std::move(TlsContext::create(file.path()).value())),
        server(certificate, version) {}
  ~Acquaintance() { fixture.cancel_tasks(); }

  /// Whether the handshake was a short one. The server's word comes after it: what it gives with TLS 1.3 is
  /// only seen by those who read.
  bool resumes(const std::string& host = "gateway.test") {
    TcpPair pair = make_pair(fixture);
    bool is_accepted = false;
    fixture.tasks.spawn("accept", accept_tls(server, pair.peer, is_accepted));
    REQUIRE(fixture.run(client.handshake(pair.ours, host, soon())));
    fixture.run_until([&] { return is_accepted; });
    REQUIRE_FALSE(fixture.run(write_all(pair.peer, "hello")));
    CHECK(fixture.run(read_bytes(pair.ours, 5)) == "hello");
    return SSL_session_reused(pair.ours.tls()) == 1;
  }

  LoopFixture fixture;
  Certificate certificate{{.names = "DNS:gateway.test,DNS:other.test,IP:127.0.0.1"}};
  MemoryFile file;
  TlsContext client;
  TlsServer server;
};

}  // namespace

TEST_CASE("A session is resumed, also after connections that were cut, and never for another name") {
  Acquaintance known(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
  CHECK_FALSE(known.resumes());
  for (int i = 0; i < 5; ++i) CHECK(known.resumes());
  CHECK_FALSE(known.resumes("other.test"));
  CHECK_FALSE(known.resumes("127.0.0.1"));
  CHECK(known.resumes("127.0.0.1"));
  CHECK(known.resumes());
}

TEST_CASE("Writing to a peer that said goodbye and then left fails, and does not go on for ever") {
  LoopFixture fixture;
  TcpPair pair = make_tls_pair(fixture, 0, GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
  pair.peer.shutdown_send();
  REQUIRE_FALSE(fixture.run(read_to_end(pair.ours)).error);
  pair.peer.reset_on_close();
  { const Stream gone = std::move(pair.peer); }
  const std::string much(100'000, 'x');
  CHECK(fixture.run(write_all(pair.ours, much)));
}

TEST_CASE("A peer that asks for a renegotiation ends the stream at once, and is named") {
  LoopFixture fixture;
  TcpPair pair = make_tls_pair(fixture, 0, TLS1_2_VERSION);
  REQUIRE_FALSE(fixture.run(write_all(pair.peer, "before")));
  CHECK(fixture.run(read_bytes(pair.ours, 6)) == "before");
  REQUIRE(SSL_renegotiate(pair.peer.tls()) == 1);
  SSL_do_handshake(pair.peer.tls());  // sends a HelloRequest and waits
  const auto end = fixture.run(read_to_end(pair.ours));
  CHECK(end.bytes.empty());
  CHECK(end.error == NetError::tls_renegotiation);
  const IoResult put = pair.ours.try_write(std::string_view("after"));
  CHECK((put.status != IoResult::Status::blocked));
}

TEST_CASE("A server that does not know the session any more shakes hands in full") {
  Acquaintance known(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
  CHECK_FALSE(known.resumes());
  known.server = TlsServer(known.certificate, TLS1_3_VERSION);
  CHECK_FALSE(known.resumes());
  CHECK(known.resumes());
}
