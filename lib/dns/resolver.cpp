#include "dns/resolver.hpp"

#include "dns/address_order.hpp"
#include "dns/ares_channel_pool.hpp"
#include "dns/cache.hpp"
#include "dns/dual_stack_query.hpp"
#include "dns/hosts_file.hpp"
#include "loop/event.hpp"
#include "net/error.hpp"

#include <algorithm>
#include <list>
#include <optional>
#include <unordered_map>

#include <sys/stat.h>

namespace aluvia::dns {
namespace {

// Names with a few addresses: about 4000 of them.
constexpr std::size_t cache_bytes = 1024UL * 1024;
// Short, so that a host that comes to life is seen soon; long enough that a page full of dead links asks
// once.
constexpr std::chrono::seconds failure_ttl{1};
// Some servers say 0: one question per second and name is enough.
constexpr std::chrono::seconds shortest_ttl{1};
// A gateway's old address is most likely still right, and tried again with a new one where it is not.
constexpr std::chrono::minutes stale_life{10};
constexpr const char* resolv_conf = "/etc/resolv.conf";

bool is_localhost(std::string_view host) noexcept {
  return host == "localhost" || host.ends_with(".localhost");
}

Result<std::vector<net::Address>> answer_of(const DnsCache::Entry& entry) {
  if (entry.error) return Err{entry.error};
  std::vector<net::Address> copy = entry.addresses;
  return copy;
}

Result<Resolution> resolution_of(Result<std::vector<net::Address>> answer) {
  if (!answer) return Err{answer.error()};
  return Resolution(std::move(*answer), true);
}

timespec modified(const char* file) noexcept {
  struct stat status {};
  return ::stat(file, &status) == 0 ? status.st_mtim : timespec{};
}

}  // namespace

class Resolver::Impl {
 public:
  Impl(loop::Loop& loop, const ResolverOptions& options)
      : loop_(loop), servers_(options.servers), hosts_(loop, options.hosts_file), cache_(cache_bytes) {}

  Result<void, std::string> open();
  loop::MaybeTask<Result<Resolution>> resolve(const std::string& host, loop::TimePoint deadline,
                                              bool may_be_stale);

 private:
  using Addresses = Result<std::vector<net::Address>>;
  loop::Task<Result<Resolution>> resolve_slowly(std::string host, loop::TimePoint deadline,
                                                bool may_be_stale);
  std::optional<Result<Resolution>> find(const std::string& host, bool may_be_stale);
  loop::Task<Result<Resolution>> look_up(std::string host, loop::TimePoint deadline);
  // A task that waits for an answer.
  struct Waiter {
    explicit Waiter(const loop::Executor& executor) : answered(executor) {}
    loop::Event answered;
    std::optional<Addresses> answer;
  };
  std::optional<Addresses> recall(const std::string& host, bool may_be_stale);
  bool holds_stale(const std::string& host);
  bool join(const std::string& host, Waiter* waiter);
  void leave(const std::string& host, Waiter* waiter) noexcept;
  void ask(const std::string& host);
  void settle(const std::string& host, DnsAnswer answer);
  void remember(const std::string& host, const Addresses& answer, std::chrono::seconds ttl);
  void follow_resolv_conf();
  void reopen();

