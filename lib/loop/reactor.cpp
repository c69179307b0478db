#include "loop/reactor.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <span>
#include <utility>

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace aluvia::loop {
namespace {

// The kernel is asked again after so many events, so that a turn stays below 5 ms: the dearest event, a
// CONNECT that opens a connection to the gateway, takes 0.13 ms.
constexpr std::size_t batch_size = 32;

constexpr std::size_t index_of(Want want) noexcept {
  return static_cast<std::size_t>(want);
}

int open_set() {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
  return descriptor;
}

// Null: the loop has been woken.
Watch* watch_of(const epoll_event& event) noexcept {
  return static_cast<Watch*>(event.data.ptr);
}

bool is_edge(const epoll_event& event, Want want) noexcept {
  const std::uint32_t for_reading = ~std::uint32_t{EPOLLOUT};
  const std::uint32_t for_writing = EPOLLOUT | EPOLLHUP | EPOLLERR;
  return (event.events & (want == Want::read ? for_reading : for_writing)) != 0;
}

void note_edges(const epoll_event& event) noexcept {
  Watch* const watch = watch_of(event);
  if (!watch) return;
  if ((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) watch->over[index_of(Want::read)] = true;
  if ((event.events & (EPOLLHUP | EPOLLERR)) != 0) watch->over[index_of(Want::write)] = true;
  for (const Want want : {Want::read, Want::write}) {
    if (is_edge(event, want)) watch->ready_for(want) = true;
  }
}

}  // namespace

void Waiter::withdraw() noexcept {
  if (!is_linked()) return;
  unlink();
  if (Reactor* const at = std::exchange(parked_at_, nullptr)) --at->parked_;
}

Reactor::Reactor(const Executor& executor) : executor_(executor), set_(open_set()) {}

Reactor::~Reactor() {
  delete_removed();
  ::close(set_);
}

void Reactor::add_wake(int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  if (::epoll_ctl(set_, EPOLL_CTL_ADD, descriptor, &event) == 0) return;
  throw std::system_error(errno, std::system_category(), "epoll_ctl");
}

Watch* Reactor::add(int descriptor) {
  auto* const watch = new Watch;
  enlist(*watch);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = watch;
  if (::epoll_ctl(set_, EPOLL_CTL_ADD, descriptor, &event) != 0) watch->refused = errno;
  return watch;
}

void Reactor::retire(Watch& watch) noexcept {
  for (IntrusiveList& waiting : watch.waiting) {
    while (!waiting.empty()) static_cast<Waiter*>(waiting.front())->withdraw();
  }
  for_each_due(watch, [](Waiter& waiter) { waiter.withdraw(); });
  watch.unlink();
}

void Reactor::remove(Watch* watch) noexcept {
  retire(*watch);
  if (is_dispatching_) return removed_.push_back(*watch);
  delete watch;
}

void Reactor::delete_removed() noexcept {
  while (!removed_.empty()) {
    auto* const watch = static_cast<Watch*>(removed_.front());
    watch->unlink();
    delete watch;
  }
}

void Reactor::leave(int descriptor) noexcept {
  ::epoll_ctl(set_, EPOLL_CTL_DEL, descriptor, nullptr);
}

void Reactor::wait(Watch& watch, Want want, Waiter& waiter) {
  const std::size_t i = index_of(want);
  waiter.waits_for_ = &watch;
  if (watch.refused != 0) return make_due(waiter, {watch.refused, std::system_category()});
  if (std::exchange(watch.ready[i], false) || watch.over[i]) return make_due(waiter, {});
  watch.waiting[i].push_back(waiter);
  waiter.parked_at_ = this;
  ++parked_;
}

void Reactor::wait_level(Watch& watch, int descriptor, Want want, Waiter& waiter) {
  const int event = want == Want::read ? POLLIN : POLLOUT;
  pollfd now{descriptor, static_cast<short>(event), 0};
  watch.over[index_of(want)] = false;
  watch.ready_for(want) = ::poll(&now, 1, 0) > 0;
  wait(watch, want, waiter);
}

void Reactor::finish(Watch& watch, std::error_code error) {
  for (IntrusiveList& waiting : watch.waiting) {
    while (!waiting.empty()) finish(static_cast<Waiter&>(*waiting.front()), error);
  }
  for_each_due(watch, [error](Waiter& waiter) { waiter.error_ = error; });
}

// Waiters whose wait on `watch` has ended, but that have not been notified yet.
template <class Action>
void Reactor::for_each_due(const Watch& watch, Action action) {
  for (IntrusiveList* const list : {&due_, &notifying_}) {
    for (ListNode* link = list->front(); !list->is_head(link);) {
      auto& waiter = static_cast<Waiter&>(*link);
      link = link->next();
      if (waiter.waits_for_ == &watch) action(waiter);
    }
  }
}

void Reactor::finish(Waiter& waiter, std::error_code error) {
  if (!waiter.is_waiting()) return;
  waiter.withdraw();
  make_due(waiter, error);
}

void Reactor::make_due(Waiter& waiter, std::error_code error) {
  waiter.error_ = error;
  due_.push_back(waiter);
}

void Reactor::yield(Waiter& waiter) {
  waiter.waits_for_ = nullptr;
  waiter.error_ = {};
  yielding_.push_back(waiter);
}

// Waiters that become due meanwhile wait for the next batch, behind those that this one leaves.
bool Reactor::notify_some(IntrusiveList& list) {
  if (list.empty()) return false;
  notifying_.take(list);
  for (std::size_t told = 0; told < batch_size && !notifying_.empty(); ++told) {
    auto& waiter = static_cast<Waiter&>(*notifying_.front());
    waiter.unlink();
    notify(waiter, waiter.error_);
  }
  if (!notifying_.empty()) list.prepend(notifying_);
  return true;
}

void Reactor::notify(Waiter& waiter, std::error_code error) noexcept {
  guarded([&] { waiter.on_event(error); });
}

void Reactor::rethrow_first() {
  if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
}

// Waits for events of at most one batch: more of them come in the next turn. Then come the waiters that are
// due. All watches of the batch know
// their edges before the first waiter is notified, because it may look at other connections.
bool Reactor::dispatch(int wait_ms) {
  std::array<epoll_event, batch_size> events;
  const int count = ::epoll_wait(set_, events.data(), static_cast<int>(events.size()), wait_ms);
  const std::span came(events.data(), static_cast<std::size_t>(std::max(count, 0)));
  ++asked_;
  is_dispatching_ = true;
  std::for_each(came.begin(), came.end(), note_edges);
  for (const epoll_event& event : came) {
    Watch* const watch = watch_of(event);
    for (const Want want : {Want::read, Want::write}) {
      if (watch && is_edge(event, want)) on_edge(*watch, want);
    }
  }
  const bool is_notified = notify_some(due_);
  is_dispatching_ = false;
  delete_removed();
  return is_notified || !came.empty();
}

void Reactor::on_edge(Watch& watch, Want want) {
  IntrusiveList& waiting = watch.waiting[index_of(want)];
  if (waiting.empty()) return;  // the next wait finds `ready`
  watch.ready_for(want) = false;
  auto& first = static_cast<Waiter&>(*waiting.front());
  first.withdraw();
  // An edge comes once: all other waiters are resumed at the end of this batch. They leave the list before
  // the first one runs, because it may wait again.
  while (!waiting.empty()) {
    auto& other = static_cast<Waiter&>(*waiting.front());
    other.withdraw();
    make_due(other, {});
  }
  notify(first, {});
}

// A suspended task owns itself: abandoning it destroys its frame, and with it everything that it owns, other
// waiters included.
void Reactor::shut_down() noexcept {
  IntrusiveList all;
  for (IntrusiveList* const list : {&due_, &notifying_, &yielding_}) {
    while (!list->empty()) all.push_back(*list->front());
  }
  for (ListNode* link = watches_.front(); !watches_.is_head(link); link = link->next()) {
    for (IntrusiveList& waiting : static_cast<Watch*>(link)->waiting) {
      while (!waiting.empty()) {
        auto& waiter = static_cast<Waiter&>(*waiting.front());
        waiter.parked_at_ = nullptr;
        all.push_back(waiter);
      }
    }
  }
  parked_ = 0;
  while (!all.empty()) {
    auto& waiter = static_cast<Waiter&>(*all.front());
    waiter.unlink();
    waiter.on_abandoned();
  }
}

}  // namespace aluvia::loop
