#include "proxy/connection.hpp"

#include "base/ascii.hpp"
#include "http/framing.hpp"
#include "http/max_forwards.hpp"
#include "proxy/exchange.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace aluvia::proxy {
namespace {

constexpr std::string_view established = "HTTP/1.1 200 Connection Established\r\n\r\n";

// An unwanted body is read up to this size, so that its client can ask again on the same connection.
constexpr std::uint64_t skipped_body = 64 * 1024;

// The bytes of the request's body where another request can follow it, else nothing. A CONNECT has none, and
// what came behind it may be a tunnel's; a client that waits for 100 may send its body or not.
std::optional<std::uint64_t> body_to_skip(const http::RequestHead& head, std::size_t behind_head) {
  const auto framing = http::request_framing(head);
  if (!framing || !http::allows_next_request(head)) return std::nullopt;
  if (head.method == "CONNECT" && behind_head > 0) return std::nullopt;
  if (framing->kind == http::BodyKind::none) return 0;
  const bool is_short = framing->kind == http::BodyKind::length && framing->length <= skipped_body;
  return is_short && !http::find_field(head.fields, "Expect") ? std::optional(framing->length) : std::nullopt;
}

// A request that is blocked, or over its budget, takes no route, so it is a failure of none.
void count_failure(telemetry::Counters& counters, const Decision& decision, const ProxyError& failure) {
  if (failure.kind != ProxyErrorKind::blocked && failure.kind != ProxyErrorKind::over_budget)
    ++counters.of(decision.route).failures;
}

}  // namespace

Connection::Connection(Services& services, net::Socket socket, ClientCount count, loop::TaskStop stop)
    : services_(services),
      client_(std::move(socket)),
      bound_(services.upstreams.bound),
      stop_(stop),
      reader_(services.limits.head),
      deadline_(client_.executor(), [this] { client_.cancel(); }),
      first_request_due_(loop::coarse_now() + services.limits.first_request),
      slot_(services.clients.shares, std::move(count), *this) {}

Connection::~Connection() {
  if (is_limited_) services_.clients.connections.remove(*this);
}

void Connection::enlist() {
  is_limited_ = true;
  services_.clients.connections.add(*this);
  slot_.wait();
}

loop::Task<void> Connection::serve(Services& services, net::Socket socket, ClientCount count,
                                   loop::TaskStop stop) {
  Connection self(services, std::move(socket), std::move(count), stop);
  self.enlist();
  for (;;) {
    HeadOutcome outcome = self.begin_request();
    while (outcome.kind == HeadOutcome::Kind::blocked) {
      const std::error_code error = co_await self.client_.ready(outcome.want);
      outcome = self.go_on_reading(error);
    }
    const Next next = co_await self.answer(outcome);
    if (next == Next::nothing) co_return;
    self.forget_head();
  }
}

void Connection::end_if_idle() {
  if (!is_idle_ || !client_.is_quiet()) return;  // what has come is about to be read
  if (loop::coarse_now() < first_request_due_) return deadline_.set_at(first_request_due_);
  client_.cancel();
}

// Functions that only choose what to do return the task of their choice: they need no frame.
loop::MaybeTask<Connection::Next> Connection::answer(const HeadOutcome& outcome) {
  const bool timed_out = deadline_.expired();
  deadline_.clear();
  slot_.serve();
  is_reading_head_ = false;
  request_begun_ = loop::Clock::now();
  if (is_closing_) return Next::nothing;
  if (rejection_) return answer_rejected_head();
  if (is_discarding_ && outcome.kind == HeadOutcome::Kind::complete) return answer_discarded_head();
  if (outcome.kind == HeadOutcome::Kind::complete) return serve_request(outcome.size);
  if (outcome.kind == HeadOutcome::Kind::malformed) return reject(error_from(outcome.parse_error));
  if (outcome.kind == HeadOutcome::Kind::socks) return serve_socks();
  if (timed_out && (!buffer_.empty() || is_discarding_)) {
    return reject({ProxyErrorKind::request_timeout, "the request head did not arrive in time"});
  }
  return Next::nothing;
}

