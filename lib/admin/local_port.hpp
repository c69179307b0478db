// What the proxy's own port answers when it is asked for itself (a request in origin-form): probes, metrics,
// status, a page. Read-only, without secrets, and only for those who call the proxy by its own address: a
// page whose host name leads to loopback (DNS rebinding) does not.
#pragma once

#include "admin/answer.hpp"
#include "admin/facts.hpp"
#include "http/head.hpp"
#include "http/target.hpp"

#include <string>
#include <string_view>

namespace aluvia::admin {

class LocalPort {
 public:
  explicit LocalPort(Source source) : source_(std::move(source)) {}

  /// The whole message. Loop thread only; the source must be alive.
  std::string answer(const http::RequestHead& head, const http::Target& target) const;

 private:
  Answer decide(const http::RequestHead& head, const http::Target& target) const;

  Source source_;
};

/// The answers that a path has on the proxy's port and on the Unix socket alike; 404 for any other.
Answer answer_probe(const Source& source, std::string_view path, Audience audience);

/// Whether `host`, a Host field, names the proxy at `url` by its address, or by localhost.
bool is_own_host(std::string_view host, std::string_view url);

}  // namespace aluvia::admin
