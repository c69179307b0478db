// What the proxy's own port answers when it is asked for itself (a request in origin-form): probes, metrics,
// status, a page. Read-only, without secrets, and only for those who call the proxy by its own address: a
// page whose host name leads here (DNS rebinding) does not. Where clients need credentials, so does all that
// tells of hosts or traffic.
#pragma once

#include "admin/answer.hpp"
#include "admin/status_snapshot.hpp"
#include "http/head.hpp"
#include "http/target.hpp"
#include "net/known_secret.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aluvia::admin {

/// Whom the port answers.
struct Access {
  Access() = default;
  /// `user_and_password`: what clients need; empty: nothing.
  Access(bool beyond_loopback, const Secret& user_and_password);

  bool is_public = false;                   ///< it listens on more than a loopback address
  std::optional<net::KnownSecret> token{};  ///< Basic credentials for all but probes and proxy.pac
};

class SelfEndpoint {
 public:
  explicit SelfEndpoint(StatusProvider source, Access access = {})
      : source_(std::move(source)), access_(std::move(access)) {}

  /// The whole message. Loop thread only; the source must be alive.
  std::string answer(const http::RequestHead& head, const http::Target& target) const;

 private:
  Answer decide(const http::RequestHead& head, const http::Target& target) const;
  std::optional<std::string> called_by(const http::RequestHead& head) const;
  bool may_see(const http::RequestHead& head, std::string_view path) const;
  StatusProvider source_called(const std::string& url) const;

  StatusProvider source_;
  Access access_;
};

/// The answers that a path has on the proxy's port and on the Unix socket alike; 404 for any other.
Answer answer_probe(const StatusProvider& source, std::string_view path, Audience audience);

/// Whether `host`, a Host field, names the proxy at `url` by its address, or by localhost.
bool is_own_host(std::string_view host, std::string_view url);

/// Whether `host`, a Host field, is an IP address or localhost: no page of another site can be called so,
/// wherever its name leads.
bool is_no_foreign_name(std::string_view host);

}  // namespace aluvia::admin
