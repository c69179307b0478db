// A TCP pair after a TLS handshake: ours is the client of the module, the peer is OpenSSL's server.
#pragma once

#include "net/tls.hpp"
#include "tcp_pair.hpp"
#include "test_certificates.hpp"

namespace aluvia::test {

inline loop::Task<void> accept_tls(TlsServer& server, net::Stream& peer, bool& is_done) {
  is_done = co_await server.accept(peer);
}

/// TLS over `pair`; both ends are up when it returns. `only_version`: e.g. TLS1_2_VERSION, 0 for the newest.
inline void secure(LoopFixture& fixture, TcpPair& pair, int only_version = 0) {
  const Certificate certificate;
  TlsServer server(certificate, only_version);
  const MemoryFile trusted(certificate.pem());
  auto client = std::move(net::TlsContext::create(trusted.path()).value());
  bool is_accepted = false;
  fixture.tasks.spawn("accept", accept_tls(server, pair.peer, is_accepted));
  const auto shaken = fixture.run(client.handshake(pair.ours, "gateway.test", soon()));
  REQUIRE(shaken);
  fixture.run_until([&] { return is_accepted; });
}

inline TcpPair make_tls_pair(LoopFixture& fixture, int buffer_bytes = 0, int only_version = 0) {
  TcpPair pair = make_pair(fixture, buffer_bytes);
  secure(fixture, pair, only_version);
  return pair;
}

}  // namespace aluvia::test
