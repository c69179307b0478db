#include "sandbox/fault_delivery.hpp"

#include "base/ascii.hpp"
#include "http/status.hpp"

#include <utility>

#include <fmt/format.h>

namespace aluvia::sandbox {

std::string response_head(int status, std::string_view fields, std::size_t content_length) {
  const bool bodiless = status / 100 == 1 || status == 204 || status == 304;
  std::string out = fmt::format("HTTP/1.1 {} {}\r\n{}", status, http::reason_phrase(status), fields);
  if (!bodiless) out += fmt::format("Content-Length: {}\r\n", content_length);
  return out + "\r\n";
}

namespace {

// Returns true if a test sets the framing fields itself, perhaps to invalid values.
bool frames_itself(const Fault& fault) {
  for (const auto& [name, value] : fault.headers) {
    if (ascii::equals_ignoring_case(name, "Content-Length")) return true;
    if (ascii::equals_ignoring_case(name, "Transfer-Encoding")) return true;
  }
  return false;
}

Answer own_answer(const Fault& fault, int status) {
  std::string fields;
  for (const auto& [name, value] : fault.headers) fields += fmt::format("{}: {}\r\n", name, value);
  const bool stalls = fault.kind == FaultKind::stall_body;
  std::string body = stalls && fault.body.empty() ? "half of it\n" : fault.body;
  std::string head = response_head(status, fields, body.size());
  if (!frames_itself(fault)) return {std::move(head), std::move(body)};
  return {fmt::format("HTTP/1.1 {} {}\r\n{}\r\n", status, http::reason_phrase(status), fields),
          std::move(body)};
}

asio::awaitable<bool> stall(Wire& wire, const Answer& answer) {
  const std::string start = answer.head + answer.body.substr(0, answer.body.size() / 2);
  const std::error_code error = co_await wire.stream().write(start);
  if (!error) co_await wire.discard_rest();
  wire.stream().close();
  co_return false;
}

asio::awaitable<bool> dribble(Wire& wire, const Answer& answer, std::chrono::milliseconds pace) {
  const std::string all = answer.head + answer.body;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) co_await pause(pace);
    const std::error_code failed = co_await wire.stream().write(std::string_view(all).substr(i, 1));
    if (failed) co_return false;
  }
  co_return true;
}

}  // namespace

Answer faulty_answer(const Fault& fault, const Answer& right) {
  if (fault.kind == FaultKind::raw) return {fault.raw, {}};
  if (fault.status != 0) return own_answer(fault, fault.status);
  return fault.kind == FaultKind::status ? own_answer(fault, 503) : right;
}

int visible_status(const Fault& fault, int right_status) noexcept {
  switch (fault.kind) {
    case FaultKind::hang:
    case FaultKind::close:
    case FaultKind::reset:
      return 0;
    case FaultKind::raw: {
      const std::string_view raw = fault.raw;
      if (raw.size() < 12 || !raw.starts_with("HTTP/1.")) return 0;
      int status = 0;
      for (const char c : raw.substr(9, 3)) status = ascii::is_digit(c) ? status * 10 + (c - '0') : 0;
      return status;
    }
    case FaultKind::status:
      return fault.status != 0 ? fault.status : 503;
    case FaultKind::stall_body:
    case FaultKind::dribble:
      break;
  }
  return fault.status != 0 ? fault.status : right_status;
}

asio::awaitable<bool> deliver_fault(Wire& wire, const Fault& fault, const Answer& answer) {
  switch (fault.kind) {
    case FaultKind::hang:
      co_await wire.discard_rest();
      wire.stream().close();
      co_return false;
    case FaultKind::close:
      co_await wire.end_gently();
      co_return false;
    case FaultKind::reset:
      wire.stream().reset();
      co_return false;
    case FaultKind::stall_body:
      co_return co_await stall(wire, answer);
    case FaultKind::dribble:
      co_return co_await dribble(wire, answer, fault.pace);
    case FaultKind::raw:
      co_await wire.stream().write(answer.head);
      co_await wire.end_gently();
      co_return false;
    case FaultKind::status:
      break;
  }
  const std::string all = answer.head + answer.body;
  const std::error_code failed = co_await wire.stream().write(all);
  co_return !failed;
}

}  // namespace aluvia::sandbox
