// bench_load: runs one job for some seconds and prints what it measured as one line of JSON.
//
//   bench_load JOB --target HOST:PORT [--tunnel-target HOST:PORT]    # of the origin; the latter for tunnels
//              [--proxy HOST:PORT] [--user NAME:PASSWORD-in-base64]
//              [--tunnel-hop HOST:PORT]                              # leads to the tunnel target without
//              CONNECT
//              [--connections N] [--size BYTES] [--seconds S] [--warm-up S] [--cpu-of PID,PID…]
#include "base/arguments.hpp"
#include "load/job.hpp"

#include <exception>
#include <map>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

namespace aluvia::bench {
namespace {

struct Kind {
  void (*start)(Job&);
  std::size_t connections;
  std::size_t size;
};

const std::map<std::string, Kind> kinds = {
    {"connect-rate", {connect_rate, 16, 0}},
    {"echo", {echo, 64, 1024}},
    {"bulk-down", {bulk_down, 8, 0}},
    {"bulk-up", {bulk_up, 8, 0}},
    {"bulk-both", {bulk_both, 8, 0}},
    {"get-keep-alive", {get_keep_alive, 32, 128}},
    {"get-new-connection", {get_new_connection, 16, 128}},
    {"get-large", {get_large, 4, 64 << 20}},
    {"post-large", {post_large, 4, 64 << 20}},
    {"get-beside-bulk", {get_beside_bulk, 16, 128}},
};

sockaddr_in address(const std::string& text) {
  const auto parsed = parse_address(text);
  if (!parsed) throw std::invalid_argument("not a numeric address with a port: '" + text + "'");
  return *parsed;
}

std::vector<pid_t> process_ids(const std::string& text) {
  std::vector<pid_t> ids;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) ids.push_back(std::stoi(word));
  return ids;
}

Job make_job(Loop& loop, Measurement& measurement, const Arguments& arguments, const Kind& kind) {
  const std::string target = arguments.text("target");
  const std::string tunnel_target = arguments.text("tunnel-target", target);
  const bool proxied = arguments.has("proxy");
  const std::string user = arguments.text("user");
  return Job{
      .loop = loop,
      .measurement = measurement,
      .web_hop = address(arguments.text("proxy", target)),
      .absolute_form = proxied,
      .tunnel_hop = address(arguments.text("tunnel-hop", arguments.text("proxy", tunnel_target))),
      .by_connect = proxied && !arguments.has("tunnel-hop"),
      .web_target = target,
      .tunnel_target = tunnel_target,
      .proxy_authorization = user.empty() ? "" : fmt::format("Proxy-Authorization: Basic {}\r\n", user),
      .connections = arguments.count("connections", kind.connections),
      .size = arguments.count("size", kind.size),
  };
}

std::chrono::nanoseconds seconds(double value) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(value * 1e9));
}

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv,
                            {"target", "tunnel-target", "proxy", "tunnel-hop", "user", "connections", "size",
                             "seconds", "warm-up", "cpu-of"});
  const auto kind = arguments.words().size() == 1 ? kinds.find(arguments.words()[0]) : kinds.end();
  if (kind == kinds.end()) throw std::invalid_argument("the first word names the job");
  prepare_process();
  Loop loop;
  Measurement measurement(process_ids(arguments.text("cpu-of")));
  Job job = make_job(loop, measurement, arguments, kind->second);
  kind->second.start(job);
  loop.run_until(Clock::now() + seconds(arguments.number("warm-up", 0.3)));
  measurement.open();
  loop.run_until(Clock::now() + seconds(arguments.number("seconds", 2)));
  measurement.close();
  fmt::print("{}\n", measurement.json());
  return 0;
}

}  // namespace
}  // namespace aluvia::bench

int main(int argc, char** argv) {
  try {
    return aluvia::bench::main(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_load: {}\n", error.what());
    return 1;
  }
}
