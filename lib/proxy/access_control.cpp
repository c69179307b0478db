#include "proxy/access_control.hpp"

#include "http/basic_credentials.hpp"

#include <algorithm>

namespace aluvia::proxy {
namespace {

std::optional<net::KnownSecret> token_of(const Secret& user_and_password) {
  if (user_and_password.empty()) return std::nullopt;
  return net::KnownSecret(http::basic_token_of(user_and_password).reveal());
}

}  // namespace

AccessControl::AccessControl(const AccessOptions& options, const Logger& logger)
    : logger_(logger), allow_from_(options.allow_from), token_(token_of(options.proxy_auth)) {}

bool AccessControl::admits(const net::Socket& client) {
  if (allow_from_.empty()) return true;
  const auto peer = net::peer_address(client);
  if (!peer) return false;
  const auto holds_peer = [&](const net::AddressRange& range) { return range.contains(*peer); };
  if (peer->is_loopback() || std::ranges::any_of(allow_from_, holds_peer)) return true;
  const std::string address = peer->to_string();
  logger_.warn({"client_rejected", {{"client", address}}}, "{} may not connect: its address is not allowed",
               address);
  return false;
}

bool AccessControl::admits(const http::RequestHead& head) const noexcept {
  if (!token_) return true;
  const http::Field* const field = http::find_field(head.fields, "Proxy-Authorization");
  return field && !http::is_repeated(head.fields, *field) && accepts(field->value);
}

bool AccessControl::accepts(std::string_view value) const noexcept {
  return token_->matches(http::basic_token(value));
}

// Both are offered in the form that HTTP clients send, of which the digest is known.
bool AccessControl::accepts(std::string_view user, std::string_view password) const {
  if (!token_) return true;
  std::string both;
  both.reserve(user.size() + 1 + password.size());  // one allocation, so that no copy stays in freed memory
  both.append(user).append(":").append(password);
  const Secret offered(both);
  wipe(both);
  return token_->matches(http::basic_token_of(offered).reveal());
}

}  // namespace aluvia::proxy
