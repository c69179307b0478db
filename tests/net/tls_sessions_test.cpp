// Tests of TLS sessions that outlive their context: with real handshakes, with other servers and trust, and
// with bytes that are damaged.
#include "net/error.hpp"
#include "net/tls_session_file.hpp"
#include "tls_pair.hpp"

#include <ctime>
#include <list>
#include <optional>

#include <catch2/catch.hpp>
#include <openssl/evp.h>

using namespace aluvia;
using namespace aluvia::net;
using namespace aluvia::test;

namespace {

using Saved = TlsContext::Saved;
const std::string gateway = "gateway.test";
constexpr std::uint16_t port = 8443;

// A server that stays while the contexts of its client come and go.
struct Restarts {
  explicit Restarts(int version)
      : file(certificate.pem()), client(new_context(file.path())), server(certificate, version) {}
  ~Restarts() { fixture.cancel_tasks(); }

  static TlsContext new_context(const std::string& trusted) {
    TlsContext made = std::move(TlsContext::create(trusted).value());
    made.set_sessions_aside([] {});
    return made;
  }

  /// Makes a connection, reads the server's tickets, and returns true if the server has resumed a session.
  bool resumes() { return resumes(client); }
  bool resumes(const TlsContext& with) {
    TcpPair pair = make_pair(fixture);
    bool is_accepted = false;
    fixture.tasks.spawn("accept", accept_tls(server, pair.peer, is_accepted));
    REQUIRE(fixture.run(with.handshake(pair.ours, gateway, soon())));
    fixture.run_until([&] { return is_accepted; });
    REQUIRE_FALSE(fixture.run(write_all(pair.peer, "hello")));
    CHECK(fixture.run(read_bytes(pair.ours, 5)) == "hello");
    return SSL_session_reused(pair.peer.tls()) == 1;
  }

  /// Makes a connection that may fail.
  Result<void, TlsFailure> attempt(const TlsContext& with) {
    TcpPair pair = make_pair(fixture);
    bool is_accepted = false;
    fixture.tasks.spawn("accept", accept_tls(server, pair.peer, is_accepted));
    auto result = fixture.run(with.handshake(pair.ours, gateway, soon()));
    fixture.cancel_tasks();
    return result;
  }

  SecretString saved(Saved which = Saved::aside) const { return client.saved_sessions(gateway, port, which); }
  /// Starts again with the saved sessions, and returns their number.
  std::size_t restart(std::string_view bytes) {
    client = new_context(file.path());
    const auto count = client.restore_sessions(bytes, gateway, port);
    REQUIRE(count);
    return *count;
  }

  LoopFixture fixture;
  Certificate certificate{{.names = "DNS:gateway.test,DNS:other.test"}};
  MemoryFile file;
  TlsContext client;
  TlsServer server;
};

SecretString hashed(std::string_view fields) {
  unsigned char hash[32];
  EVP_Digest(fields.data(), fields.size(), hash, nullptr, EVP_sha256(), nullptr);
  SecretString out(fields);
  for (const unsigned char byte : hash) out += static_cast<char>(byte);
  return out;
}

std::string_view without_hash(std::string_view bytes) {
  return bytes.substr(0, bytes.size() - 32);
}

}  // namespace

