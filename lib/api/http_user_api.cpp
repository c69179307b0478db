// HttpUserApi: GET and PATCH /user over cpp-httplib 0.11.4, in the only file that includes that library. It
// does not interpret bodies and does not poll.
//
// The library writes the request, parses the response and does TLS with verification. This file and its
// helpers replace what it cannot do well enough here:
// - connecting (blocking_connect.hpp): it hardly tells a failed look-up, a refusal and a time-out apart,
// gives
//   every address of a name the whole time-out, and cannot be interrupted;
// - the time limit and cancel() (call_watchdog.hpp): its time-outs are for each step, not for the whole call;
// - reading (response_reader.hpp): it does not bound a head and does not know most interim responses;
// - 304: it reads a body after it, up to a Content-Length that only tells what a 200 would have (RFC 9110
//   §8.6), or to the end of the connection;
// - SIGPIPE: it sends without MSG_NOSIGNAL.
#include "api/api_options_check.hpp"
#include "api/base_url.hpp"
#include "api/blocking_connect.hpp"
#include "api/call_watchdog.hpp"
#include "api/response_reader.hpp"
#include "api/retry_after.hpp"
#include "api/user_api.hpp"
#include "base/ascii.hpp"
#include "base/posix.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <httplib.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace aluvia::api {
namespace {

using Cause = ApiError::Cause;
using Clock = CallWatchdog::Clock;

// Blocks SIGPIPE on this thread and consumes one that the library caused: a library must not change how the
// program handles the signal.
class SigpipeBlock {
 public:
  SigpipeBlock() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~SigpipeBlock() {
    const timespec at_once{};
    if (!was_pending_) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeBlock(const SigpipeBlock&) = delete;
  SigpipeBlock& operator=(const SigpipeBlock&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

// The library's view of the socket. Reads block; the watchdog ends them.
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
    // An end without close_notify is an error: an attacker may have cut the response short.
    return n <= 0 && SSL_get_shutdown(tls_) == 0 ? -1 : n;
  }

  int socket_;
  SSL* tls_;
  ResponseReader reader_;
};

// One connection: the library's plain or TLS client with our dialer below and our stream above.
template <class Base>
class Connection final : public Base {
 public:
  Connection(const BaseUrl& url, BlockingConnector& connector, CallState& call)
      : Base(url.host, url.port), connector_(connector), call_(call) {}

 private:
  using Socket = httplib::ClientImpl::Socket;

