#include "api/response_reader.hpp"

#include "http/framing.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace aluvia::api {
namespace {

constexpr std::size_t reason_limit = 1024;     // bytes of a reason phrase
constexpr std::size_t head_limit = 64 * 1024;  // bytes of all heads together

}  // namespace

ApiError body_too_large(std::size_t limit) {
  return no_response(ApiError::Cause::too_large,
                     "the response is larger than " + std::to_string(limit) + " bytes");
}

ssize_t ResponseReader::read(char* to, std::size_t size) {
  if (!head_is_read_ && !read_head()) return -1;
  if (begin_ == buffer_.size()) return receive(to, size);
  const std::size_t n = std::min(size, buffer_.size() - begin_);
  std::memcpy(to, buffer_.data() + begin_, n);
  begin_ += n;
  return static_cast<ssize_t>(n);
}

// Reads until the buffer begins with the whole head of the final response. If the stream ends before that,
// the library gets what there is and finds it incomplete.
bool ResponseReader::read_head() {
  // The limit below is the one in force: the parser's are out of reach.
  http::ResponseHeadReader parser({2 * head_limit, head_limit});
  while (!head_is_read_) {
    const http::Progress progress = parser.read(buffer_.view());
    const std::size_t size = progress.is_done() ? progress.consumed() : buffer_.size();
    if (heads_ + size > head_limit)
      return reject(ApiError::Cause::too_large, "the head of the response is too large");
    if (progress.is_wrong()) return reject_as_invalid(progress.error().why);
    if (progress.needs_more()) {
      head_is_read_ = !receive_more();
      continue;
    }
    head_is_read_ = parser.head().status >= 200 || parser.head().status == 101;
    if (head_is_read_) return accept_head(parser.head());
    if (++interim_ > most_interim)
      return reject(ApiError::Cause::too_large, "too many interim responses came before the final one");
    heads_ += size;
    buffer_.remove_prefix(size);
    parser.reset();
  }
  return true;
}

bool ResponseReader::accept_head(const http::ResponseHead& head) {
  if (head.status == 101) return reject_as_invalid("it switches protocols without a request for that");
  if (head.reason.size() > reason_limit)
    return reject(ApiError::Cause::too_large, "the status line of the response is too long");
  const auto framing = http::response_framing(head, "GET");
  if (!framing) return reject_as_invalid(framing.error().why);
  if (framing->length > call_.body_limit) {
    call_.failure = body_too_large(call_.body_limit);
    return false;
  }
  const http::Field* const coding = http::find_field(head.fields, "Content-Encoding");
  if (coding && !http::is_identity_coding(coding->value))
    return reject_as_invalid("it is compressed, although the request accepts no coding");
  call_.keeps_alive = http::wants_keep_alive(head.minor, head.fields);
  return true;
}

ssize_t ResponseReader::receive(char* to, std::size_t size) {
  const ssize_t got = receive_(to, size);
  if (got <= 0) return got;
  call_.answered = true;
  total_ += static_cast<std::size_t>(got);
  // The call counts the body; this limit is for chunk sizes, extensions and trailers.
  const bool fits = total_ <= head_limit + 2 * call_.body_limit ||
                    reject(ApiError::Cause::too_large, "the response is too large");
  return fits ? got : -1;
}

bool ResponseReader::receive_more() {
  std::array<char, 4096> piece;
  const ssize_t got = receive(piece.data(), piece.size());
  if (got > 0) buffer_.append({piece.data(), static_cast<std::size_t>(got)});
  wipe_memory(piece.data(), piece.size());
  return got > 0;
}

bool ResponseReader::reject(ApiError::Cause cause, std::string_view message) {
  call_.failure = no_response(cause, std::string(message));
  return false;
}

bool ResponseReader::reject_as_invalid(std::string_view why) {
  return reject(ApiError::Cause::broken, "the response is not valid: " + std::string(why));
}

}  // namespace aluvia::api
