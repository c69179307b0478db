#include "proxy_wait.hpp"

#include "base/json_writer.hpp"
#include "base/quantity.hpp"

#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

std::string_view path_of(Probe probe) {
  if (probe == Probe::live) return "/livez";
  return probe == Probe::started ? "/startupz" : "/readyz";
}

}  // namespace

Result<RunningProxy, CommandError> probe(std::optional<std::uint16_t> port, Need need, Probe probe) {
  auto proxy = find_proxy(port, need);
  if (!proxy) return proxy;
  const auto reply = ask(*proxy, "GET", path_of(probe), {}, Want::text);
  if (!reply) return Err{reply.error()};
  if (reply->status == 200) return proxy;
  return Err{CommandError{api_unavailable, "not_ready", reply->body.substr(0, reply->body.find('\n')),
                          command_for(*proxy, "status")}};
}

Result<std::string, CommandError> wait_until_ready(std::optional<std::uint16_t> port,
                                                   std::chrono::milliseconds timeout,
                                                   const std::function<bool()>& is_cancelled) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + timeout;
  for (;;) {
    auto proxy = probe(port, Need::url, Probe::ready);
    if (proxy) return url_of(*proxy, Credentials::left_out);
    CommandError error = std::move(proxy.error());
    // A wait cannot repair these two.
    if (error.status == bad_usage || error.status == token_refused) return Err{std::move(error)};
    if (Clock::now() >= end || is_cancelled()) {
      error.message = fmt::format("not ready within {}: {}", duration_text(timeout), error.message);
      return Err{std::move(error)};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::string ready_json(const std::string& url) {
  JsonWriter out;
  out.begin_object();
  out.yes_or_no("ready", true);
  out.text("url", url);
  out.end_object();
  return std::string(out.take().view());
}

}  // namespace aluvia::app