  bool create_and_connect_socket(Socket& socket, httplib::Error& error) override {
    call_.dialed = true;
    auto connected = this->is_valid()
                         ? connector_.connect()
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

  BlockingConnector& connector_;
  CallState& call_;
};

// The ETag, or nothing where it is longer than 1 KiB or could not have stood in the field (RFC 9110 §8.8.3):
// the library decodes %XX in field values, so even CR and LF can turn up in one.
std::string usable_etag(const std::string& etag) {
  static constexpr std::size_t longest = 1024;
  const bool clean = std::all_of(etag.begin(), etag.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  return clean && etag.size() <= longest ? etag : std::string{};
}

// RFC 9110 §8.6: digits, and at most as many as fit into a number.
bool is_content_length(std::string_view value) {
  static constexpr std::size_t most_digits = 18;
  return !value.empty() && value.size() <= most_digits &&
         std::all_of(value.begin(), value.end(), ascii::is_digit);
}

// A repeated field must repeat the value.
bool has_sound_content_length(const httplib::Response& response) {
  const auto [first, last] = response.headers.equal_range("Content-Length");
  return std::all_of(first, last, [value = first](const auto& field) {
    return is_content_length(field.second) && field.second == value->second;
  });
}

// One request: the method and the path below the prefix, the condition with its ETag, and a body in JSON or
// none.
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
        path_(options_.connection_id.empty() ? "/user" : "/account/connections/" + options_.connection_id),
        settled_(!options_.connection_id.empty()),
        watchdog_(std::make_shared<CallWatchdog>()),
        connector_(watchdog_, url_.host, url_.port, url_.shown(), options_.connect_timeout) {}
  ~HttpUserApi() override {
    const SigpipeBlock block;
    hang_up();
  }

  Result<ApiReply, ApiError> get_user(const std::string& etag) override {
    auto reply = get(path_, etag);
    if (reply && !settled_ && reply->status == 404) return get_elsewhere(std::move(*reply));
    return reply;
  }
  Result<ApiReply, ApiError> update(const config::UserChange& change, const std::string& etag) override {
    return call({"PATCH", path_, "If-Match", etag, config::encode_user_change(change)});
  }

  void use_token(Secret token) override { options_.token = std::move(token); }
  void cancel() noexcept override { watchdog_->cancel(); }

 private:
  Result<ApiReply, ApiError> call(const Call& call) {
    const SigpipeBlock block;
    try {
      return timed_call(call);
    } catch (const std::exception&) {
      watchdog_->end();
      hang_up();
      return Err{no_response(Cause::broken, "cannot start a thread to call " + url_.shown())};
    }
  }

  Result<ApiReply, ApiError> get(const std::string& path, const std::string& etag) {
    auto reply = call({"GET", path, "If-None-Match", etag, {}});
    if (!reply || settled_ || (reply->status != 200 && reply->status != 304)) return reply;
    settled_ = true;
    path_ = path;
    return reply;
  }
  // A token of the next generation of the API is known at /connection. The first path that answers with a
  // configuration is kept from then on. Where neither knows the token, the first response counts.
  Result<ApiReply, ApiError> get_elsewhere(ApiReply unknown) {
    auto reply = get("/connection", {});
    const bool known = !reply || reply->status < 400 || reply->status >= 500 || reply->status == 429;
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

  bool running() const { return watchdog_->verdict() == CallWatchdog::Verdict::running; }

  ApiOptions options_;
  const BaseUrl url_;
  std::string path_;  // of the resource that holds the configuration
  bool settled_;      // the path is known for good
  std::shared_ptr<CallWatchdog> watchdog_;
  BlockingConnector connector_;
  CallState call_;
  std::unique_ptr<httplib::ClientImpl> connection_;
};

Result<ApiReply, ApiError> HttpUserApi::timed_call(const Call& call) {
  watchdog_->begin(Clock::now() + options_.total_timeout);
  // Unrequested bytes, an alert or an end: the connection cannot be used any more.
  if (connection_ && watchdog_->has_input()) hang_up();
  auto reply = attempt(call);
  // The peer may have closed the idle connection just before this call. GET may be repeated, and so may this
  // PATCH, because it is known to be idempotent (RFC 9110 §9.2.2).
  const bool answered = call_.interim_seen || call_.head_seen;
  if (!reply && !call_.dialed && !answered && !call_.failure && running()) reply = attempt(call);
  watchdog_->end();
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

// Not called for a 204. Other responses without a body get a Content-Length of 0.
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
                  "sent a response larger than " + std::to_string(options_.body_limit) + " bytes");
  return true;
}

bool HttpUserApi::accept_body(ApiReply& reply, const char* data, std::size_t size) {
  if (size > options_.body_limit - reply.body.size()) {
    call_.failure = no_response(Cause::too_large, url_.shown() + " sent a response larger than " +
                                                      std::to_string(options_.body_limit) + " bytes");
    return false;
  }
  reply.body.append({data, size});
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
    connection_ = std::make_unique<Connection<httplib::SSLClient>>(url_, connector_, call_);
    connection_->enable_server_certificate_verification(true);
    if (!options_.ca_file.empty()) connection_->set_ca_cert_path(options_.ca_file);
  } else {
    connection_ = std::make_unique<Connection<httplib::ClientImpl>>(url_, connector_, call_);
  }
  connection_->set_keep_alive(true);
  connection_->set_follow_location(false);
  connection_->set_decompress(false);
  connection_->set_url_encode(false);
  // The step limit of the TLS handshake; the watchdog ends the handshake as a whole.
  connection_->set_connection_timeout(options_.connect_timeout);
}

void HttpUserApi::hang_up() noexcept {
  connection_.reset();
  watchdog_->unwatch();
}

ApiError HttpUserApi::explain(httplib::Error error) const {
  switch (watchdog_->verdict()) {
    case CallWatchdog::Verdict::cancelled:
      return {ApiError::Kind::not_running, "the call was cancelled"};
    case CallWatchdog::Verdict::expired:
      if (call_.failure && call_.failure->cause == Cause::look_up) return *call_.failure;
      return no_response(Cause::time_out, "no complete response from " + url_.shown() + " within " +
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
                                        ? "the response of " + url_.shown() + " ended early"
                                        : url_.shown() + " closed the connection or sent no HTTP response");
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
