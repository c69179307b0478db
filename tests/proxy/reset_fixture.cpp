#include "reset_fixture.hpp"

namespace aluvia::test {
namespace {

// Small enough that whoever does not read is noticed at once.
constexpr int small_buffer = 4096;

}  // namespace

Room::Room(const Surroundings& around, const State& row)
    : place(around), state(row), stage(64, small_buffer) {
  proxy.emplace(state.setup(*this));
}

std::string Room::request(const std::string& method, const std::string& fields) const {
  return method + " http://" + authority() + "/ HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

void Room::asks(const std::string& bytes) {
  if (!client.is_open()) client = proxy->client(small_buffer);
  client.sends(bytes);
}

void Room::is_asked() {
  upstream = stage.accepts();
  upstream.reads_head();
  settles();
}

void Room::stuffs(Peer& sender) {
  const std::string block(65'536, 'x');
  for (int quiet = 0; quiet < 5;) {
    quiet = sender.stuffs(block) == 0 ? quiet + 1 : 0;
    settles();
  }
}

void Room::settles() {
  for (int i = 0; i < 4; ++i) (void)proxy->counters();
}

proxy::Limits short_limits() {
  proxy::Limits limits;
  limits.dial = limits.gateway_answer = std::chrono::seconds(1);
  limits.half_closed_client = std::chrono::milliseconds(100);
  limits.refresh = limits.gateway_pause = std::chrono::milliseconds(300);
  limits.upstream_idle = limits.gateway_warm_life = std::chrono::milliseconds(100);
  limits.gateway_tries = 1;
  return limits;
}

Setup directly(const Room&) {
  Setup setup;
  setup.limits = short_limits();
  return setup;
}

Setup through_gateway(const Room& room) {
  Setup setup;
  setup.limits = short_limits();
  setup.rules = {"*.site.test"};
  setup.gateway_port = room.stage.port();
  return setup;
}

Setup through_gateway_again(const Room& room) {
  Setup setup = through_gateway(room);
  setup.limits.gateway_tries = 3;
  return setup;
}

std::vector<State> all_states() {
  std::vector<State> all;
  for (const auto& some : {client_states(), dial_states(), exchange_states(), tunnel_states()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace aluvia::test
