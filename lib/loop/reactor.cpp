#include "loop/reactor.hpp"

#include <cerrno>
#include <memory>
#include <utility>

#include <poll.h>
#include <sys/epoll.h>

namespace aluvia::loop {
namespace {

// The kernel is asked again after so many events, so that a turn stays below 5 ms: the dearest event, a
// CONNECT that opens a connection to the gateway, takes 0.13 ms.
constexpr std::size_t batch_size = 32;
// How often a busy loop asks its epoll set before Asio's other work gets its turn.
constexpr int rounds_per_turn = 4;

constexpr std::size_t index_of(Want want) noexcept {
  return static_cast<std::size_t>(want);
}

Executor executor_of(asio::execution_context& context) {
  return static_cast<Loop&>(context).get_executor();
}

}  // namespace

void Waiter::withdraw() noexcept {
  if (!is_linked()) return;
  unlink();
  if (Reactor* const at = std::exchange(parked_at_, nullptr)) at->unpark();
}

Reactor::Reactor(asio::execution_context& loop)
    : asio::execution_context::service(loop),
      executor_(executor_of(loop)),
      set_(executor_, ::epoll_create1(EPOLL_CLOEXEC)) {}

Reactor::~Reactor() {
  delete_removed();
}

Reactor& Reactor::of(const Executor& executor) {
  return asio::use_service<Reactor>(asio::query(executor, asio::execution::context));
}

Watch* Reactor::add(int descriptor) {
  auto* const watch = new Watch;
  enlist(*watch);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = watch;
  if (::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) != 0) watch->refused = errno;
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
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void Reactor::wait(Watch& watch, Want want, Waiter& waiter) {
  const std::size_t i = index_of(want);
  waiter.waits_for_ = &watch;
  if (watch.refused != 0) return make_due(waiter, {watch.refused, std::system_category()});
  if (std::exchange(watch.ready[i], false) || watch.over[i]) return make_due(waiter, {});
  watch.waiting[i].push_back(waiter);
  waiter.parked_at_ = this;
  ++parked_;
  arm();
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
  if (!is_dispatching_) post_run();  // else it is notified at the end of this batch
}

void Reactor::yield(Waiter& waiter) {
  waiter.waits_for_ = nullptr;
  waiter.error_ = {};
  yielding_.push_back(waiter);
  post_run();
}

void Reactor::post_run() {
  if (std::exchange(run_posted_, true)) return;
  asio::post(executor_, [this] {
    run_posted_ = false;
    notify_some(due_);
    if (due_.empty()) notify_some(yielding_);
    if (!due_.empty() || !yielding_.empty()) post_run();
    rethrow_first();
  });
}

// Waiters that become due meanwhile wait for the next batch, behind those that this one leaves.
void Reactor::notify_some(IntrusiveList& list) {
  notifying_.take(list);
  for (std::size_t told = 0; told < batch_size && !notifying_.empty(); ++told) {
    auto& waiter = static_cast<Waiter&>(*notifying_.front());
    waiter.unlink();
    notify(waiter, waiter.error_);
  }
  if (!notifying_.empty()) list.prepend(notifying_);
}

// An edge comes once: an exception must not keep it from the waiters behind.
void Reactor::notify(Waiter& waiter, std::error_code error) noexcept {
  try {
    waiter.on_event(error);
  } catch (...) {
    if (!exception_) exception_ = std::current_exception();
  }
}

void Reactor::rethrow_first() {
  if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
}

void Reactor::arm() {
  if (is_dispatching_ || std::exchange(is_armed_, true)) return;
  set_.async_wait(decltype(set_)::wait_read,
                  HandlerIn(memory_, [this](std::error_code error) { on_set_ready(error); }));
}

// A pending wait on the epoll set keeps the loop running: without waiters it must end.
void Reactor::unpark() noexcept {
  if (--parked_ > 0 || is_dispatching_ || !is_armed_) return;
  std::error_code ignored;
  set_.cancel(ignored);
}

void Reactor::on_set_ready(std::error_code error) {
  is_dispatching_ = true;
  for (int round = 0; !error && round < rounds_per_turn; ++round) {
    // A single event means that the loop is quiet: asking again would find nothing.
    if (dispatch() < 2) break;
  }
  is_dispatching_ = is_armed_ = false;
  delete_removed();
  if (!due_.empty()) post_run();
  if (parked_ > 0) arm();
  rethrow_first();
}

std::size_t Reactor::dispatch() {
  std::array<epoll_event, batch_size> events;
  const int count = ::epoll_wait(set_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    auto& watch = *static_cast<Watch*>(event.data.ptr);
    if ((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) watch.over[index_of(Want::read)] = true;
    if ((event.events & (EPOLLHUP | EPOLLERR)) != 0) watch.over[index_of(Want::write)] = true;
    if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) on_edge(watch, Want::read);
    if ((event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) on_edge(watch, Want::write);
  }
  notify_some(due_);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void Reactor::on_edge(Watch& watch, Want want) {
  IntrusiveList& waiting = watch.waiting[index_of(want)];
  if (waiting.empty()) {
    watch.ready[index_of(want)] = true;
    return;
  }
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
void Reactor::shutdown() noexcept {
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
  std::error_code ignored;
  set_.close(ignored);
}

}  // namespace aluvia::loop