TEST_CASE("A session is resumed after a restart, and so is its successor in the run after that") {
  Restarts known(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
  CHECK(known.saved().empty());
  CHECK_FALSE(known.resumes());
  for (int run = 0; run < 3; ++run) {
    const SecretString saved = known.saved();
    REQUIRE_FALSE(saved.empty());
    CHECK(known.restart(saved) == 1);
    CHECK(known.resumes());
  }
}

TEST_CASE("A TLS 1.3 ticket for the next run is not used in this one") {
  Restarts known(TLS1_3_VERSION);
  SSL_CTX_set_num_tickets(known.server.context(), 1);
  CHECK_FALSE(known.resumes());  // its ticket is set aside
  const SecretString saved = known.saved();
  CHECK_FALSE(known.resumes());
  for (int i = 0; i < 3; ++i) CHECK(known.resumes());
  CHECK(known.saved() == saved);
  CHECK(known.restart(saved) == 1);
  CHECK(known.resumes());
}

TEST_CASE("The sessions of an end in order are all that is left, and no more than sixteen") {
  Restarts known(TLS1_3_VERSION);
  SSL_CTX_set_num_tickets(known.server.context(), 3);
  CHECK_FALSE(known.resumes());
  CHECK(parse_session_file(known.saved(Saved::all)).value().sessions.size() == 3);
  SSL_CTX_set_num_tickets(known.server.context(), 40);
  known.server = TlsServer(known.certificate, TLS1_3_VERSION);
  SSL_CTX_set_num_tickets(known.server.context(), 40);
  CHECK_FALSE(known.resumes());
  const SecretString saved = known.saved(Saved::all);
  CHECK(parse_session_file(saved).value().sessions.size() == most_kept_sessions);
  CHECK(known.restart(saved) == most_kept_sessions);
  CHECK(known.restart(known.saved(Saved::all)) == most_kept_sessions);
}

TEST_CASE("The owner is told of each session that is set aside, until it wants no more") {
  Restarts known(TLS1_3_VERSION);
  int calls = 0;
  known.client.set_sessions_aside([&calls] { ++calls; });
  CHECK_FALSE(known.resumes());
  CHECK(calls == 1);  // the other ticket is for the next connection
  known.client.set_sessions_aside({});
  CHECK(known.resumes());
  CHECK(calls == 1);
  CHECK_FALSE(known.saved().empty());
}

TEST_CASE("A context that sets nothing aside saves what it has cached at its end only") {
  Restarts known(TLS1_3_VERSION);
  known.client.set_sessions_aside({});
  CHECK_FALSE(known.resumes());
  CHECK(known.saved().empty());
  CHECK_FALSE(known.saved(Saved::all).empty());
}

TEST_CASE("Sixteen connections at once resume as many sessions as there are tickets, and the next ones all") {
  Restarts known(TLS1_3_VERSION);
  known.client.set_sessions_aside({});
  CHECK_FALSE(known.resumes());
  const auto burst = [&known] {
    std::list<TcpPair> pairs;
    std::list<bool> accepted;
    for (int i = 0; i < 16; ++i) {
      pairs.push_back(make_pair(known.fixture));
      known.fixture.tasks.spawn("accept",
                                accept_tls(known.server, pairs.back().peer, accepted.emplace_back(false)));
    }
    int shaken = 0;
    const auto shake = [](const TlsContext& client, TcpPair& pair, int& count) -> loop::Task<void> {
      const auto result = co_await client.handshake(pair.ours, gateway, soon());
      CHECK(result.has_value());
      ++count;
    };
    for (TcpPair& pair : pairs) known.fixture.tasks.spawn("shake", shake(known.client, pair, shaken));
    known.fixture.run_until([&] { return shaken == 16 && std::ranges::count(accepted, true) == 16; });
    for (TcpPair& pair : pairs) CHECK(pair.ours.is_quiet());  // takes the tickets
    return std::ranges::count_if(pairs,
                                 [](TcpPair& pair) { return SSL_session_reused(pair.peer.tls()) == 1; });
  };
  CHECK(burst() == 2);
  CHECK(burst() == 16);
  CHECK(burst() == 16);
}

TEST_CASE("Sessions of another host or port are not restored") {
  Restarts known(TLS1_3_VERSION);
  CHECK_FALSE(known.resumes());
  const SecretString saved = known.saved();
  const TlsContext next = Restarts::new_context(known.file.path());
  CHECK(next.restore_sessions(saved, "other.test", port).value() == 0);
  CHECK(next.restore_sessions(saved, gateway, port + 1).value() == 0);
  CHECK(next.restore_sessions(saved, "127.0.0.1", port).value() == 0);
  CHECK_FALSE(known.resumes(next));
}

TEST_CASE("A chain that does not name the host is rejected, whatever the file calls its server") {
  Restarts known(TLS1_3_VERSION);
  CHECK_FALSE(known.resumes());
  SessionFile file = std::move(parse_session_file(known.saved()).value());
  file.server = "third.test:8443";
  const SecretString renamed = session_file_bytes(file);
  CHECK(known.client.restore_sessions(renamed, "third.test", port).value() == 0);
  file.server = "other.test:8443";  // it has this name, too
  CHECK(known.client.restore_sessions(session_file_bytes(file), "other.test", port).value() == 1);
}

TEST_CASE("A session made under one CA does not let the server in under another") {
  Restarts known(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
  CHECK_FALSE(known.resumes());
  const Certificate stranger;
  const MemoryFile other(stranger.pem());
  const TlsContext wary = Restarts::new_context(other.path());
  CHECK(wary.restore_sessions(known.saved(), gateway, port).value() == 0);
  const auto result = known.attempt(wary);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == make_error_code(NetError::tls_certificate));
}

TEST_CASE("Expired sessions, and those of a clock that was ahead, are dropped") {
  Restarts known(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
  CHECK_FALSE(known.resumes());
  SessionFile file = std::move(parse_session_file(known.saved()).value());
  SSL_SESSION* const session = file.sessions.front().get();
  const long life = static_cast<long>(SSL_SESSION_get_ticket_lifetime_hint(session));
  REQUIRE(life > 60);
  const long now = static_cast<long>(std::time(nullptr));
  const auto restored = [&](long time) {
    SSL_SESSION_set_time(session, time);
    return known.restart(session_file_bytes(file));
  };
  CHECK(restored(now - life - 1) == 0);
  CHECK_FALSE(known.resumes());
  CHECK(restored(now + 3600) == 0);
  CHECK(restored(now - life + 60) == 1);
}

TEST_CASE("A server that does not know the restored session shakes hands in full") {
  Restarts known(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION));
  CHECK_FALSE(known.resumes());
  const SecretString saved = known.saved();
  known.server = TlsServer(known.certificate, TLS1_3_VERSION);
  CHECK(known.restart(saved) == 1);
  CHECK_FALSE(known.resumes());
  CHECK(known.saved() != saved);
}

TEST_CASE("Every flipped bit and every missing end of the bytes is found, and costs a full handshake only") {
  Restarts known(TLS1_3_VERSION);
  CHECK_FALSE(known.resumes());
  const SecretString saved = known.saved();
  const TlsContext next = Restarts::new_context(known.file.path());
  std::size_t accepted = 0;
  for (std::size_t bit = 0; bit < saved.size() * 8; ++bit) {
    SecretString damaged = saved;
    damaged.data()[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    if (next.restore_sessions(damaged, gateway, port)) ++accepted;
  }
  for (std::size_t size = 0; size < saved.size(); ++size) {
    if (next.restore_sessions(saved.view().substr(0, size), gateway, port)) ++accepted;
  }
  CHECK(accepted == 0);
  CHECK(next.restore_sessions("", gateway, port).error() == "is damaged");
  CHECK_FALSE(known.resumes(next));
}

// OpenSSL's parsers see these: they reject a field, or read one whose ticket the server then declines.
TEST_CASE("Damage that the hash covers crashes nothing, and every connection still opens") {
  Restarts known(TLS1_3_VERSION);
  CHECK_FALSE(known.resumes());
  const SecretString saved = known.saved();
  const std::string_view fields = without_hash(saved);
  for (std::size_t at = 0; at < fields.size(); ++at) {
    std::string damaged(fields);
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    const TlsContext next = Restarts::new_context(known.file.path());
    const auto count = next.restore_sessions(hashed(damaged), gateway, port);
    if (!count || *count == 0 || at % 8 != 0) continue;
    if (known.attempt(next)) continue;
    CHECK_FALSE(known.resumes(next));  // what failed is forgotten
  }
  for (std::size_t size = 0; size < fields.size(); ++size)
    static_cast<void>(parse_session_file(hashed(fields.substr(0, size))));
}

TEST_CASE("The format of another version is named as such") {
  const std::string name = "aluvia-connect TLS sessions 2";
  const std::string fields = std::string("\0\0\0", 3) + static_cast<char>(name.size()) + name;
  CHECK(parse_session_file(hashed(fields)).error() == "was written by another version");
}
