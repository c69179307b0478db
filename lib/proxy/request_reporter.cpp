#include "proxy/request_reporter.hpp"

#include "host/host_port.hpp"
#include "net/addresses.hpp"
#include "proxy/parting_answer.hpp"
#include "telemetry/line_text.hpp"
#include "telemetry/request_log.hpp"

#include <chrono>
#include <random>
#include <utility>

namespace aluvia::proxy {
namespace {

// The ledger's finest series has a minute; its store writes every ten seconds.
constexpr std::chrono::seconds busy_interval{10};
constexpr std::chrono::seconds idle_interval{60};

std::uint32_t random_run() {
  std::random_device device;
  return device() & 0xFFFFFF;
}

// Asio writes an IPv4 address by sprintf(), which costs more than a line of the access log.
std::string text_of(const net::Endpoint& peer) {
  if (peer.address().is_v6()) return host::host_port(peer.address().to_string(), peer.port());
  char text[sizeof("255.255.255.255:65535")];
  char* at = text;
  for (const unsigned char byte : peer.address().to_v4().to_bytes()) {
    at = telemetry::put_number(at, byte);
    *at++ = '.';
  }
  at[-1] = ':';
  return {text, telemetry::put_number(at, peer.port())};
}

std::optional<telemetry::RequestRecord::Time> recorded(const StepTime& step) {
  return step ? std::optional<telemetry::RequestRecord::Time>(*step) : std::nullopt;
}

void add_costs(telemetry::RequestRecord& record, const RequestTrace& trace) {
  record.bytes_up = trace.wire.written;
  record.bytes_down = trace.wire.read;
  record.tries = trace.tries;
  record.is_reused = trace.is_reused;
  record.connect = recorded(trace.times.connect);
}

void add_times(telemetry::RequestRecord& record, const RequestTrace& trace) {
  record.dns = recorded(trace.times.dns);
  record.gateway = recorded(trace.times.gateway);
  if (trace.wire.first_read > trace.begun) {
    record.first_byte =
        std::chrono::duration_cast<telemetry::RequestRecord::Time>(trace.wire.first_read - trace.begun);
  }
  if (trace.client) record.client = *trace.client;
  if (trace.path) record.path = *trace.path;
}

}  // namespace

using telemetry::RequestRecord;

RequestReporter::RequestReporter(loop::Loop& loop, telemetry::Counters& counters, const Logger& logger,
                                 ReportOptions options, BudgetKeeper* budgets)
    : counters_(counters),
      logger_(logger),
      options_(std::move(options)),
      audits_(logger),
      budgets_(budgets),
      run_(random_run()),
      next_settle_(loop.get_executor(), [this] {
        const bool has_moved = settle();
        if (!open_.empty()) next_settle_.set_after(has_moved ? busy_interval : idle_interval);
      }) {}

void RequestReporter::add(OpenRequest& request) {
  open_.push_back(request);
  if (!next_settle_.is_set()) next_settle_.set_after(busy_interval);
}

bool RequestReporter::settle() {
  bool has_moved = false;
  for (loop::ListNode* node = open_.front(); !open_.is_head(node); node = node->next())
    has_moved = static_cast<OpenRequest*>(node)->settle() || has_moved;
  return has_moved;
}

std::string RequestReporter::address_of(net::Stream& client) const {
  if (!options_.keeps_clients) return {};
  const auto peer = net::peer_endpoint(client.native_handle());
  return peer ? text_of(*peer) : std::string();
}

void RequestReporter::add_details(OpenRequest& request, const std::string* client,
                                  std::string_view path) const {
  request.trace().client = client;
  if (client && options_.keeps_paths) request.trace().path = std::make_unique<const std::string>(path);
}

bool RequestReporter::is_wanted(RequestRecord::Outcome outcome) const noexcept {
  return options_.on_request || (options_.logs_requests && logger_.enabled(telemetry::level_of(outcome)));
}

// The wall clock is read at the end only: the begin follows from the duration.
void RequestReporter::pass_on(RequestRecord& record, loop::TimePoint begun) {
  record.duration = std::chrono::duration_cast<RequestRecord::Time>(loop::Clock::now() - begun);
  record.begin = std::chrono::time_point_cast<std::chrono::system_clock::duration>(
      std::chrono::system_clock::now() - record.duration);
  if (options_.logs_requests) telemetry::log_request(logger_, record);
  if (options_.on_request) options_.on_request(record);
}

void RequestReporter::report(OpenRequest& request, RequestRecord& record) {
  if (!request.is_open_) return;
  request.settle();
  add_costs(record, request.trace_);
  request.close(record);
  if (!is_wanted(record.outcome)) return;
  record.id = id_of(request.trace_.number);
  add_times(record, request.trace_);
  pass_on(record, request.trace_.begun);
}

void RequestReporter::report_failure(OpenRequest& request, RequestRecord record, const ProxyError& failure) {
  record.outcome = RequestRecord::Outcome::failed;
  record.status = status_of(failure);
  record.error = row_of(failure.kind).error;
  record.reason = failure.details;
  if (failure.kind == ProxyErrorKind::over_budget) record.action = policy::Action::block;
  if (failure.kind == ProxyErrorKind::blocked) {  // maybe by an address of the name, after the decision
    record.action = policy::Action::block;
    record.route.reset();
  }
  report(request, record);
}

void RequestReporter::report_rejection(RequestRecord record, const ProxyError& failure, loop::TimePoint begun,
                                       std::string_view client) {
  if (!is_wanted(RequestRecord::Outcome::failed)) return;
  record.client = client;
  record.outcome = RequestRecord::Outcome::failed;
  record.status = status_of(failure);
  record.error = row_of(failure.kind).error;
  record.reason = failure.details;
  pass_on(record, begun);
}

void RequestReporter::reject_in_passing(net::Stream& client, const ProxyError& failure,
                                        std::span<char> loop_buffer) {
  RequestRecord record;
  ProxyErrorContext context;
  context.id = record.id = next_id();
  send_parting_answer(client, render_answer(failure, context), loop_buffer);
  report_rejection(record, failure, loop::Clock::now(), address_of(client));
}

void RequestReporter::report_open(const OpenRequest& request, RequestRecord record) {
  const RequestTrace& trace = request.trace();
  record.id = id_of(trace.number);
  add_costs(record, trace);
  add_times(record, trace);
  record.begin = std::chrono::time_point_cast<std::chrono::system_clock::duration>(
      std::chrono::system_clock::now() - (loop::Clock::now() - trace.begun));
  options_.on_open(record);
}

RequestRecord record_of(std::string_view method, const http::Authority& authority) noexcept {
  RequestRecord out;
  out.method = method;
  out.host = authority.host;
  out.port = authority.port;
  return out;
}

RequestRecord record_of(std::string_view method, const http::Authority& authority,
                        const Decision& decision) noexcept {
  RequestRecord out = record_of(method, authority);
  out.action = decision.action;
  if (!decision.is_blocked()) out.route = decision.route;
  out.rule = decision.why;
  out.version = decision.version();
  return out;
}

AbortReport::~AbortReport() {
  if (is_dismissed_) return;
  RequestRecord record = record_of(method_, authority_, decision_);
  record.outcome = RequestRecord::Outcome::aborted;
  record.reason = client_left;
  reporter_.report(request_, record);
}

}  // namespace aluvia::proxy
