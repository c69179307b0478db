#include "config/user_encoding.hpp"

#include "base/secret.hpp"

#include <rapidjson/writer.h>

namespace aluvia::config {
namespace {

// Grows without leaving the old buffer's bytes in freed memory.
struct WipingStream {
  using Ch = char;

  void Put(char c) {
    if (text.size() == text.capacity()) {
      std::string larger;
      larger.reserve(2 * text.capacity() + 1024);
      larger.append(text);
      wipe(text);
      text.swap(larger);
    }
    text.push_back(c);
  }
  void Flush() {}

  std::string text;
};

using Writer = rapidjson::Writer<WipingStream>;

void write(Writer& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write(Writer& writer, const char* name, const std::vector<std::string>& list) {
  writer.Key(name);
  writer.StartArray();
  for (const std::string& text : list) write(writer, text);
  writer.EndArray();
}

void write(Writer& writer, const char* name, const std::optional<std::string>& text) {
  if (!text) return;
  writer.Key(name);
  write(writer, *text);
}

}  // namespace

std::string encode_user(const UserResponse& user) {
  WipingStream stream;
  Writer writer(stream);
  writer.StartObject();
  writer.Key("proxy_username");
  write(writer, user.proxy_username.reveal());
  writer.Key("proxy_password");
  write(writer, user.proxy_password.reveal());
  if (user.has_rules) write(writer, "rules", user.rules);
  write(writer, "auto_hostnames", user.auto_hostnames);
  write(writer, "session_id", user.session_id);
  write(writer, "target_geo", user.target_geo);
  write(writer, "connection_id", user.connection_id);
  writer.EndObject();
  return std::move(stream.text);
}

}  // namespace aluvia::config