  loop::Loop& loop_;
  std::string servers_;
  HostsFile hosts_;
  std::unique_ptr<AresChannelPool> channels_;
  timespec conf_modified_{};
  loop::TimePoint conf_checked_{};
  DnsCache cache_;
  std::unordered_map<std::string, std::list<Waiter*>> waiting_;
};

Result<void, std::string> Resolver::Impl::open() {
  auto channels = AresChannelPool::open(loop_, servers_);
  if (!channels) return Err{channels.error()};
  channels_ = std::move(*channels);
  conf_modified_ = modified(resolv_conf);
  conf_checked_ = loop::Clock::now();
  return {};
}

// A laptop that changes networks gets new name servers: c-ares reads the file only when a channel opens.
void Resolver::Impl::follow_resolv_conf() {
  if (!servers_.empty() || loop::Clock::now() - conf_checked_ < std::chrono::seconds(1)) return;
  conf_checked_ = loop::Clock::now();
  const timespec now = modified(resolv_conf);
  if (now.tv_sec == conf_modified_.tv_sec && now.tv_nsec == conf_modified_.tv_nsec) return;
  conf_modified_ = now;
  reopen();
}

// Questions that are open went to the old servers, which may never answer again: they are asked once more.
void Resolver::Impl::reopen() {
  auto channels = AresChannelPool::open(loop_, servers_);
  if (!channels) return;
  std::vector<std::string> open_questions;
  for (const auto& [host, waiters] : waiting_) open_questions.push_back(host);
  channels_ = std::move(*channels);
  cache_.clear();
  for (const std::string& host : open_questions) ask(host);
}

// The cached answer. An expired one that may still be used also starts a query.
std::optional<Resolver::Impl::Addresses> Resolver::Impl::recall(const std::string& host, bool may_be_stale) {
  DnsCache::Entry* const found = cache_.find(host);
  if (!found) return std::nullopt;
  found->is_kept = found->is_kept || may_be_stale;
  if (found->expires > loop::Clock::now()) return answer_of(*found);
  if (!holds_stale(host)) {
    cache_.erase(host);
    return std::nullopt;
  }
  if (!may_be_stale) return std::nullopt;
  Addresses old = answer_of(*found);                 // the answer may be there before ask() returns
  if (waiting_.try_emplace(host).second) ask(host);  // a task that comes meanwhile waits for its answer
  return old;
}

bool Resolver::Impl::holds_stale(const std::string& host) {
  const DnsCache::Entry* const found = cache_.find(host);
  return found && found->is_kept && !found->error && found->expires + stale_life > loop::Clock::now();
}

loop::MaybeTask<Result<Resolution>> Resolver::Impl::resolve(const std::string& host, loop::TimePoint deadline,
                                                            bool may_be_stale) {
  std::error_code not_an_address;
  const net::Address literal = asio::ip::make_address(host, not_an_address);
  if (!not_an_address) return Result<Resolution>(Resolution({literal}, false));
  if (is_localhost(host)) {
    return Result<Resolution>(
        Resolution({asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()}, false));
  }
  if (hosts_.is_changing()) return resolve_slowly(host, deadline, may_be_stale);
  if (auto known = find(host, may_be_stale)) return std::move(*known);
  return look_up(host, deadline);
}

loop::Task<Result<Resolution>> Resolver::Impl::resolve_slowly(std::string host, loop::TimePoint deadline,
                                                              bool may_be_stale) {
  co_await hosts_.refreshed(deadline);
  if (auto known = find(host, may_be_stale)) co_return std::move(*known);
  co_return co_await look_up(std::move(host), deadline);
}

// Answers from the hosts file or the cache.
std::optional<Result<Resolution>> Resolver::Impl::find(const std::string& host, bool may_be_stale) {
  auto named = hosts_.find(host);
  if (!named.empty()) {
    sort_by_preference(named);
    return Resolution(std::move(named), false);
  }
  follow_resolv_conf();
  auto known = recall(host, may_be_stale);
  if (!known) return std::nullopt;
  return resolution_of(std::move(*known));
}

loop::Task<Result<Resolution>> Resolver::Impl::look_up(std::string host, loop::TimePoint deadline) {
  Waiter self(loop_.get_executor());
  struct Leave {  // also when the task is cancelled while it waits
    Impl& impl;
    const std::string& host;
    Waiter* waiter;
    Leave(Impl& owner, const std::string& name, Waiter* who) : impl(owner), host(name), waiter(who) {}
    ~Leave() { impl.leave(host, waiter); }
  } leave(*this, host, &self);
  const bool is_first = join(host, &self);
  if (is_first) ask(host);
  const std::error_code error = co_await self.answered.wait_until(deadline);
  if (self.answer) co_return resolution_of(std::move(*self.answer));
  if (error == std::errc::timed_out) co_return Err{make_error_code(net::NetError::dns_timeout)};
  co_return Err{error};
}

// True for the first task that waits for the name.
bool Resolver::Impl::join(const std::string& host, Waiter* waiter) {
  std::list<Waiter*>& queue = waiting_[host];
  queue.push_back(waiter);
  return queue.size() == 1;
}

// The last task removes the queue, so that the next one asks again: the answer may never come.
void Resolver::Impl::leave(const std::string& host, Waiter* waiter) noexcept {
  const auto queue = waiting_.find(host);
  if (queue == waiting_.end()) return;
  queue->second.remove(waiter);
  if (queue->second.empty()) waiting_.erase(queue);
}

void Resolver::Impl::ask(const std::string& host) {
  ask_both_families(channels_->pick(), loop_.get_executor(), host,
                    [this, host](DnsAnswer answer) { settle(host, std::move(answer)); });
}

void Resolver::Impl::settle(const std::string& host, DnsAnswer answer) {
  Addresses addresses = std::move(answer.addresses);
  if (answer.error) addresses = Err{answer.error};
  const bool keeps_old = answer.error && answer.error != net::NetError::name_not_found && holds_stale(host);
  const auto ttl = answer.error ? failure_ttl : std::max(answer.ttl, shortest_ttl);
  if (!keeps_old) remember(host, addresses, ttl);
  const auto queue = waiting_.find(host);
  if (queue == waiting_.end()) return;
  for (Waiter* const waiter : queue->second) {
    waiter->answer = addresses;
    waiter->answered.set();
  }
  waiting_.erase(queue);
}

void Resolver::Impl::remember(const std::string& host, const Addresses& answer, std::chrono::seconds ttl) {
  const bool is_kept = holds_stale(host);
  std::vector<net::Address> addresses;
  std::error_code error;
  if (answer) addresses = *answer;
  if (!answer) error = answer.error();
  DnsCache::Entry entry(std::move(addresses), error, loop::Clock::now() + ttl, is_kept);
  cache_.put(host, std::move(entry));
}

Result<std::unique_ptr<Resolver>, std::string> Resolver::create(loop::Loop& loop,
                                                                const ResolverOptions& options) {
  auto impl = std::make_unique<Impl>(loop, options);
  if (auto opened = impl->open(); !opened) return Err{opened.error()};
  return std::unique_ptr<Resolver>(new Resolver(std::move(impl)));
}

Resolver::Resolver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Resolver::~Resolver() = default;

loop::MaybeTask<Result<Resolution>> Resolver::resolve(const std::string& host, loop::TimePoint deadline) {
  return impl_->resolve(host, deadline, false);
}

loop::MaybeTask<Result<Resolution>> Resolver::resolve_kept(const std::string& host,
                                                           loop::TimePoint deadline) {
  return impl_->resolve(host, deadline, true);
}

}  // namespace aluvia::dns
