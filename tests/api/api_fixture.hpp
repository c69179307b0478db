// Options and calls of a client for a misbehaving API.
#pragma once

#include "api/misbehaving_api.hpp"
#include "api/user_api.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <catch2/catch.hpp>

namespace aluvia::api::testing {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Cause = ApiError::Cause;
using Clock = std::chrono::steady_clock;

inline constexpr const char* kToken = "tok-4711";

inline ApiOptions options_for(const std::string& url) {
  ApiOptions options;
  options.base_url = url;
  options.token = Secret(kToken);
  return options;
}

inline std::unique_ptr<UserApi> api_with(ApiOptions options) {
  auto made = make_http_user_api(std::move(options));
  REQUIRE(made);
  return std::move(*made);
}

inline std::unique_ptr<UserApi> api_for(const std::string& url) {
  return api_with(options_for(url));
}

inline std::unique_ptr<UserApi> hasty_api_for(const std::string& url) {
  auto options = options_for(url);
  options.connect_timeout = 150ms;
  options.total_timeout = 200ms;
  return api_with(std::move(options));
}

inline std::string ok(std::string_view body = "{}", std::string_view fields = "") {
  return response("200 OK", fields, body);
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline ApiError failure_of(UserApi& api, const std::string& etag = "") {
  auto reply = api.get_user(etag);
  REQUIRE_FALSE(reply);
  CHECK_FALSE(contains(reply.error().message, kToken));
  CHECK_FALSE(contains(reply.error().message, "\n"));
  return reply.error();
}

/// Returns the error of a first call that gets these bytes as its response.
inline ApiError failure_of_bytes(std::string bytes) {
  MisbehavingApi server([bytes = std::move(bytes)](auto& peer) {
    peer.read_request();
    peer.send(bytes);
  });
  return failure_of(*api_for(server.url()));
}

}  // namespace aluvia::api::testing
