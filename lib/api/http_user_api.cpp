// GET and PATCH /user over cpp-httplib 0.11.4, and the only file that knows that library. It knows nothing of
// what a body means and nothing of polling.
//
// The library builds the request, reads the response and does TLS with verification. Five things it cannot do
// well enough here, each of which it lets a subclass replace or a handler repair:
// - connecting: it tells a failed look-up, a refusal and a time-out apart badly, gives every address of a
// name
//   the whole time-out, and none of it can be interrupted (see dial.hpp);
// - reading: it puts no limit on the length of a head, and matches the status line with a std::regex whose
//   recursion overflows the stack at some 20 KB;
// - interim answers: it knows 100 only, and only one without fields, and takes a 103 for the final answer;
// - 304: it reads a body after it, up to a Content-Length that only tells what a 200 would have (RFC 9110
//   §8.6), or to the end of the connection;
// - SIGPIPE: it sends without MSG_NOSIGNAL.
#include "api/answer_fields.hpp"
#include "api/answer_reader.hpp"
#include "api/api_options_check.hpp"
#include "api/api_resource.hpp"
#include "api/append_wiping.hpp"
#include "api/base_url.hpp"
#include "api/blocking_connect.hpp"
#include "api/call_watchdog.hpp"
#include "api/retry_after.hpp"
#include "api/sigpipe_block.hpp"
#include "api/user_api.hpp"
#include "base/ascii.hpp"
#include "base/posix.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <httplib.h>
#include <unistd.h>

namespace aluvia::api {
namespace {

using Cause = ApiError::Cause;
using Clock = CallWatchdog::Clock;

// The library's view of the socket. Reads block; the guard ends them.
class BoundedStream final : public httplib::Stream {
 public:
  BoundedStream(int socket, SSL* tls, CallState& call)
      : socket_(socket),
        tls_(tls),
        reader_(call, [this](char* to, std::size_t size) { return receive(to, size); }) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override { return reader_.read(to, size); }
  ssize_t write(const char* from, std::size_t size) override {
    if (tls_) return SSL_write(tls_, from, static_cast<int>(std::min<std::size_t>(size, 1 << 20)));
    return retry_on_eintr([&] { return ::send(socket_, from, size, MSG_NOSIGNAL); });
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override { get_remote_ip_and_port(ip, port); }
  socket_t socket() const override { return socket_; }

 private:
  ssize_t receive(char* to, std::size_t size) const {
    if (!tls_) return retry_on_eintr([&] { return ::recv(socket_, to, size, 0); });
    const int n = SSL_read(tls_, to, static_cast<int>(size));
    // An end without close_notify is an error: an attacker may have cut the answer short.
    return n <= 0 && SSL_get_shutdown(tls_) == 0 ? -1 : n;
  }

  int socket_;
  SSL* tls_;
  AnswerReader reader_;
};

// One connection: the library's plain or TLS client with our dialer below and our stream above.
template <class Base>
class Connection final : public Base {
 public:
  Connection(const BaseUrl& url, Dialer& dialer, CallState& call)
      : Base(url.host, url.port), dialer_(dialer), call_(call) {}

 private:
  using Socket = httplib::ClientImpl::Socket;

  bool create_and_connect_socket(Socket& socket, httplib::Error& error) override {
    call_.dialed = true;
    auto connected = this->is_valid()
                         ? dialer_.dial()
                         : Result<int, ApiError>(Err{no_response(Cause::tls, "TLS cannot be set up")});
    if (!connected) {
      call_.failure = std::move(connected).error();
      error = httplib::Error::Connection;
      return false;
    }
    socket.sock = *connected;
    return true;
  }
  bool process_socket(const Socket& socket, std::function<bool(httplib::Stream&)> callback) override {
    BoundedStream stream(socket.sock, socket.ssl, call_);
    return callback(stream);
  }

  Dialer& dialer_;
  CallState& call_;
};

// A repeated field only with the same value.
bool has_sound_content_length(const httplib::Response& response) {
  const auto [first, last] = response.headers.equal_range("Content-Length");
  return std::all_of(first, last, [value = first](const auto& field) {
    return is_content_length(field.second) && field.second == value->second;
  });
}

// What is asked for: the method and what of the API, the condition with its ETag, and a body in JSON or none.
struct Call {
  const char* method;
  std::string resource;
  const char* condition;
  const std::string& etag;
  std::string body;
};

class HttpUserApi final : public UserApi {
 public:
  HttpUserApi(ApiOptions options, BaseUrl url)
      : options_(std::move(options)),
        url_(std::move(url)),
        resource_(options_.connection_id),
        guard_(std::make_shared<CallWatchdog>()),
        dialer_(guard_, url_.host, url_.port, url_.shown(), options_.connect_timeout) {}
  ~HttpUserApi() override {
    const SigpipeBlock block;
    hang_up();
  }

