// bench_relay: the limit that the product is held against. One thread, epoll, one buffer for small transfers,
// splice(2) for large ones, and nothing that a proxy for real users needs: no names, no time-outs, no checks.
//
//   bench_relay [--port N] [--turn BYTES | --unfair]     # --unfair: a stream is moved until it would block
#include "base/arguments.hpp"
#include "base/sockets.hpp"
#include "relay/connection.hpp"

#include <array>
#include <exception>
#include <limits>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <sys/epoll.h>

namespace aluvia::bench {
namespace {

// By measurement: half of it makes bulk dearer, twice as much makes small requests beside bulk wait longer.
constexpr std::size_t fair_budget = 512 * 1024;

class Relay {
 public:
  Relay(std::uint16_t port, std::size_t budget);
  std::uint16_t port() const { return local_port(listener_); }
  void run();

 private:
  void accept_all();
  void on_event(const epoll_event& event);
  void work(Connection& connection);
  void bury();

  Fd epoll_{::epoll_create1(EPOLL_CLOEXEC)};
  Fd listener_;
  Shared shared_;
  std::vector<Connection*> again_;
  std::vector<Connection*> over_;
};

Relay::Relay(std::uint16_t port, std::size_t budget)
    : listener_(listen_on_loopback(port)), shared_{{}, {}, budget} {
  epoll_event event{};
  event.events = EPOLLIN;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), &event);
}

// Streams that used up their turn go on only after everything that became ready meanwhile.
void Relay::run() {
  std::array<epoll_event, 256> events;
  std::vector<Connection*> turn;
  for (;;) {
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), again_.empty() ? -1 : 0);
    for (int i = 0; i < count; ++i) on_event(events[static_cast<std::size_t>(i)]);
    turn.swap(again_);
    for (Connection* connection : turn) {
      connection->queued = false;
      work(*connection);
    }
    turn.clear();
    bury();
  }
}

void Relay::on_event(const epoll_event& event) {
  if (event.data.ptr == nullptr) return accept_all();
  const auto& handle = *static_cast<Connection::Handle*>(event.data.ptr);
  handle.connection->on_events(handle.client, event.events, shared_);
  if (!handle.connection->queued) work(*handle.connection);
}

void Relay::accept_all() {
  while (Fd client = accept_connection(listener_)) new Connection(epoll_.get(), std::move(client));
}

void Relay::work(Connection& connection) {
  if (connection.work(shared_)) {
    connection.queued = true;
    again_.push_back(&connection);
  } else if (connection.over() && !connection.buried) {
    connection.buried = true;
    over_.push_back(&connection);
  }
}

// Only after the batch: later events of it may point to the same connection.
void Relay::bury() {
  for (Connection* connection : over_) delete connection;
  over_.clear();
}

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"port", "turn", "unfair"});
  prepare_process();
  const std::size_t fair = arguments.count("turn", fair_budget);
  const std::size_t budget = arguments.has("unfair") ? std::numeric_limits<std::size_t>::max() : fair;
  Relay relay(static_cast<std::uint16_t>(arguments.count("port", 0)), budget);
  fmt::print("http://127.0.0.1:{}\n", relay.port());
  std::fflush(stdout);
  relay.run();
  return 0;
}

}  // namespace
}  // namespace aluvia::bench

int main(int argc, char** argv) {
  try {
    return aluvia::bench::main(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_relay: {}\n", error.what());
    return 1;
  }
}
