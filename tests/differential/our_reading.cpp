#include "http/body_meter.hpp"
#include "http/chunk_reader.hpp"
#include "http/framing.hpp"
#include "http/head.hpp"
#include "http/target.hpp"
#include "reading.hpp"

namespace aluvia::differential {
namespace {

void refuse(Reading& reading, const http::ParseError& error) {
  reading.verdict = Verdict::refused;
  reading.why = error.why;
}

// Everything that a request has to pass before it is served.
Result<http::Framing, http::ParseError> judge(const http::RequestHead& head) {
  if (const auto target = http::parse_target(head); !target) return Err{target.error()};
  if (const auto host = http::check_host_fields(head); !host) return Err{host.error()};
  return http::request_framing(head);
}

Result<http::Framing, http::ParseError> judge(const http::ResponseHead& head) {
  return http::response_framing(head, "GET");
}

std::string start_of(const http::RequestHead& head) {
  return std::string(head.method) + " " + std::string(head.target) + " 1." + std::to_string(head.minor);
}

std::string start_of(const http::ResponseHead& head) {
  return std::to_string(head.status) + " " + std::string(head.reason) + " 1." + std::to_string(head.minor);
}

std::string data_of(std::string body, http::BodyKind kind, http::ChunkReader::Sender sender) {
  if (kind != http::BodyKind::chunked) return body;
  http::ChunkReader reader(sender);
  body.resize(reader.strip({body.data(), body.size()}).data);
  return body;
}

void read_body(Reading& reading, std::string_view rest, http::Framing framing,
               http::ChunkReader::Sender sender) {
  http::BodyMeter meter(framing, sender);
  const http::Progress progress = meter.measure(rest);
  if (progress.is_wrong()) return refuse(reading, progress.error());
  if (meter.at_end().is_wrong()) return;
  const std::size_t size = progress.is_done() ? progress.consumed() : rest.size();
  reading.body = data_of(std::string(rest.substr(0, size)), framing.kind, sender);
  reading.consumed += size;
  reading.verdict = Verdict::message;
}

template <class Reader>
Reading read(std::string_view bytes, http::ChunkReader::Sender sender) {
  Reading reading;
  Reader reader;
  const http::Progress progress = reader.read(bytes);
  if (progress.is_wrong()) refuse(reading, progress.error());
  if (!progress.is_done()) return reading;
  const auto framing = judge(reader.head());
  if (!framing) {
    refuse(reading, framing.error());
    return reading;
  }
  reading.start = start_of(reader.head());
  for (const auto& field : reader.head().fields) reading.fields.emplace_back(field.name, field.value);
  reading.consumed = progress.consumed();
  read_body(reading, bytes.substr(progress.consumed()), *framing, sender);
  return reading;
}

}  // namespace

Reading read_ours(Kind kind, std::string_view bytes) {
  return kind == Kind::request ? read<http::RequestHeadReader>(bytes, http::ChunkReader::Sender::client)
                               : read<http::ResponseHeadReader>(bytes, http::ChunkReader::Sender::server);
}

}  // namespace aluvia::differential
