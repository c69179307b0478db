#include "api/response_reader.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace aluvia::api {
namespace {

constexpr std::size_t status_line_limit = 1024;
constexpr std::size_t head_limit = 64 * 1024;  // of all heads together

}  // namespace

ssize_t ResponseReader::read(char* to, std::size_t size) {
  if (!head_is_read_ && !read_head()) return -1;
  if (begin_ < buffer_.size()) {
    const std::size_t n = std::min(size, buffer_.size() - begin_);
    std::memcpy(to, buffer_.data() + begin_, n);
    begin_ += n;
    return static_cast<ssize_t>(n);
  }
  const ssize_t got = receive_(to, size);
  total_ += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  // The library counts the body; this bounds chunk sizes, extensions and trailers.
  const bool fits = total_ <= head_limit + 2 * call_.body_limit || reject("the response is too large");
  return fits ? got : -1;
}

// Until the buffer begins with the whole head of the final response, or the stream has ended: then the
// library finds that the head is incomplete.
bool ResponseReader::read_head() {
  while (!head_is_read_) {
    call_.interim_seen = call_.interim_seen || is_interim();
    const std::size_t end = head_end();
    if (heads_ + (end == 0 ? buffer_.size() : end) > head_limit)
      return reject("the head of the response is too large");
    if (end == 0) {
      head_is_read_ = !receive_more();
    } else if (!is_interim()) {
      if (buffer_.find("\n") > status_line_limit)
        return reject("the status line of the response is too long");
      head_is_read_ = true;
    } else {
      if (++interim_ > most_interim) return reject("too many interim responses came before the final one");
      heads_ += end;
      buffer_.remove_prefix(end);
    }
  }
  return true;
}

bool ResponseReader::receive_more() {
  std::array<char, 4096> piece;
  const ssize_t got = receive_(piece.data(), piece.size());
  if (got <= 0) return false;
  buffer_.append({piece.data(), static_cast<std::size_t>(got)});
  total_ += static_cast<std::size_t>(got);
  wipe_memory(piece.data(), piece.size());
  return true;
}

// `HTTP/1.x 1xx` and a byte that ends the code. A 101 is final: nothing asks for an upgrade.
bool ResponseReader::is_interim() const {
  static constexpr std::string_view wanted = "HTTP/1.x 1xx";
  if (buffer_.size() <= wanted.size() || buffer_.view().substr(9, 3) == "101") return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == 'x' ? !ascii::is_digit(buffer_[i]) : buffer_[i] != wanted[i]) return false;
  }
  return std::string_view(" \r\n").find(buffer_[wanted.size()]) != std::string_view::npos;
}

// The position behind the blank line, or 0. Like the library, it takes only CR LF for the end of a final
// head.
std::size_t ResponseReader::head_end() {
  static constexpr auto none = SecretString::npos;
  const std::size_t crlf = buffer_.find("\n\r\n", searched_);
  const std::size_t lf = is_interim() ? buffer_.find("\n\n", searched_) : none;
  searched_ = crlf == none && lf == none ? std::max<std::size_t>(buffer_.size(), 2) - 2 : 0;
  if (crlf == none && lf == none) return 0;
  return lf < crlf ? lf + 2 : crlf + 3;
}

bool ResponseReader::reject(const char* message) {
  call_.failure = no_response(ApiError::Cause::too_large, message);
  return false;
}

}  // namespace aluvia::api
