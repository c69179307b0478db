// UserApi: the interface to the Aluvia API, one GET and one PATCH. http_user_api.cpp implements it with
// cpp-httplib; tests of the control plane implement it with a script.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/secret_string.hpp"
#include "config/api_error.hpp"
#include "config/user_change.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace aluvia::api {

using config::ApiError;
using config::no_response;

struct ApiReply {
  int status = 0;
  std::string etag;   ///< empty where there was none
  SecretString body;  ///< holds credentials: never logged
  std::optional<std::chrono::seconds> retry_after;
};

class UserApi {
 public:
  virtual ~UserApi() = default;

  /// Fetches the configuration, with If-None-Match where `etag` is not empty. Blocks: up to 5 s to connect,
  /// 10 s in all. Called by one thread at a time.
  virtual Result<ApiReply, ApiError> get_user(const std::string& etag) = 0;

  /// Changes what is present in `change`; a success responds with the whole configuration. Where `etag` is
  /// not empty, only if the configuration is still that one (If-Match, RFC 9110 §13.1.1; else 412, from an
  /// API that knows the field). Blocks like get_user(). Sent again by itself where a kept connection was
  /// dead: the values are absolute, so twice is as good as once.
  virtual Result<ApiReply, ApiError> update(const config::UserChange& change, const std::string& etag) = 0;

  /// The token of every later call. On the thread that calls.
  virtual void use_token(Secret token) = 0;

  /// Ends a call in progress, and every later one, at once. Any thread; does not block.
  virtual void cancel() noexcept = 0;
};

struct ApiOptions {
  std::string base_url = "https://api.aluvia.io";  ///< a prefix: `https://host/v1/` works too
  std::string ca_file;                             ///< PEM; empty: the system's
  std::string connection_id;                       ///< digits: `/account/connections/ID`; empty: see below
  Secret token;
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds total_timeout{10000};
  std::size_t body_limit = 16 * 1024 * 1024;  ///< bytes; 100,000 rules are some 3 MiB
};

/// The API over HTTP. Without a connection id it asks `/user`, and where that responds with 404 and nothing
/// has responded with a configuration yet, `/connection` once; it keeps the path of the first configuration.
///
/// It keeps its connection from call to call, verifies certificate and host name, and never follows a
/// redirect, which would get the token. The error is a sentence about the URL, the token or the CA file.
Result<std::unique_ptr<UserApi>, std::string> make_http_user_api(ApiOptions options);

}  // namespace aluvia::api