loop::Task<Connection::Next> Connection::serve_request(std::size_t head_size) {
  const http::RequestHead& head = reader_.head();
  auto target = http::parse_target(head);
  if (!target) return reject(error_from(target.error()));
  const bool is_connect = target->form == http::TargetForm::authority;
  const std::string_view parsed = is_connect ? head.target : target->authority_text;
  if (const auto host = http::check_host_fields(head, parsed); !host) return reject(error_from(host.error()));
  const bool goes_on = is_connect || target->form == http::TargetForm::absolute;
  if (goes_on && !services_.clients.access.admits(head)) {
    return ask_for_credentials(std::move(*target), head_size);
  }
  forget_credentials();
  switch (target->form) {
    case http::TargetForm::authority:
      return serve_connect(std::move(target->authority), head_size);
    case http::TargetForm::absolute:
      if (http::is_last_recipient(head)) return answer_and_end(http::last_recipient_answer(head));
      return serve_exchange(std::move(*target), head_size);
    case http::TargetForm::origin:
      // The request is for the proxy itself; only its owner has the answer.
      if (services_.local_answers) return serve_itself(std::move(*target), head_size);
      break;
    case http::TargetForm::asterisk:
      break;
  }
  return reject({ProxyErrorKind::self_addressed, "the request names no site to go to"});
}

// They have been looked at, and go nowhere: their bytes need not outlive the request in this buffer.
void Connection::forget_credentials() noexcept {
  for (const http::Field& field : reader_.head().fields) {
    if (!ascii::equals_ignoring_case(field.name, "Proxy-Authorization")) continue;
    const auto place = static_cast<std::size_t>(field.value.data() - buffer_.data());
    std::fill_n(buffer_.begin() + static_cast<std::ptrdiff_t>(place), field.value.size(), '*');
  }
}

// Clients that send no credentials before they are asked for them try again on the same connection.
loop::Task<Connection::Next> Connection::ask_for_credentials(http::Target target, std::size_t head_size) {
  ++services_.counters.unauthorized;
  ProxyError failure = credentials_required();
  ProxyErrorContext context(target.authority.text(), {}, {}, reader_.head().method == "HEAD");
  const auto rest = body_to_skip(reader_.head(), buffer_.size() - head_size);
  context.id = report_rejection(failure, record_of(reader_.head().method, target.authority));
  if (!rest || services_.stopping) co_return co_await send_error(failure, context);
  buffer_.erase(0, head_size);
  buffer_.shrink_to_fit();
  slot_.wait();
  deadline_.set_after(services_.limits.head_time);
  const std::string answer = render_answer(failure, context, After::keep);
  const std::error_code gone = co_await net::write_all(client_, answer);
  if (gone) co_return Next::nothing;
  const bool skipped = co_await skip_body(*rest);
  deadline_.clear();
  co_return skipped ? Next::another_request : Next::nothing;
}

// Keeps nothing of it. False where it does not come.
loop::Task<bool> Connection::skip_body(std::uint64_t length) {
  const std::size_t begun = std::min<std::uint64_t>(length, buffer_.size());
  buffer_.erase(0, begun);
  length -= begun;
  while (length > 0) {
    const std::error_code error = co_await client_.ready(loop::Want::read);
    if (error) co_return false;
    const std::size_t most = std::min<std::uint64_t>(length, services_.loop_buffer.size());
    const net::IoResult got = client_.try_read(services_.loop_buffer.first(most));
    if (got.status == net::IoResult::Status::ended || got.status == net::IoResult::Status::failed) {
      co_return false;
    }
    length -= got.bytes;
  }
  co_return true;
}

loop::Task<Connection::Next> Connection::serve_connect(http::Authority authority, std::size_t head_size) {
  const auto framing = http::request_framing(reader_.head());
  if (!framing) return reject(error_from(framing.error()));
  if (framing->kind != http::BodyKind::none) {
    return reject({ProxyErrorKind::request_malformed, "CONNECT with a body", 400});
  }
  buffer_.erase(0, head_size);
  return open_tunnel(std::move(authority));
}

