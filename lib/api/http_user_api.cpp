// HttpUserApi: GET and PATCH /user over cpp-httplib 0.11.4, in the only file that includes that library. It
// does not interpret bodies and does not poll.
//
// The library writes the request and parses the response. Connection, TLS and time limits are those of
// blocking_stream.hpp, and response_reader.hpp bounds what the library reads. This file also corrects a 304:
// the library reads a body after it, up to a Content-Length that only tells what a 200 would have (RFC 9110
// §8.6), or to the end of the connection.
#include "api/api_options_check.hpp"
#include "api/base_url.hpp"
#include "api/blocking_stream.hpp"
#include "api/response_reader.hpp"
#include "api/user_api.hpp"
#include "http/retry_after.hpp"
#include "net/tls.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <httplib.h>

namespace aluvia::api {
namespace {

using Cause = ApiError::Cause;

// The library's view of the connection.
class LibraryStream final : public httplib::Stream {
 public:
  LibraryStream(BlockingStream& stream, CallState& call)
      : stream_(stream),
        reader_(call, [this](char* to, std::size_t size) { return stream_.read(to, size); }) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override { return reader_.read(to, size); }
  ssize_t write(const char* from, std::size_t size) override { return stream_.write(from, size); }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }

 private:
  BlockingStream& stream_;
  ResponseReader reader_;
};

// The library's client without its connection.
class LibraryClient final : public httplib::ClientImpl {
 public:
  explicit LibraryClient(const BaseUrl& url) : ClientImpl(url.authority.host, url.authority.port) {
    set_decompress(false);
    set_url_encode(false);
  }
  /// Sends the request and reads the response. False on an error.
  bool exchange(httplib::Stream& stream, httplib::Request& request, httplib::Response& response) {
    constexpr bool close_connection = false;
    auto error = httplib::Error::Success;  // says no more than false does
    return process_request(stream, request, response, close_connection, error);
  }
};

// The ETag, or nothing where it is longer than 1 KiB or could not have stood in the field (RFC 9110 §8.8.3):
// the library decodes %XX in field values, so even CR and LF can turn up in one.
std::string usable_etag(const std::string& etag) {
  static constexpr std::size_t longest = 1024;
  const bool clean = std::all_of(etag.begin(), etag.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  return clean && etag.size() <= longest ? etag : std::string{};
}

// Gives a 304 the length that it has. The library calls this once it has parsed the head, except for a 204.
bool correct_framing(httplib::Response& response) {
  if (response.status != 304) return true;
  response.headers.erase("Content-Length");
  response.headers.erase("Transfer-Encoding");
  response.set_header("Content-Length", "0");
  return true;
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
        stream_(url_, options_.ca_file, options_.connect_timeout) {}

  Result<ApiReply, ApiError> get_user(const std::string& etag) override {
    auto reply = get(path_, etag);
    if (reply && !settled_ && reply->status == 404) return get_elsewhere(std::move(*reply));
    return reply;
  }
  Result<ApiReply, ApiError> update(const config::UserChange& change, const std::string& etag) override {
    return call({"PATCH", path_, "If-Match", etag, config::encode_user_change(change)});
  }

  void use_token(Secret token) override { options_.token = std::move(token); }
  void cancel() noexcept override { stream_.cancel(); }

 private:
  Result<ApiReply, ApiError> get(const std::string& path, const std::string& etag);
  Result<ApiReply, ApiError> get_elsewhere(ApiReply unknown);
  Result<ApiReply, ApiError> call(const Call& call);
  Result<ApiReply, ApiError> timed_call(const Call& call);
  Result<ApiReply, ApiError> attempt(const Call& call);
  Result<ApiReply, ApiError> exchange(const Call& call);
  bool accept_body(ApiReply& reply, const char* data, std::size_t size);
  httplib::Request make_request(const Call& call) const;
  ApiError explain() const;

  ApiOptions options_;
  const BaseUrl url_;
  std::string path_;  // of the resource that holds the configuration
  bool settled_;      // the path is known for good
  BlockingStream stream_;
  CallState call_;
};

Result<ApiReply, ApiError> HttpUserApi::get(const std::string& path, const std::string& etag) {
  auto reply = call({"GET", path, "If-None-Match", etag, {}});
  if (!reply || settled_ || (reply->status != 200 && reply->status != 304)) return reply;
  settled_ = true;
  path_ = path;
  return reply;
}

// A token of the next generation of the API is known at /connection. The first path that answers with a
// configuration is kept from then on. Where neither knows the token, the first response counts.
Result<ApiReply, ApiError> HttpUserApi::get_elsewhere(ApiReply unknown) {
  auto reply = get("/connection", {});
  const bool known = !reply || reply->status < 400 || reply->status >= 500 || reply->status == 429;
  return known ? std::move(reply) : Result<ApiReply, ApiError>(std::move(unknown));
}

Result<ApiReply, ApiError> HttpUserApi::call(const Call& call) {
  try {
    return timed_call(call);
  } catch (const std::exception& error) {  // of the library, which throws, or of an allocation
    stream_.close();
    stream_.end_call();
    return Err{no_response(Cause::broken, "cannot call " + url_.shown() + ": " + error.what())};
  }
}

Result<ApiReply, ApiError> HttpUserApi::timed_call(const Call& call) {
  stream_.begin_call(options_.total_timeout);
  stream_.close_unless_quiet();
  auto reply = attempt(call);
  // The peer may have closed the idle connection just before this call. GET may be repeated, and so may this
  // PATCH, because it is known to be idempotent (RFC 9110 §9.2.2).
  const bool was_dead = !reply && !call_.dialed && !call_.answered && !call_.failure;
  if (was_dead && stream_.is_running()) reply = attempt(call);
  stream_.end_call();
  return reply;
}

Result<ApiReply, ApiError> HttpUserApi::attempt(const Call& call) {
  call_ = CallState{};
  call_.body_limit = options_.body_limit;
  if (!stream_.is_running()) return Err{explain()};
  if (!stream_.is_open()) {
    call_.dialed = true;
    if (auto connected = stream_.connect(); !connected) {
      call_.failure = std::move(connected).error();
      return Err{explain()};
    }
  }
  auto reply = exchange(call);
  if (!reply) stream_.close();
  return reply;
}

Result<ApiReply, ApiError> HttpUserApi::exchange(const Call& call) {
  ApiReply reply;
  httplib::Response response;
  httplib::Request request = make_request(call);
  request.response_handler = [&](const httplib::Response&) { return correct_framing(response); };
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    return accept_body(reply, data, size);
  };
  LibraryStream stream(stream_, call_);
  const bool answered = LibraryClient(url_).exchange(stream, request, response);
  for (auto& field : request.headers) wipe(field.second);
  if (!answered || !stream_.is_running()) return Err{explain()};
  if (!call_.keeps_alive) stream_.close();
  reply.status = response.status;
  reply.etag = usable_etag(response.get_header_value("ETag"));
  reply.retry_after =
      http::parse_retry_after(response.get_header_value("Retry-After"), std::chrono::system_clock::now());
  return reply;
}

bool HttpUserApi::accept_body(ApiReply& reply, const char* data, std::size_t size) {
  if (size > options_.body_limit - reply.body.size()) {
    call_.failure = body_too_large(options_.body_limit);
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

ApiError HttpUserApi::explain() const {
  switch (stream_.verdict()) {
    case BlockingStream::Verdict::cancelled:
      return {ApiError::Kind::not_running, "the call was cancelled"};
    case BlockingStream::Verdict::expired:
      return no_response(Cause::time_out, "no complete response from " + url_.shown() + " within " +
                                              shown_duration(options_.total_timeout));
    case BlockingStream::Verdict::running:
      break;
  }
  if (call_.failure) return *call_.failure;
  return no_response(Cause::broken, call_.answered
                                        ? "the response of " + url_.shown() + " ended early"
                                        : url_.shown() + " closed the connection without a response");
}

}  // namespace

Result<std::unique_ptr<UserApi>, std::string> make_http_user_api(ApiOptions options) {
  auto url = parse_base_url(options.base_url);
  if (!url) return Err{std::move(url).error()};
  for (auto error : {token_error(options.token), connection_id_error(options.connection_id)}) {
    if (!error.empty()) return Err{std::move(error)};
  }
  if (!options.ca_file.empty()) {
    if (auto context = net::TlsContext::create(options.ca_file); !context) return Err{context.error()};
  }
  return std::unique_ptr<UserApi>(std::make_unique<HttpUserApi>(std::move(options), std::move(*url)));
}

}  // namespace aluvia::api
