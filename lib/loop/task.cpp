#include "loop/task.hpp"

namespace aluvia::loop {

void TaskContext::start(Task<void>& root) {
  root_ = &root;
  root.frame_.promise().context = this;
  resume(root.frame_);
}

void TaskContext::cancel() {
  is_cancelled_ = true;
  if (is_waiting()) reactor_->finish(*this, asio::error::operation_aborted);
}

void TaskContext::on_event(std::error_code error) {
  result_ = error;
  resume(waiting_);
}

// A frame cannot destroy itself at its end: that is done here, when it has returned.
void TaskContext::resume(std::coroutine_handle<> frame) {
  frame.resume();
  if (root_->frame_.done()) on_end(root_->frame_.promise().problem);
}

}  // namespace aluvia::loop