// Bytes in the buffer are the tunnel's.
loop::Task<Connection::Next> Connection::open_tunnel(http::Authority authority) {
  Decision decision = services_.router.decide(authority);
  if (services_.logger.enabled(LogLevel::debug)) {
    services_.logger.debug({"tunnel_requested",
                            {{"host", authority.host},
                             {"port", authority.port},
                             {"route", route_name(decision)},
                             {"rule", decision.why},
                             {"version", decision.version()}}},
                           "CONNECT {}: {} ({}), configuration {}", authority.text(), route_name(decision),
                           decision.why, decision.version());
  }
  OpenRequest account(services_.reporter, request_begun_, authority, decision);
  services_.reporter.add_details(account, address(), {});
  AbortReport abort(services_.reporter, account, tunnel_method(), authority, decision);
  std::optional<SpareTunnels::Opening> opening;
  // A request that is over its budget is rejected before it dials: no early answer may promise a tunnel.
  const bool asks_gateway = decision.route == rules::Route::gateway && !decision.is_blocked();
  if (asks_gateway) opening.emplace(services_.gateway.spare, authority.host);
  if (opening && opening->is_likely_spare() && buffer_.empty()) {
    const bool is_spare = co_await proves_spare(*opening);
    if (is_spare) co_return Next::nothing;
  }
  const bool may_begin_early = opening && !opening->is_likely_spare();
  const std::unique_ptr<EarlyHello> early = may_begin_early ? begin_early(authority) : nullptr;
  if (early) {
    const std::error_code gone = co_await send_established();
    if (gone) co_return Next::nothing;
    deadline_.clear();
  }
  const Caller caller{client_, stop_, account, early.get(), opening ? &*opening : nullptr, &buffer_};
  auto opened = co_await services_.upstreams.dialer.open_tunnel(decision, authority, caller);
  if (asks_gateway) services_.gateway.early.note(authority.host, opened.has_value());
  if (!opened) {
    count_failure(services_.counters, decision, opened.error());
    abort.dismiss();
    if (early) opened.error().details += "; the client had its answer before the gateway's, and got a reset";
    services_.reporter.report_failure(account, record_of(tunnel_method(), authority, decision),
                                      opened.error());
    if (early) co_return reset_client(opened.error());
    ProxyErrorContext context(authority.text(), route_name(decision), decision.why, false);
    context.id = services_.reporter.id_of(account.trace().number);
    co_return co_await send_error(opened.error(), context);
  }
  const std::size_t sent = early ? early->sent() : 0;
  if (early) {
    early->stop();
    buffer_.erase(0, sent);
  }
  if (opening && opening->is_second() && buffer_.empty() && client_.has_ended()) {
    opening->was_needed(false);
    if (sent == 0) co_return Next::nothing;
  }
  if (!early) {
    const std::error_code gone = co_await send_established();
    if (gone) co_return Next::nothing;
    deadline_.clear();
  }
  TunnelTable::Ends ends{std::move(client_), std::move(opened->stream), std::move(buffer_),
                         std::move(opened->leftover)};
  abort.dismiss();
  services_.tunnels.open(std::move(ends), std::move(authority), std::move(decision),
                         {std::string(tunnel_method()), 200, account, std::move(address_)});
  co_return Next::nothing;
}

// One that is still there after the hold is used: the host does not speak HTTP/2 any more, or this client
// does not.
loop::Task<bool> Connection::proves_spare(SpareTunnels::Opening& opening) {
  opening.hold(client_.executor(), [this] { client_.cancel(); });
  const bool has_left = co_await leaves_silently(client_);
  const bool is_over = opening.end_hold();
  if (has_left || is_over) {
    opening.was_needed(!has_left);
  } else {  // nothing else would learn of these bytes: their event has passed
    const net::IoResult got = client_.try_read(services_.loop_buffer);
    if (got.status == net::IoResult::Status::moved) buffer_.assign(services_.loop_buffer.data(), got.bytes);
  }
  co_return has_left;
}

// Null: the client waits for the gateway's answer, or for the site's own.
std::unique_ptr<EarlyHello> Connection::begin_early(const http::Authority& authority) {
  Gateway& gateway = services_.gateway;
  EarlyConnect::Attempt attempt = gateway.early.begin(authority.host, gateway.circuit.is_untroubled());
  if (!attempt) return nullptr;
  return std::make_unique<EarlyHello>(std::move(attempt), client_, buffer_, services_.loop_buffer);
}

// Until the caller clears the deadline, which an answer that is taken at once does not need.
loop::MaybeTask<std::error_code> Connection::send_established() {
  static const std::string socks_established = socks::reply_message(socks::Reply::succeeded);
  auto sent = net::write_all(client_, protocol_ == Protocol::socks ? socks_established : established);
  if (!sent.await_ready()) deadline_.set_after(services_.limits.head_time);
  return sent;
}

Connection::Next Connection::reset_client(const ProxyError& failure) {
  if (failure.kind == ProxyErrorKind::no_descriptor) give_up_idle_descriptors(failure);
  client_.reset_on_close();
  return Next::nothing;
}

