#include "sandbox/message.hpp"

#include "http/authority.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::sandbox {

asio::awaitable<ReadEnd> Request::read(Wire& wire) {
  reader_.reset();
  for (;;) {
    const http::Progress progress = reader_.read(wire.text());
    if (progress.is_done()) co_return take(wire, progress.consumed());
    if (progress.is_wrong()) {
      error_ = progress.error();
      co_return ReadEnd::wrong;
    }
    const bool more = co_await wire.fill();
    if (!more) co_return ReadEnd::closed;
  }
}

// Parses the head again in its own copy, because the wire's bytes move.
ReadEnd Request::take(Wire& wire, std::size_t size) {
  raw_.assign(wire.text().substr(0, size));
  wire.consume(size);
  reader_.reset();
  const bool parsed = reader_.read(raw_).is_done();
  const auto framing = http::request_framing(reader_.head());
  if (!parsed || !framing) {
    error_ = framing ? http::ParseError{400, "unreadable head"} : framing.error();
    return ReadEnd::wrong;
  }
  framing_ = *framing;
  return ReadEnd::done;
}

std::string_view Request::field(std::string_view name) const noexcept {
  const http::Field* found = http::find_field(head().fields, name);
  return found ? found->value : std::string_view{};
}

std::string Request::host() const {
  const auto authority = http::parse_authority(field("Host"), 80);
  return authority ? authority->host : std::string(field("Host"));
}

std::string_view Request::path() const noexcept {
  std::string_view path = head().target;
  if (const auto scheme = path.find("://"); scheme != std::string_view::npos && scheme < path.find('/')) {
    const auto slash = path.find('/', scheme + 3);
    path = slash == std::string_view::npos ? std::string_view("/") : path.substr(slash);
  }
  return path.substr(0, path.find('?'));
}

RequestBody::RequestBody(Wire& wire, const Request& request)
    : wire_(wire),
      framing_(request.framing()),
      left_(framing_.length),
      complete_(framing_.kind == http::BodyKind::none),
      expects_continue_(http::list_contains(request.head().fields, "Expect", "100-continue")) {}

asio::awaitable<BodyPiece> RequestBody::next() {
  while (!complete_) {
    if (!wire_.pending().empty()) {
      BodyPiece piece = take_pending();
      if (piece.failed || piece.end || !piece.bytes.empty()) co_return piece;
      continue;
    }
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    if (std::exchange(expects_continue_, false)) {
      const std::error_code failed = co_await wire_.stream().write(go_on);
      if (failed) co_return BodyPiece({}, false, true);
    }
    const bool more = co_await wire_.fill();
    if (!more) co_return BodyPiece({}, false, true);
  }
  co_return BodyPiece({}, true, false);
}

// Consumed bytes stay where they are until the wire is filled again, so the piece may point at them.
BodyPiece RequestBody::take_pending() {
  const std::span<char> pending = wire_.pending();
  if (framing_.kind == http::BodyKind::length) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, pending.size()));
    left_ -= count;
    complete_ = left_ == 0;
    wire_.consume(count);
    return {{pending.data(), count}, complete_, false};
  }
  const auto stripped = chunks_.strip(pending);
  if (stripped.progress.is_wrong()) return {{}, false, true};
  complete_ = stripped.progress.is_done();
  wire_.consume(complete_ ? stripped.progress.consumed() : pending.size());
  return {{pending.data(), stripped.data}, complete_, false};
}

asio::awaitable<bool> read_whole(RequestBody& body, std::size_t limit, std::string& out) {
  for (;;) {
    const BodyPiece piece = co_await body.next();
    if (piece.failed || out.size() + piece.bytes.size() > limit) co_return false;
    out.append(piece.bytes);
    if (piece.end) co_return true;
  }
}

}  // namespace aluvia::sandbox