  Result<ApiReply, ApiError> get_user(const std::string& etag) override {
    auto reply = get(resource_.path(), etag);
    if (reply && resource_.may_be_elsewhere(reply->status)) return get_elsewhere(std::move(*reply));
    return reply;
  }
  Result<ApiReply, ApiError> update(const config::UserChange& change, const std::string& etag) override {
    return call({"PATCH", resource_.path(), "If-Match", etag, config::encode_user_change(change)});
  }

  void use_token(Secret token) override { options_.token = std::move(token); }
  void cancel() noexcept override { guard_->cancel(); }

 private:
  Result<ApiReply, ApiError> call(const Call& call) {
    const SigpipeBlock block;
    try {
      return timed_call(call);
    } catch (const std::exception&) {
      guard_->end();
      hang_up();
      return Err{no_response(Cause::broken, "no memory or no thread left to ask " + url_.shown())};
    }
  }

  Result<ApiReply, ApiError> get(const std::string& path, const std::string& etag) {
    auto reply = call({"GET", path, "If-None-Match", etag, {}});
    if (reply) resource_.answered(path, reply->status);
    return reply;
  }
  // Where the token is none of the next generation either, the first answer is the one to tell.
  Result<ApiReply, ApiError> get_elsewhere(ApiReply unknown) {
    auto reply = get(ApiResource::next_generation(), {});
    const bool known = !reply || reply->status < 400 || reply->status >= 500 || reply->status == 429;
    wipe(known ? unknown.body : reply->body);
    return known ? std::move(reply) : Result<ApiReply, ApiError>(std::move(unknown));
  }

  Result<ApiReply, ApiError> timed_call(const Call& call);
  Result<ApiReply, ApiError> attempt(const Call& call);
  bool accept_head(httplib::Response& response);
  bool accept_body(ApiReply& reply, const char* data, std::size_t size);
  httplib::Request make_request(const Call& call) const;
  void connect_if_needed();
  void hang_up() noexcept;
  ApiError explain(httplib::Error error) const;
  ApiError explain_certificate() const;

  bool running() const { return guard_->verdict() == CallWatchdog::Verdict::running; }

