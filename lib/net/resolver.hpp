// Names to addresses inside the loop, by c-ares: hosts file, resolv.conf with its search list, TTL cache. One
// name that never answers delays nobody else, simultaneous requests for one name share one question, and a
// waiting task can be cancelled.
#pragma once

#include "base/result.hpp"
#include "net/asio.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace aluvia::net {

struct ResolverOptions {
  /// `address[:port]`, comma-separated; empty: the servers of /etc/resolv.conf, read again when it changes.
  std::string servers;
};

/// Loop thread only; must outlive every task that waits for it.
class Resolver {
 public:
  /// The error is a sentence: the option's text is no list of servers, or c-ares cannot start.
  static Result<std::unique_ptr<Resolver>, std::string> create(Loop& loop, const ResolverOptions& options);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Addresses of `host` (folded, as in http::Authority), in the order of RFC 6724; never empty. An address
  /// is answered as itself; `localhost` and names below it are loopback without asking anybody (RFC 6761
  /// §6.3). Errors: name_not_found, dns_timeout (also when `deadline` passes), dns_failure; operation_aborted
  /// when the task is cancelled.
  Task<Result<std::vector<Address>>> resolve(std::string host, TimePoint deadline);

  /// The same for a name that is asked for again and again: nobody waits because its time is over. For ten
  /// minutes more the old addresses are answered at once while new ones are asked for (as RFC 8767 §4
  /// allows), also where the name servers fail meanwhile.
  Task<Result<std::vector<Address>>> resolve_kept(std::string host, TimePoint deadline);

  /// Whether the hosts file itself gives `address` for `host`, so that it is no name server's word. Reads the
  /// file.
  bool stands_in_hosts_file(const std::string& host, const Address& address);

 private:
  class Impl;
  explicit Resolver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace aluvia::net
