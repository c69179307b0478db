// Decides if the gateway's response to a plain request is forwarded, or the request is retried: after a
// transient error of the gateway, or with credentials that have just changed.
#pragma once

#include "http/authority.hpp"
#include "http/head.hpp"
#include "net/stream.hpp"
#include "proxy/gateway/retry_policy.hpp"
#include "proxy/router.hpp"
#include "proxy/services.hpp"

#include <optional>
#include <string>

namespace aluvia::proxy {

/// Serves one request that goes through the gateway. Loop thread only.
class ResponseRetry {
 public:
  /// The request to send again. After a renewal of the credentials all but the authority is new.
  struct Request {
    const http::Authority& authority;
    Decision& decision;
    std::string& head;  ///< with the gateway's credential; wiped where it is replaced
    bool is_whole;      ///< its body has not been sent, or is still held
  };

  ResponseRetry(Services& services, net::Stream& client) : services_(services), client_(client) {}

  /// All other answers are passed on, and a 502, 503 or 504 to a request that is not idempotent. A 407 says
  /// that the request went no further, so that any may be sent again. A 502, 503 or 504 may be the site's
  /// own: then it comes again, and the last one is passed on; one that says when to come back is meant.
  static bool may_help(const http::ResponseHead& answer, bool is_repeatable);

  /// Call it before any byte of the response is forwarded. Returns true after a pause, or with new
  /// credentials in the request.
  loop::Task<bool> is_to_be_sent_again(const http::ResponseHead& answer, Request request);

  /// Returns true if a new request would have other credentials than this one. Call it after a 407 for which
  /// is_to_be_sent_again() returned false.
  bool has_renewed() const noexcept { return has_renewed_; }

 private:
  loop::Task<bool> renew_credentials(Request request);
  loop::Task<bool> pause(const ProxyError& fault);

  Services& services_;
  net::Stream& client_;
  std::optional<RetryPolicy> tries_;
  std::size_t renewals_ = 0;
  bool has_renewed_ = false;
};

}  // namespace aluvia::proxy
