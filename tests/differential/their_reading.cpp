#include "reading.hpp"

#include <algorithm>

#include <http_parser.h>

namespace aluvia::differential {
namespace {

struct Session {
  Reading reading;
  std::string target;
  std::string reason;
  bool in_value = false;
  bool head_is_over = false;
  bool is_complete = false;
};

Session& session_of(http_parser* parser) {
  return *static_cast<Session*>(parser->data);
}

int on_url(http_parser* parser, const char* at, std::size_t size) {
  session_of(parser).target.append(at, size);
  return 0;
}

int on_status(http_parser* parser, const char* at, std::size_t size) {
  session_of(parser).reason.append(at, size);
  return 0;
}

// Trailers come by the same way; they are not compared.
int on_name(http_parser* parser, const char* at, std::size_t size) {
  Session& session = session_of(parser);
  if (session.head_is_over) return 0;
  auto& fields = session.reading.fields;
  if (fields.empty() || session.in_value) fields.emplace_back();
  session.in_value = false;
  fields.back().first.append(at, size);
  return 0;
}

int on_value(http_parser* parser, const char* at, std::size_t size) {
  Session& session = session_of(parser);
  if (session.head_is_over) return 0;
  session.in_value = true;
  session.reading.fields.back().second.append(at, size);
  return 0;
}

int on_head_end(http_parser* parser) {
  session_of(parser).head_is_over = true;
  return 0;
}

int on_body(http_parser* parser, const char* at, std::size_t size) {
  session_of(parser).reading.body.append(at, size);
  return 0;
}

// Stops here: what follows is the next message.
int on_end(http_parser* parser) {
  session_of(parser).is_complete = true;
  http_parser_pause(parser, 1);
  return 0;
}

http_parser_settings make_settings() {
  http_parser_settings settings{};
  settings.on_url = on_url;
  settings.on_status = on_status;
  settings.on_header_field = on_name;
  settings.on_header_value = on_value;
  settings.on_headers_complete = on_head_end;
  settings.on_body = on_body;
  settings.on_message_complete = on_end;
  return settings;
}

std::string trimmed(const std::string& value) {
  const auto last = value.find_last_not_of(" \t");
  return last == value.npos ? "" : value.substr(0, last + 1);
}

void fill(Reading& reading, const Session& session, const http_parser& parser, Kind kind) {
  reading.verdict = Verdict::message;
  reading.start =
      kind == Kind::request
          ? std::string(http_method_str(static_cast<http_method>(parser.method))) + " " + session.target
          : std::to_string(parser.status_code) + " " + session.reason;
  reading.start +=
      " " + std::to_string(parser.http_major) + "." + std::to_string(std::min<int>(parser.http_minor, 1));
  for (auto& [name, value] : reading.fields) value = trimmed(value);
}

}  // namespace

Reading read_theirs(Kind kind, std::string_view bytes) {
  Session session;
  http_parser parser{};
  http_parser_init(&parser, kind == Kind::request ? HTTP_REQUEST : HTTP_RESPONSE);
  parser.data = &session;
  const http_parser_settings settings = make_settings();
  session.reading.consumed = http_parser_execute(&parser, &settings, bytes.data(), bytes.size());
  // The connection ends here, and with it a body that nothing else ends.
  if (!session.is_complete && HTTP_PARSER_ERRNO(&parser) == HPE_OK && parser.upgrade == 0)
    http_parser_execute(&parser, &settings, nullptr, 0);
  const http_errno error = HTTP_PARSER_ERRNO(&parser);
  if (session.is_complete) {
    fill(session.reading, session, parser, kind);
  } else if (error != HPE_OK && error != HPE_INVALID_EOF_STATE) {
    session.reading.verdict = Verdict::refused;
    session.reading.why = http_errno_description(error);
  }
  return session.reading;
}

}  // namespace aluvia::differential
