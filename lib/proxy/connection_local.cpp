// The part of a connection that answers requests for the proxy itself: its pages, probes and metrics.
#include "http/framing.hpp"
#include "loop/event.hpp"
#include "proxy/client_watch.hpp"
#include "proxy/connection.hpp"

#include <memory>
#include <utility>

namespace aluvia::proxy {
namespace {

// The answer that a connection waits for. One that comes after the task has ended is dropped.
struct Pending {
  std::optional<LocalAnswer> answer;
  loop::Event* answered = nullptr;  // null once nothing waits
};

bool has_no_body(const http::RequestHead& head) {
  const auto framing = http::request_framing(head);
  return framing && framing->kind == http::BodyKind::none;
}

}  // namespace

// Most answers are there at once; a question about a site may wait for the look-up of its name.
loop::Task<std::optional<LocalAnswer>> Connection::ask_itself(const http::Target& target, bool may_keep) {
  loop::Event answered(client_.executor());
  const auto pending = std::make_shared<Pending>();
  pending->answered = &answered;
  struct Leave {  // also when the task is cancelled while it waits
    explicit Leave(Pending& one) noexcept : pending(one) {}
    ~Leave() { pending.answered = nullptr; }
    Pending& pending;
  } leave(*pending);
  services_.local_answers({reader_.head(), target, may_keep}, [pending](LocalAnswer answer) {
    pending->answer.emplace(std::move(answer));
    if (pending->answered) pending->answered->set();
  });
  if (pending->answer) co_return std::move(pending->answer);
  const ClientWatch watch(client_, stop_, services_.limits, [] {});
  co_await answered.wait_until(loop::Clock::now() + services_.limits.opening());
  co_return std::move(pending->answer);
}

loop::Task<Connection::Next> Connection::serve_itself(http::Target target, std::size_t head_size) {
  const bool may_keep =
      !services_.stopping && http::allows_next_request(reader_.head()) && has_no_body(reader_.head());
  auto answer = co_await ask_itself(target, may_keep);
  if (!answer) {
    co_return co_await reject({ProxyErrorKind::request_timeout, "the look-up of the name took too long"});
  }
  if (!may_keep || !answer->is_kept) co_return co_await answer_and_end(std::move(answer->message));
  co_return co_await answer_and_go_on(std::move(answer->message), head_size);
}

// A page that asks once a second keeps its connection; while it waits, it may be ended for another client
// like any other. The rest of the buffer is the next request.
loop::Task<Connection::Next> Connection::answer_and_go_on(std::string answer, std::size_t head_size) {
  buffer_.erase(0, head_size);
  buffer_.shrink_to_fit();
  if (is_limited_) slot_.wait();
  deadline_.set_after(services_.limits.head_time);
  const std::error_code gone = co_await net::write_all(client_, answer);
  deadline_.clear();
  co_return gone ? Next::nothing : Next::another_request;
}

}  // namespace aluvia::proxy
