// SelfEndpoint: responds to requests in origin-form on the proxy's own port: probes, metrics, status, a page.
// It is read-only and shows no secrets. The Host must be the proxy's own address, so a site whose name
// resolves to it (DNS rebinding) gets 421. If clients need credentials, so does everything that shows hosts
// or traffic.
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

/// Returns true if `host`, a Host field, names the proxy at `url` by its address, or by localhost.
bool is_own_host(std::string_view host, std::string_view url);

/// Returns true if `host`, a Host field, is an IP address or localhost: no page of another site can be called
/// so, wherever its name leads.
bool is_no_foreign_name(std::string_view host);

}  // namespace aluvia::admin
