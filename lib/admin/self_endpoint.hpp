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

#include <functional>
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
  bool is_private = false;                  ///< hosts and rules are shown on the Unix socket only
  std::optional<net::KnownSecret> token{};  ///< Basic credentials for all but probes and proxy.pac
};

class SelfEndpoint {
 public:
  explicit SelfEndpoint(StatusProvider source, Access access = {})
      : source_(std::move(source)), access_(std::move(access)) {}

  /// Gets an answer to be rendered. A page asks for a repeated one again on the same connection.
  using Done = std::function<void(Answer)>;

  /// Calls `done` on the loop, maybe before it returns; the views of the request are not used after that.
  /// Loop thread only; the source must be alive.
  void answer(const http::RequestHead& head, const http::Target& target, Done done) const;

 private:
  std::optional<Answer> rejection(const http::RequestHead& head, std::string_view path) const;
  std::optional<std::string> called_by(const http::RequestHead& head) const;
  bool may_see(const http::RequestHead& head, std::string_view path) const;
  StatusProvider source_called(const std::string& url) const;

  StatusProvider source_;
  Access access_;
};

/// A request for one of the answers that the proxy's port and the Unix socket give alike.
struct Question {
  const StatusProvider& source;
  std::string_view target;  ///< path and query
  Audience audience;
  const http::Fields* fields = nullptr;  ///< of the request; null: it has none that matter
};

/// Returns 404 for a path that has no answer.
Answer answer_probe(const Question& question);

/// Returns true if `host`, a Host field, names the proxy at `url` by its address, or by localhost.
bool is_own_host(std::string_view host, std::string_view url);

/// Returns true if `host`, a Host field, is an IP address or localhost: no page of another site can be called
/// so, wherever its name leads.
bool is_no_foreign_name(std::string_view host);

}  // namespace aluvia::admin
