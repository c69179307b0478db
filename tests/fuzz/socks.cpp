// Fuzz target for a SOCKS5 handshake: cuts do not matter, messages are bounded, bytes behind one have no
// influence, and every host is one that an HTTP request could name.
#include "socks/messages.hpp"
#include "target.hpp"

#include <algorithm>
#include <utility>

namespace aluvia::fuzz {
namespace {

constexpr std::size_t longest_message = 513;

template <class T>
bool is_same_result(const socks::Parsed<T>& a, const socks::Parsed<T>& b) {
  if (a.has_value() != b.has_value()) return false;
  if (!a) return a.error().reply == b.error().reply && a.error().why == b.error().why;
  if (a->has_value() != b->has_value()) return false;
  return !*a || (*a)->size == (*b)->size;
}

// Everything about reading itself; the size of the message, or 0 where `input` does not begin with one.
template <class T>
std::size_t check_reading(socks::Parsed<T> (*parse)(std::string_view), std::string_view input) {
  const Copy all(input);
  const socks::Parsed<T> whole = parse(all.view());
  for (Pieces pieces : {Pieces::single_bytes(), Pieces::varied(input)}) {
    socks::Parsed<T> last = parse({});
    for (std::size_t size = 0; size < input.size() && last && !*last;) {
      size = std::min(size + pieces.next(), input.size());
      const Copy part(input.substr(0, size));
      last = parse(part.view());
    }
    require(is_same_result(last, whole), "whole and in pieces say the same");
  }
  if (!whole) {
    require(!whole.error().why.empty(), "an error has a reason");
    require(whole.error().reply != socks::Reply::succeeded, "an error is no success");
    return 0;
  }
  if (!*whole) {
    require(input.size() < longest_message, "an unfinished message is bounded");
    return 0;
  }
  require((*whole)->size <= std::min(input.size(), longest_message), "a message is bounded");
  return (*whole)->size;
}

void check_credentials(std::string_view input) {
  const auto parsed = socks::parse_credentials(input);
  const auto& [user, password] = (*parsed)->value;
  require(user.size() + password.size() + 3 == (*parsed)->size, "user and password are all of the message");
  require(user.data() + user.size() + 1 == password.data(), "the views lie behind each other");
}

void check_request(std::string_view input) {
  const auto parsed = socks::parse_request(input);
  const http::Authority& authority = (*parsed)->value;
  require(authority.port != 0, "a request has a port");
  const auto again = http::parse_authority(authority.text(), std::nullopt);
  require(again && *again == authority, "HTTP reads the same host and port");
}

}  // namespace

void socks(std::string_view input) {
  const std::size_t greeting = check_reading(socks::parse_greeting, input);
  input.remove_prefix(greeting);
  // With and without a greeting before it, and where no credentials are asked for.
  const std::size_t credentials = check_reading(socks::parse_credentials, input);
  if (credentials > 0) check_credentials(input);
  input.remove_prefix(credentials);
  if (check_reading(socks::parse_request, input) > 0) check_request(input);
}

}  // namespace aluvia::fuzz