loop::Task<Connection::Next> Connection::serve_exchange(http::Target target, std::size_t head_size) {
  const auto framing = http::request_framing(reader_.head());
  if (!framing) co_return co_await reject(error_from(framing.error()));
  const bool head_only = reader_.head().method == "HEAD";
  static_cast<void>(address());  // the exchange uses it
  std::optional<Exchange> exchange;
  exchange.emplace(services_, Exchange::Client{client_, stop_, bound_, buffer_, address_},
                   ClientRequest{reader_.head(), target, *framing, head_size, request_begun_});
  exchange->lend(reader_.give_storage());  // the request's head has been written
  const Exchange::End end = co_await exchange->run();
  reader_.take_storage(exchange->give_back());
  if (end == Exchange::End::keep) co_return Next::another_request;
  if (end == Exchange::End::handed_over || end == Exchange::End::broken) co_return Next::nothing;
  // Later messages to the client must not hold its upstream up, nor share its bytes with an
  // upload.
  if (end == Exchange::End::close) {
    exchange.reset();
    co_await linger();
    co_return Next::nothing;
  }
  const Decision decision = exchange->decision();
  ProxyError failure = exchange->failure();
  ProxyErrorContext context(target.authority.text(), route_name(decision), decision.why, head_only);
  context.id = exchange->id();
  exchange.reset();
  count_failure(services_.counters, decision, failure);
  co_return co_await send_error(failure, context);
}

// Idle upstream connections are a convenience: the next request needs their descriptors more.
void Connection::give_up_idle_descriptors(const ProxyError& failure) {
  services_.upstreams.close_idle();
  services_.logger.warn({"descriptors_missing", {{"reason", failure.details}}},
                        "{}; raise the limit (ulimit -n, or LimitNOFILE= of the service) where this stays",
                        failure.details);
}

// Rejects a request whose target is not known, and ends the connection.
loop::Task<Connection::Next> Connection::reject(ProxyError failure) {
  ++services_.counters.refused;
  ProxyErrorContext context;
  context.id = report_rejection(failure);
  return send_error(failure, context);
}

// Responds to a request that has been reported, and ends the connection.
loop::Task<Connection::Next> Connection::send_error(const ProxyError& failure,
                                                    const ProxyErrorContext& context) {
  if (failure.kind == ProxyErrorKind::no_descriptor) give_up_idle_descriptors(failure);
  return answer_and_end(protocol_ == Protocol::socks ? socks::reply_message(row_of(failure.kind).reply)
                                                     : render_answer(failure, context));
}

// Returns the id of the request, for its answer.
telemetry::RequestId Connection::report_rejection(const ProxyError& failure,
                                                  telemetry::RequestRecord record) {
  if (protocol_ == Protocol::socks) record.method = tunnel_method();
  record.id = services_.reporter.next_id();
  const std::string* const client = address();
  services_.reporter.report_rejection(record, failure, request_begun_, client ? *client : std::string_view());
  return record.id;
}

// Kept, because a connection may carry many requests.
const std::string* Connection::address() {
  if (!services_.reporter.keeps_clients()) return nullptr;
  if (!address_) address_ = std::make_unique<const std::string>(services_.reporter.address_of(client_));
  return address_.get();
}

std::string_view Connection::tunnel_method() const noexcept {
  return protocol_ == Protocol::socks ? "SOCKS" : "CONNECT";
}

loop::Task<Connection::Next> Connection::answer_and_end(std::string answer) {
  deadline_.set_after(services_.limits.head_time);
  free_buffer();
  if (is_limited_) slot_.wait();
  const std::error_code gone = co_await net::write_all(client_, answer);
  if (!gone) co_await linger();
  co_return Next::nothing;
}

// A close with unread bytes becomes a reset, which can take our answer away from a client that is still
// sending: say that we are done, and read on for a moment (RFC 9112 §9.6).
loop::Task<void> Connection::linger() {
  bound_.clear();
  client_.shutdown_send();
  deadline_.set_after(services_.limits.linger);
  free_buffer();
  if (is_limited_) slot_.wait();
  for (;;) {
    // Waits before every read: a client that never pauses would keep all others from their turn.
    const std::error_code error = co_await client_.ready(loop::Want::read);
    if (error) co_return;
    const net::IoResult got = client_.try_read(services_.loop_buffer);
    if (got.status == net::IoResult::Status::ended || got.status == net::IoResult::Status::failed) co_return;
  }
}

}  // namespace aluvia::proxy
