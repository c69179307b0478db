#include "agent/gateway_sessions.hpp"

#include <chrono>
#include <utility>

namespace aluvia::agent {
namespace {

using Saved = net::TlsContext::Saved;

// One write for the tickets of a connection, and for those of a burst.
constexpr auto save_delay = std::chrono::seconds(1);

}  // namespace

GatewaySessions::GatewaySessions(loop::Loop& loop, const net::TlsContext& tls, Gateway gateway,
                                 std::string directory, const Logger& logger, RunOffLoop run_off_loop)
    : tls_(tls),
      gateway_(std::move(gateway)),
      logger_(logger),
      store_(std::make_shared<SessionStore>(std::move(directory), logger)),
      run_off_loop_(std::move(run_off_loop)) {
  save_deadline_.emplace(loop.get_executor(), [this] { save(Saved::aside); });
  tls_.set_sessions_aside([this] {
    if (!save_deadline_->is_set()) save_deadline_->set_after(save_delay);
  });
  restore();
}

GatewaySessions::~GatewaySessions() {
  if (save_deadline_) tls_.set_sessions_aside({});
}

// Anything wrong with the file costs full handshakes, and nothing else.
void GatewaySessions::restore() {
  const auto count = read_file();
  if (!count) {
    return logger_.warn({"tls_sessions_rejected", {{"error", count.error()}}},
                        "the gateway's TLS sessions of the last run are not used: {}", count.error());
  }
  if (*count == 0) return;
  logger_.debug({"tls_sessions_restored", {{"sessions", *count}}},
                "{} TLS sessions of the last run are ready for the gateway", *count);
}

Result<std::size_t, std::string> GatewaySessions::read_file() const {
  const auto bytes = store_->take();
  if (!bytes) return Err{bytes.error()};
  if (!*bytes) return std::size_t{0};
  auto count = tls_.restore_sessions(**bytes, gateway_.host, gateway_.port);
  if (!count) return Err{printable(store_->path()) + ' ' + count.error()};
  return count;
}

void GatewaySessions::save(Saved which) {
  auto bytes = tls_.saved_sessions(gateway_.host, gateway_.port, which);
  if (bytes.empty()) return;
  run_off_loop_([store = store_, bytes = std::move(bytes)] { store->save(bytes); });
}

void GatewaySessions::finish() {
  if (!save_deadline_) return;
  tls_.set_sessions_aside({});
  save_deadline_.reset();
  save(Saved::all);
}

}  // namespace aluvia::agent
