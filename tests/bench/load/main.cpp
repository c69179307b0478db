// bench_load: runs one job for some seconds and prints what it measured as one line of JSON.
//
//   bench_load JOB --target HOST:PORT       # of the origin
//              [--proxy HOST:PORT] [--user NAME:PASSWORD-in-base64]
//              [--tunnel-hop HOST:PORT]     # leads to the target without CONNECT
//              [--connections N] [--size BYTES] [--seconds S] [--warm-up S] [--cpu-of PID,PID…]
//              [--operations N]             # ends after so many, however long that takes
//              [--hosts N]                  # of hold-again and the paced jobs: h0.HOST to hN-1.HOST
//              [--rate N]                   # of the paced jobs: operations per second
//
// hold-tunnels and hold-again print their line when all tunnels are open and end when their standard input
// does.
#include "base/arguments.hpp"
#include "load/job.hpp"

#include <exception>
#include <map>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <poll.h>

namespace aluvia::bench {
namespace {

constexpr auto longest_run = std::chrono::minutes(2);

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
    {"post", {post, 4, 64 << 20}},
    {"hold-tunnels", {hold_tunnels, 1000, 0}},
    {"first-byte", {first_byte, 1, 0}},
    {"hold-again", {hold_again, 1000, 0}},
    {"paced-connects", {paced_connects, 32, 0}},
    {"paced-gets", {paced_gets, 32, 128}},
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
  const bool proxied = arguments.has("proxy");
  const std::string user = arguments.text("user");
  return Job{
      .loop = loop,
      .measurement = measurement,
      .web_hop = address(arguments.text("proxy", target)),
      .absolute_form = proxied,
      .tunnel_hop = address(arguments.text("tunnel-hop", arguments.text("proxy", target))),
      .by_connect = proxied && !arguments.has("tunnel-hop"),
      .target = target,
      .proxy_authorization = user.empty() ? "" : fmt::format("Proxy-Authorization: Basic {}\r\n", user),
      .connections = arguments.count("connections", kind.connections),
      .size = arguments.count("size", kind.size),
      .hosts = arguments.count("hosts", 1),
      .rate = arguments.count("rate", 1),
  };
}

std::chrono::nanoseconds seconds(double value) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(value * 1e9));
}

// Looks now and then, because an operation's end wakes its flow and not the one who counts.
void run_until_done(Loop& loop, const Measurement& measurement, std::size_t operations) {
  const auto given_up = Clock::now() + longest_run;
  while (measurement.operations() + measurement.failures() < operations && Clock::now() < given_up) {
    loop.run_until(Clock::now() + std::chrono::milliseconds(1));
  }
}

void measure(Loop& loop, Measurement& measurement, const Arguments& arguments) {
  if (!arguments.has("operations")) loop.run_until(Clock::now() + seconds(arguments.number("warm-up", 0.3)));
  measurement.open();
  if (arguments.has("operations")) {
    run_until_done(loop, measurement, arguments.count("operations", 0));
  } else {
    loop.run_until(Clock::now() + seconds(arguments.number("seconds", 2)));
  }
  measurement.close();
}

void wait_for_end_of_input() {
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
}

void run_until_end_of_input(Loop& loop) {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  while (::poll(&input, 1, 0) == 0) loop.run_until(Clock::now() + std::chrono::milliseconds(20));
}

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv,
                            {"target", "proxy", "tunnel-hop", "user", "connections", "size", "seconds",
                             "warm-up", "cpu-of", "operations", "hosts", "rate"});
  const auto kind = arguments.words().size() == 1 ? kinds.find(arguments.words()[0]) : kinds.end();
  if (kind == kinds.end()) throw std::invalid_argument("the first word names the job");
  prepare_process();
  Loop loop;
  Measurement measurement(process_ids(arguments.text("cpu-of")));
  Job job = make_job(loop, measurement, arguments, kind->second);
  kind->second.start(job);
  measure(loop, measurement, arguments);
  fmt::print("{}\n", measurement.json());
  std::fflush(stdout);
  if (kind->second.start == hold_tunnels) wait_for_end_of_input();
  if (kind->second.start == hold_again) run_until_end_of_input(loop);
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
