#include "config/user_encoding.hpp"

#include "base/json_writer.hpp"

namespace aluvia::config {
namespace {

void write_if_any(JsonWriter& out, std::string_view name, const std::optional<std::string>& text) {
  if (text) out.text(name, *text);
}

}  // namespace

SecretString encode_user(const UserResponse& user) {
  JsonWriter out;
  out.begin_object();
  out.text("proxy_username", user.proxy_username.reveal());
  out.text("proxy_password", user.proxy_password.reveal());
  if (user.has_rules) out.texts("rules", user.rules);
  out.texts("auto_hostnames", user.auto_hostnames);
  write_if_any(out, "session_id", user.session_id);
  write_if_any(out, "target_geo", user.target_geo);
  write_if_any(out, "connection_id", user.connection_id);
  out.end_object();
  return out.take();
}

}  // namespace aluvia::config
