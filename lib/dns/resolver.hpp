// Resolves names on the loop: the hosts file first, then c-ares with resolv.conf and its search list, and a
// cache. A name that never answers delays no other, concurrent requests for one name share one question, and
// a waiting task can be cancelled.
#pragma once

#include "base/result.hpp"
#include "loop/task.hpp"
#include "net/endpoint.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace aluvia::dns {

struct ResolverOptions {
  /// `address[:port]`, comma-separated; empty: the servers of /etc/resolv.conf, read again when it changes.
  std::string servers = {};
  std::string hosts_file = "/etc/hosts";  ///< read again when it changes
};

/// The addresses of a name.
struct Resolution {
  Resolution(std::vector<net::Address> found, bool from_dns) noexcept
      : addresses(std::move(found)), is_from_dns(from_dns) {}

  std::vector<net::Address> addresses;  ///< never empty, at most 16 of each family
  /// A name server gave them; otherwise the user did: an address, `localhost`, or a name in the hosts file.
  bool is_from_dns;
};

/// Loop thread only; must outlive every task that waits for it.
class Resolver {
 public:
  /// The error is a sentence: the option's text is no list of servers, or c-ares cannot start.
  static Result<std::unique_ptr<Resolver>, std::string> create(loop::Loop& loop,
                                                               const ResolverOptions& options);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Addresses of `host` (folded, as in http::Authority), in the order of RFC 6724. An address is answered as
  /// itself; `localhost` and names below it are loopback without a query (RFC 6761 §6.3); for a name
  /// in the hosts file no name server is asked. Errors: name_not_found, dns_timeout (also when `deadline`
  /// passes), dns_failure; operation_aborted when the task is cancelled.
  loop::MaybeTask<Result<Resolution>> resolve(const std::string& host, loop::TimePoint deadline);

  /// The same for a name that is needed again and again: an expired answer makes no task wait. For ten more
  /// minutes the old addresses are returned at once while new ones are asked for (RFC 8767 §4), even if the
  /// name servers fail meanwhile.
  loop::MaybeTask<Result<Resolution>> resolve_kept(const std::string& host, loop::TimePoint deadline);

 private:
  class Impl;
  explicit Resolver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace aluvia::dns
