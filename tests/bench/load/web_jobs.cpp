#include "load/proxy_dial.hpp"
#include "load/web_client.hpp"

#include <fmt/format.h>

namespace aluvia::bench {
namespace {

enum class After { keep, disconnect };

// About what curl sends.
std::string request_head(const Job& job, std::string_view method, std::size_t answer, std::size_t body) {
  return fmt::format(
      "{} {}{}/bytes/{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: bench/1\r\nAccept: */*\r\n{}{}\r\n", method,
      job.absolute_form ? "http://" : "", job.absolute_form ? job.target : "", answer, job.target,
      job.proxy_authorization, body > 0 ? fmt::format("Content-Length: {}\r\n", body) : "");
}

Flow keep_asking(Job& job, std::string head, std::size_t body, After after) {
  WebClient client(job);
  for (;;) {
    const auto begun = Clock::now();
    if (co_await client.exchange(head, body)) {
      job.measurement.operation(begun);
    } else {
      job.measurement.failed();
      co_await job.loop.sleep(pause_after_failure);
    }
    if (after == After::disconnect) client.disconnect();
  }
}

void start(Job& job, std::string_view method, std::size_t answer, std::size_t body, After after) {
  for (std::size_t i = 0; i < job.connections; ++i) {
    keep_asking(job, request_head(job, method, answer, body), body, after);
  }
}

}  // namespace

void get_keep_alive(Job& job) {
  start(job, "GET", job.size, 0, After::keep);
}

void get_new_connection(Job& job) {
  start(job, "GET", job.size, 0, After::disconnect);
}

void post(Job& job) {
  start(job, "POST", 0, job.size, After::keep);
}

}  // namespace aluvia::bench
