#include "mcp/replies.hpp"

#include <utility>

namespace aluvia::mcp {

Replies::Replies(Send send, bool is_batch, std::size_t messages)
    : send_(std::move(send)), is_batch_(is_batch), left_(messages) {}

void Replies::add(std::string_view reply) {
  if (!is_batch_) return send_(reply);
  list_ += list_.empty() ? '[' : ',';
  list_ += reply;
  skip();
}

void Replies::skip() {
  if (--left_ == 0 && !list_.empty()) send_(list_ + ']');
}

}  // namespace aluvia::mcp
