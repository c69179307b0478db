// Fuzz target for the body of `GET /user`: decoded values are valid, and survive writing and reading again.
#include "config/user_response.hpp"

#include "base/ascii.hpp"
#include "config/user_encoding.hpp"
#include "config/user_network_config.hpp"
#include "target.hpp"

#include <algorithm>
#include <string>

namespace aluvia::fuzz {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

void check_credential(std::string_view text) {
  require(!text.empty() && text == ascii::trim(text), "a credential is trimmed and not empty");
  require(std::none_of(text.begin(), text.end(), is_control), "a credential can stand in a field");
}

void check_sentence(const std::string& text, std::size_t longest) {
  require(text.size() <= longest && std::none_of(text.begin(), text.end(), is_control),
          "a sentence is one line");
}

void check_writing(const config::UserResponse& user) {
  const auto again = config::decode_user_response(config::encode_user(user));
  require(again.has_value() && again->warnings.empty(), "what is written down can be read");
  require(again->proxy_username == user.proxy_username && again->proxy_password == user.proxy_password &&
              again->rules == user.rules && again->auto_hostnames == user.auto_hostnames &&
              again->session_id == user.session_id && again->target_geo == user.target_geo &&
              again->connection_id == user.connection_id,
          "what is written down reads as the same user");
}

void check_error(std::string_view input) {
  const config::ErrorResponse error = config::decode_error_response(input);
  check_sentence(error.code, 200);
  check_sentence(error.message, 200);
  check_sentence(error.claim_url, 2000);
}

}  // namespace

void user_response(std::string_view input) {
  check_error(input);
  const auto user = config::decode_user_response(input);
  if (!user) return check_sentence(user.error(), 400);
  check_credential(user->proxy_username.reveal());
  check_credential(user->proxy_password.reveal());
  require(user->proxy_username.reveal().find(':') == std::string_view::npos,
          "no colon moves into the password");
  check_writing(*user);
  std::vector<std::string> warnings;
  const auto snapshot = config::make_snapshot(*user, {}, {}, {}, 1, warnings);
  require(snapshot->gateway_authorization.reveal().starts_with("Basic "), "a snapshot holds the credentials");
  static_cast<void>(snapshot->rules.match("example.com"));
}

}  // namespace aluvia::fuzz
