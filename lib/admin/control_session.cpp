#include "admin/control_session.hpp"

#include "http/framing.hpp"
#include "loop/event.hpp"

#include <array>
#include <memory>
#include <optional>
#include <utility>

namespace aluvia::admin {
namespace {

constexpr http::HeadLimits head_limits{16 * 1024, 64};
constexpr std::size_t most_body = 16 * 1024 * 1024;  // as much as an answer of the API
constexpr std::chrono::seconds request_time{10};
constexpr std::chrono::seconds answer_time{90};  // longer than any call to the API takes
constexpr std::chrono::seconds write_time{10};

// Text where nothing else is accepted: `Accept: text/plain`, as the commands send it.
Format format_of(const http::RequestHead& head) {
  const http::Field* const accept = http::find_field(head.fields, "accept");
  return accept && accept->value == "text/plain" ? Format::text : Format::json;
}

// The answer that a command waits for. One that comes after the task has ended is dropped.
struct Waiting {
  std::optional<Answer> answer;
  loop::Event* answered = nullptr;  // null once nothing waits
};

}  // namespace

ControlSession::ControlSession(const ControlApi& api, net::Socket socket)
    : api_(api),
      stream_(std::move(socket)),
      deadline_(stream_.executor(), [this] { stream_.cancel(); }),
      reader_(head_limits),
      answer_(line(400, "")) {}

loop::Task<void> ControlSession::run(bool same_user) {
  deadline_.set_after(request_time);
  const Got got = co_await read_request();
  if (got == Got::nothing) co_return;
  if (!same_user) {
    answer_ =
        error_answer(403, "forbidden", "only the user who runs the proxy may use this socket", Format::json);
  } else if (got == Got::request) {
    co_await handle_request();
  }
  co_await write(render(answer_));
}

loop::Task<bool> ControlSession::read_some() {
  std::array<char, 4096> piece;
  for (;;) {
    const net::IoResult got = stream_.try_read(piece);
    if (got.status == net::IoResult::Status::moved) {
      buffer_.append(piece.data(), got.bytes);
      co_return true;
    }
    if (got.status != net::IoResult::Status::blocked) co_return false;
    const std::error_code error = co_await stream_.ready(got.want);
    if (error) co_return false;
  }
}

loop::Task<ControlSession::Got> ControlSession::read_request() {
  http::Progress progress = http::Progress::need_more();
  while (progress.needs_more()) {
    const bool came = co_await read_some();
    if (!came) co_return Got::nothing;
    progress = reader_.read(buffer_);
  }
  if (progress.is_wrong()) {
    answer_ = line(400, progress.error().why);
    co_return Got::fault;
  }
  head_size_ = progress.consumed();
  const auto framing = http::request_framing(reader_.head());
  if (!framing || framing->kind == http::BodyKind::chunked) {
    answer_ = line(400, "a body must have a Content-Length");
    co_return Got::fault;
  }
  if (framing->length > most_body) {
    answer_ = error_answer(413, "too_large", "the request is larger than 16 MiB", format_of(reader_.head()));
    co_return Got::fault;
  }
  body_size_ = static_cast<std::size_t>(framing->length);
  while (buffer_.size() < head_size_ + body_size_) {
    const bool came = co_await read_some();
    if (!came) co_return Got::nothing;
  }
  (void)reader_.read(buffer_);  // the buffer may have moved, and the head's views with it
  co_return Got::request;
}

loop::Task<void> ControlSession::handle_request() {
  deadline_.clear();
  loop::Event answered(stream_.executor());
  const auto waiting = std::make_shared<Waiting>();
  waiting->answered = &answered;
  struct Leave {  // also when the task is cancelled while it waits
    explicit Leave(Waiting& one) noexcept : waiting(one) {}
    ~Leave() { waiting.answered = nullptr; }
    Waiting& waiting;
  } leave(*waiting);
  const http::RequestHead& head = reader_.head();
  const Request request(head.method, head.target, std::string_view(buffer_).substr(head_size_, body_size_),
                        format_of(head));
  api_.handle(request, [waiting](Answer answer) {
    waiting->answer.emplace(std::move(answer));
    if (waiting->answered) waiting->answered->set();
  });
  co_await answered.wait_until(loop::Clock::now() + answer_time);
  if (waiting->answer) {
    answer_ = std::move(*waiting->answer);
  } else {
    answer_ = error_answer(504, "timeout", "the API did not answer in time", request.format);
  }
}

loop::Task<void> ControlSession::write(SecretString text) {
  deadline_.set_after(write_time);
  const std::error_code error = co_await net::write_all(stream_, text);
  if (!error) stream_.shutdown_send();
}

}  // namespace aluvia::admin
