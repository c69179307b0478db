// The jobs of the load generator and their common parameters. A job only starts its flows; main runs the loop
// and opens and closes the measurement.
#pragma once

#include "base/stream.hpp"
#include "base/task.hpp"
#include "load/measurement.hpp"

#include <string>

namespace aluvia::bench {

struct Job {
  Loop& loop;
  Measurement& measurement;
  sockaddr_in web_hop;              // where plain requests go: the proxy, or the origin itself
  bool absolute_form;               // as a proxy gets them
  sockaddr_in tunnel_hop;           // where tunnels begin
  bool by_connect;                  // false: tunnel_hop leads to the target without being asked
  std::string target;               // authority of the origin's service
  std::string proxy_authorization;  // whole field line with its end, or empty
  std::size_t connections;
  std::size_t size;       // bytes of a message or body
  std::size_t hosts = 1;  // that stand before the target's name: h0, h1 and so on
  std::size_t rate = 1;   // operations per second of a paced job
};

// Tunnel, one small exchange, close; again and again on each connection.
void connect_rate(Job& job);
// One message of `size` bytes at a time, there and back, through each tunnel.
void echo(Job& job);
void bulk_down(Job& job);
void bulk_up(Job& job);
void bulk_both(Job& job);
// GETs of `size` bytes, on `connections` connections.
void get_keep_alive(Job& job);
void get_new_connection(Job& job);
// POSTs of `size` bytes.
void post(Job& job);
// Opens `connections` tunnels, uses each once and holds them; one operation each.
void hold_tunnels(Job& job);
// One tunnel after the other, with pauses; the time until the proxy's answer to CONNECT.
void first_byte(Job& job);
// As hold_tunnels, to `hosts` hosts, and opens each tunnel that ends again.
void hold_again(Job& job);
// `rate` operations per second to `hosts` hosts: tunnels as connect_rate, and GETs on kept connections.
void paced_connects(Job& job);
void paced_gets(Job& job);

}  // namespace aluvia::bench
