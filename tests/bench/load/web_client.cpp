#include "load/web_client.hpp"

#include "base/small_head.hpp"

#include <algorithm>

namespace aluvia::bench {
namespace {

constexpr std::size_t block_size = 256 * 1024;
const std::string block(block_size, 'p');

bool closes(std::string_view head) {
  return field(head, "Connection") == "close" || head.starts_with("HTTP/1.0");
}

}  // namespace

Async<bool> WebClient::exchange(const std::string& head, std::size_t body) {
  const bool kept = stream_.has_value();
  Answer answer = co_await try_exchange(head, body);
  if (kept && answer.silent) answer = co_await try_exchange(head, body);
  co_return answer.good;
}

Async<WebClient::Answer> WebClient::try_exchange(const std::string& head, std::size_t body) {
  Answer answer;
  if (!stream_) stream_.emplace(job_.loop, start_connect(job_.web_hop));
  bool sent = connected_;
  if (!sent) sent = connected_ = co_await stream_->connected();
  if (sent) sent = co_await send(head, body);
  if (sent) answer = co_await read_head();
  if (answer.good) answer.good = co_await read_body(answer.body_left);
  if (!answer.good || answer.close) disconnect();
  co_return answer;
}

Async<bool> WebClient::send(const std::string& head, std::size_t body) {
  if (!co_await stream_->send_all(head)) co_return false;
  while (body > 0) {
    const std::size_t part = std::min(body, block_size);
    if (!co_await stream_->send_all(std::string_view(block).substr(0, part))) co_return false;
    job_.measurement.moved(part);
    body -= part;
    co_await job_.loop.next_turn();
  }
  co_return true;
}

Async<WebClient::Answer> WebClient::read_head() {
  Answer answer;
  std::size_t filled = 0;
  std::string_view head;
  while (head.empty()) {
    const ssize_t got = co_await stream_->receive(std::span(buffer_).subspan(filled));
    if (got <= 0) co_return answer;
    answer.silent = false;
    filled += static_cast<std::size_t>(got);
    head = complete_head({buffer_.data(), filled});
  }
  const auto length = content_length(head);
  const std::size_t here = filled - head.size();
  if (second_word(head) != "200" || !length || here > *length) co_return answer;
  job_.measurement.moved(here);
  answer = {false, true, closes(head), *length - here};
  co_return answer;
}

Async<bool> WebClient::read_body(std::size_t left) {
  while (left > 0) {
    const ssize_t got = co_await stream_->discard(std::min(left, block_size));
    if (got <= 0) co_return false;
    job_.measurement.moved(static_cast<std::size_t>(got));
    left -= static_cast<std::size_t>(got);
    if (left > 0) co_await job_.loop.next_turn();
  }
  co_return true;
}

}  // namespace aluvia::bench
