#include "proxy/tunnel_table.hpp"

#include "net/deadline.hpp"
#include "net/pump.hpp"

#include <algorithm>

namespace aluvia::proxy {

class TunnelTable::Tunnel {
 public:
  Tunnel(TunnelTable& table, Ends ends, std::string host, Decision decision)
      : table_(table),
        host_(std::move(host)),
        decision_(std::move(decision)),
        client_(std::move(ends.client)),
        upstream_(std::move(ends.upstream)),
        up_(client_, upstream_, table.loop_buffer_, nullptr, &table.pipes_),
        down_(upstream_, client_, table.loop_buffer_, nullptr, &table.pipes_),
        idle_(client_.executor(), [this] { on_quiet(); }) {}

  void start(Place place, std::string to_upstream, std::string to_client) {
    place_ = place;
    idle_.set_after(table_.limits_.tunnel_idle);
    up_.start(std::move(to_upstream), [this](net::Pump::Outcome outcome) { on_end(upstream_, outcome); });
    down_.start(std::move(to_client), [this](net::Pump::Outcome outcome) { on_end(client_, outcome); });
  }

  // Ends the tunnel: neither side may take what it got for all there was.
  void cut(std::string_view ending) {
    client_.reset_on_close();
    upstream_.reset_on_close();
    close(ending);
  }

 private:
  void tell(std::string_view ending) {
    telemetry::RouteTraffic& traffic = table_.counters_.of(decision_.route);
    traffic.bytes_up += up_.bytes();
    traffic.bytes_down += down_.bytes();
    table_.logger_.debug("tunnel to {} {}: {} ({}), {} bytes up, {} down", host_, ending,
                         rules::name(decision_.route), decision_.why, up_.bytes(), down_.bytes());
  }

  // One direction is over: an orderly end is passed on and the other direction goes on; a fault ends both.
  void on_end(net::Stream& sink, net::Pump::Outcome outcome) {
    if (outcome.end != net::Pump::End::source_ended) return cut("reset");
    if (ended_sides_ == 1) return close("ended");
    ended_sides_ = 1;
    sink.shutdown_send();
    idle_.set_at(std::max(up_.last_progress(), down_.last_progress()) + quiet_limit());
  }

  // The watchdog struck: bytes may have moved meanwhile, for it is not touched by every one of them.
  void on_quiet() {
    const net::TimePoint limit = std::max(up_.last_progress(), down_.last_progress()) + quiet_limit();
    if (limit > net::Clock::now()) return idle_.set_at(limit);
    cut("ended because nothing moved");
  }

  net::Clock::duration quiet_limit() const noexcept {
    return ended_sides_ == 0 ? table_.limits_.tunnel_idle : table_.limits_.half_closed;
  }

  void close(std::string_view ending) {
    tell(ending);
    table_.remove(place_);  // destroys this
  }

  TunnelTable& table_;
  std::string host_;
  Decision decision_;
  net::Stream client_;
  net::Stream upstream_;
  net::Pump up_;
  net::Pump down_;
  net::Deadline idle_;
  Place place_{};
  int ended_sides_ = 0;
};

TunnelTable::TunnelTable(const Limits& limits, telemetry::Counters& counters, const Logger& logger,
                         std::span<char> loop_buffer, net::PipePool& pipes)
    : limits_(limits), counters_(counters), logger_(logger), loop_buffer_(loop_buffer), pipes_(pipes) {}

TunnelTable::~TunnelTable() = default;

void TunnelTable::open(Ends ends, std::string host, Decision decision) {
  ++counters_.of(decision.route).tunnels;
  std::string to_upstream = std::move(ends.to_upstream);
  std::string to_client = std::move(ends.to_client);
  const Place place = tunnels_.insert(
      tunnels_.end(), std::make_unique<Tunnel>(*this, std::move(ends), std::move(host), std::move(decision)));
  (*place)->start(place, std::move(to_upstream), std::move(to_client));
}

void TunnelTable::remove(Place place) {
  tunnels_.erase(place);
  if (tunnels_.empty() && on_empty_) on_empty_();
}

void TunnelTable::end_all() {
  while (!tunnels_.empty()) tunnels_.front()->cut("ended with the proxy");
}

}  // namespace aluvia::proxy