  ApiOptions options_;
  const BaseUrl url_;
  ApiResource resource_;
  std::shared_ptr<CallWatchdog> guard_;
  Dialer dialer_;
  CallState call_;
  std::unique_ptr<httplib::ClientImpl> connection_;
};

Result<ApiReply, ApiError> HttpUserApi::timed_call(const Call& call) {
  guard_->begin(Clock::now() + options_.total_timeout);
  // Bytes that nobody asked for, an alert or an end: the connection is of no use any more.
  if (connection_ && guard_->has_input()) hang_up();
  auto reply = attempt(call);
  // The peer may have closed an idle connection at the moment when we used it. GET may be repeated, and so
  // may this PATCH, of which we know that it is idempotent (RFC 9110 §9.2.2).
  const bool answered = call_.interim_seen || call_.head_seen;
  if (!reply && !call_.dialed && !answered && !call_.failure && running()) reply = attempt(call);
  guard_->end();
  return reply;
}

Result<ApiReply, ApiError> HttpUserApi::attempt(const Call& call) {
  call_ = CallState{};
  call_.body_limit = options_.body_limit;
  if (!running()) return Err{explain(httplib::Error::Canceled)};
  connect_if_needed();

  ApiReply reply;
  httplib::Response response;
  httplib::Request request = make_request(call);
  request.response_handler = [&](const httplib::Response&) { return accept_head(response); };
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    return accept_body(reply, data, size);
  };
  auto error = httplib::Error::Success;
  const bool answered = connection_->send(request, response, error);
  for (auto& field : request.headers) wipe(field.second);
  if (!answered || !running()) {
    wipe(reply.body);
    auto failure = explain(error);
    hang_up();
    return Err{std::move(failure)};
  }
  reply.status = response.status;
  reply.etag = usable_etag(response.get_header_value("ETag"));
  reply.retry_after =
      parse_retry_after(response.get_header_value("Retry-After"), std::chrono::system_clock::now());
  return reply;
}

// Not called for a 204; the other answers without a body get a length that says so.
bool HttpUserApi::accept_head(httplib::Response& response) {
  call_.head_seen = true;
  const auto refuse = [&](Cause cause, const std::string& detail) {
    call_.failure = no_response(cause, url_.shown() + " " + detail);
    return false;
  };
  if (response.status < 200) return refuse(Cause::broken, "switched protocols without being asked to");
  if (response.status == 304) {
    response.headers.erase("Content-Length");
    response.headers.erase("Transfer-Encoding");
    response.set_header("Content-Length", "0");
    return true;
  }
  if (!has_sound_content_length(response)) return refuse(Cause::broken, "sent a bad Content-Length");
  const std::string encoding = response.get_header_value("Content-Encoding");
  if (!encoding.empty() && !ascii::equals_ignoring_case(encoding, "identity"))
    return refuse(Cause::broken, "sent a compressed body, though asked not to");
  if (response.get_header_value<std::uint64_t>("Content-Length") > options_.body_limit)
    return refuse(Cause::too_large,
                  "sent an answer larger than " + std::to_string(options_.body_limit) + " bytes");
  return true;
}

bool HttpUserApi::accept_body(ApiReply& reply, const char* data, std::size_t size) {
  if (size > options_.body_limit - reply.body.size()) {
    call_.failure = no_response(Cause::too_large, url_.shown() + " sent an answer larger than " +
                                                      std::to_string(options_.body_limit) + " bytes");
    return false;
  }
  append_wiping(reply.body, data, size);
  return true;
}

httplib::Request HttpUserApi::make_request(const Call& call) const {
  httplib::Request request;
  request.method = call.method;
  request.path = url_.prefix + call.resource;
  std::string authorization = "Bearer ";
  authorization.reserve(authorization.size() + options_.token.reveal().size());
  authorization.append(options_.token.reveal());
  request.headers.emplace("Authorization", std::move(authorization));
  request.headers.emplace("Host", url_.host_field());
  request.headers.emplace("Accept", "application/json");
  request.headers.emplace("Accept-Encoding", "identity");
  request.headers.emplace("User-Agent", "aluvia-connect");
  if (!usable_etag(call.etag).empty()) request.headers.emplace(call.condition, call.etag);
  if (!call.body.empty()) {
    request.headers.emplace("Content-Type", "application/json");
    request.body = call.body;
  }
  return request;
}

void HttpUserApi::connect_if_needed() {
  if (connection_) return;
  if (url_.tls) {
    connection_ = std::make_unique<Connection<httplib::SSLClient>>(url_, dialer_, call_);
    connection_->enable_server_certificate_verification(true);
    if (!options_.ca_file.empty()) connection_->set_ca_cert_path(options_.ca_file);
  } else {
    connection_ = std::make_unique<Connection<httplib::ClientImpl>>(url_, dialer_, call_);
  }
  connection_->set_keep_alive(true);
  connection_->set_follow_location(false);
  connection_->set_decompress(false);
  connection_->set_url_encode(false);
  // The step limit of the TLS handshake; the guard ends the handshake as a whole.
  connection_->set_connection_timeout(options_.connect_timeout);
}

void HttpUserApi::hang_up() noexcept {
  connection_.reset();
  guard_->unwatch();
}

ApiError HttpUserApi::explain(httplib::Error error) const {
  switch (guard_->verdict()) {
    case CallWatchdog::Verdict::cancelled:
      return {ApiError::Kind::not_running, "the call was cancelled"};
    case CallWatchdog::Verdict::expired:
      if (call_.failure && call_.failure->cause == Cause::look_up) return *call_.failure;
      return no_response(Cause::time_out, "no complete answer from " + url_.shown() + " within " +
                                              shown_duration(options_.total_timeout));
    case CallWatchdog::Verdict::running:
      break;
  }
  if (call_.failure) return *call_.failure;
  switch (error) {
    case httplib::Error::SSLServerVerification:
      return explain_certificate();
    case httplib::Error::SSLLoadingCerts:
      return no_response(Cause::tls,
                         "cannot use the CA file of the API: it must hold certificates in PEM form");
    case httplib::Error::SSLConnection:
      return no_response(Cause::tls, "the TLS handshake with " + url_.shown() + " failed");
    default:
      break;
  }
  return no_response(Cause::broken, call_.head_seen || call_.interim_seen
                                        ? "the answer of " + url_.shown() + " ended early"
                                        : url_.shown() + " closed the connection or sent no HTTP answer");
}

ApiError HttpUserApi::explain_certificate() const {
  const auto& client = dynamic_cast<const httplib::SSLClient&>(*connection_);
  const long result = client.get_openssl_verify_result();
  if (result == X509_V_OK)
    return no_response(Cause::tls, "the certificate of " + url_.shown() +
                                       " is for another host name; check the API base URL");
  return no_response(Cause::tls, "the certificate of " + url_.shown() + " is not trusted (" +
                                     X509_verify_cert_error_string(result) +
                                     "); configure the CA file of the API");
}

}  // namespace

Result<std::unique_ptr<UserApi>, std::string> make_http_user_api(ApiOptions options) {
  auto url = parse_base_url(options.base_url);
  if (!url) return Err{std::move(url).error()};
  if (auto complaint = token_error(options.token); !complaint.empty()) return Err{std::move(complaint)};
  if (auto complaint = connection_id_error(options.connection_id); !complaint.empty())
    return Err{std::move(complaint)};
  if (auto complaint = ca_error(options.ca_file); !complaint.empty()) return Err{std::move(complaint)};
  return std::unique_ptr<UserApi>(std::make_unique<HttpUserApi>(std::move(options), std::move(*url)));
}

}  // namespace aluvia::api
