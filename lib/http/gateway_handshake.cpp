// The grammar of a CONNECT through the gateway.
//
//   request  = "CONNECT" SP authority SP "HTTP/1.1" CRLF "Host:" SP authority CRLF
//              [ "Proxy-Authorization:" SP credentials CRLF ]          (RFC 9110 §9.3.6, §11.7.2)
//              [ "Connection: close" CRLF ] CRLF                       (RFC 9931)
//   response = *( 1xx head ) final head                                (RFC 9110 §15.2)
//
// Deviation: a 101 is an error, because no upgrade was requested. The caller maps a status to a response for
// the client.
#include "http/gateway_handshake.hpp"

namespace aluvia::http {
namespace {

// Limit of all 1xx heads and the final one together, so that a gateway cannot send 1xx responses forever.
constexpr std::size_t max_bytes = 16UL * 1024;

constexpr std::string_view too_large = "the gateway's answer to CONNECT is too large";

}  // namespace

SecretString GatewayHandshake::request(const Authority& authority, std::string_view authorization,
                                       Behind behind) {
  constexpr std::size_t others = 96 + 2 * sizeof("[]:65535");
  SecretString out;
  out.reserve(others + 2 * authority.host.size() + authorization.size());
  out.append("CONNECT ");
  authority.append_to(out);
  out.append(" HTTP/1.1\r\nHost: ");
  authority.append_to(out);
  out.append("\r\n");
  if (!authorization.empty()) out.append("Proxy-Authorization: ").append(authorization).append("\r\n");
  if (behind == Behind::early_bytes) out.append("Connection: close\r\n");
  out.append("\r\n");
  return out;
}

Progress GatewayHandshake::read(std::string_view bytes) {
  while (true) {
    const Progress answer = reader_.read(bytes.substr(skipped_));
    if (answer.is_wrong()) return answer;
    if (answer.needs_more()) return bytes.size() < max_bytes ? answer : Progress::wrong(502, too_large);
    const std::size_t end = skipped_ + answer.consumed();
    if (end > max_bytes) return Progress::wrong(502, too_large);
    if (status() == 101) return Progress::wrong(502, "the gateway answers CONNECT with 101");
    if (status() >= 200) return Progress::done(end);
    skipped_ = end;
    reader_.reset();
  }
}

}  // namespace aluvia::http
