#include "reset_fixture.hpp"

namespace aluvia::test {
namespace {

// A peer that does not read blocks its sender after few bytes.
constexpr int small_buffer = 4096;

}  // namespace

ResetCase::ResetCase(const SharedPeers& around, const State& row)
    : shared(around), state(row), fake_server(64, small_buffer) {
  proxy.emplace(state.settings(*this));
}

std::string ResetCase::request(const std::string& method, const std::string& fields) const {
  return method + " http://" + authority() + "/ HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

void ResetCase::asks(const std::string& bytes) {
  if (!client.is_open()) client = proxy->client(small_buffer);
  client.sends(bytes);
}

void ResetCase::is_asked() {
  upstream = fake_server.accepts();
  upstream.reads_head();
  settles();
}

void ResetCase::stuffs(Peer& sender) {
  const std::string block(65'536, 'x');
  for (int quiet = 0; quiet < 5;) {
    quiet = sender.stuffs(block) == 0 ? quiet + 1 : 0;
    settles();
  }
}

void ResetCase::settles() {
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

ProxySettings directly(const ResetCase&) {
  ProxySettings settings;
  settings.limits = short_limits();
  return settings;
}

ProxySettings through_gateway(const ResetCase& one) {
  ProxySettings settings;
  settings.limits = short_limits();
  settings.rules = {"*.site.test"};
  settings.gateway_port = one.fake_server.port();
  return settings;
}

ProxySettings through_gateway_again(const ResetCase& one) {
  ProxySettings settings = through_gateway(one);
  settings.limits.gateway_tries = 3;
  return settings;
}

std::vector<State> all_states() {
  std::vector<State> all;
  for (const auto& some : {client_states(), dial_states(), exchange_states(), tunnel_states()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace aluvia::test
