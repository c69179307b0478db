// Where a tunnel waits, from our 200 on (connection.cpp, tunnel_table.cpp), and how it comes there.
#include "reset_fixture.hpp"

namespace aluvia::test {
namespace {

const std::string_view in_tunnel = "tunnel_table.cpp: start, tunnel_table.cpp: open";

Setup with_long_drain(const Room& room) {
  Setup setup = through_gateway(room);
  setup.limits.drain = setup.limits.drain_quiet = std::chrono::seconds(60);
  return setup;
}

Setup with_short_half(const Room& room) {
  Setup setup = directly(room);
  setup.limits.half_closed = std::chrono::seconds(1);
  return setup;
}

std::string connect_to_stage(const Room& room) {
  return "CONNECT " + room.authority() + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

void opens(Room& room) {
  room.asks(connect_to_stage(room));
  room.upstream = room.stage.accepts();
  room.client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  room.settles();
}

void opens_through_gateway(Room& room) {
  room.asks(connect_site);
  room.is_asked();
  room.upstream.sends("HTTP/1.1 200 OK\r\n\r\n");
  room.client.receives("HTTP/1.1 200 Connection Established\r\n\r\n");
  room.settles();
}

}  // namespace

std::vector<State> tunnel_states() {
  return {
      {"connection.cpp: serve_connect", "our 200 that the client does not read", directly,
       [](Room& room) {
         room.client = room.proxy->client(4096);
         wait_until([&] { return room.proxy->counters().connections == 1; });
         room.client.is_crowded();
         room.asks(connect_to_stage(room));
         room.upstream = room.stage.accepts();
         room.settles();
         CHECK(room.proxy->counters().of(rules::Route::direct).tunnels == 0);
       },
       cut, ended},
      {in_tunnel, "a quiet tunnel", directly, opens, cut, ended},
      {in_tunnel, "a quiet tunnel through the gateway", through_gateway, opens_through_gateway, cut, ended},
      {in_tunnel, "a tunnel whose client does not read", directly,
       [](Room& room) {
         opens(room);
         room.stuffs(room.upstream);
       },
       cut, ended},
      // What was not read makes a reset of every end.
      {in_tunnel, "a tunnel whose origin does not read", directly,
       [](Room& room) {
         opens(room);
         room.stuffs(room.client);
       },
       cut, cut},
      {in_tunnel, "a tunnel whose client has ended its side", with_short_half,
       [](Room& room) {
         opens(room);
         room.client.ends_sending();
         room.upstream.sees_end();
       },
       cut, ended},
      {in_tunnel, "a tunnel that a new configuration has told to end", with_long_drain,
       [](Room& room) {
         opens_through_gateway(room);
         room.proxy->publish({});
         room.settles();
       },
       cut, ended},
  };
}

}  // namespace aluvia::test
