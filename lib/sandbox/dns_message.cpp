#include "sandbox/dns_message.hpp"

#include "base/ascii.hpp"

namespace aluvia::sandbox {
namespace {

constexpr std::size_t header_size = 12;
constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_aaaa = 28;

std::uint16_t read16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[at]) << 8 |
                                    static_cast<std::uint8_t>(bytes[at + 1]));
}

void put16(std::string& out, std::uint32_t value) {
  out += static_cast<char>(value >> 8 & 0xFF);
  out += static_cast<char>(value & 0xFF);
}

/// Returns the offset behind the name, 0 if it does not parse. Queries hold no compressed names.
std::size_t read_name(std::string_view message, std::string& name) {
  std::size_t at = header_size;
  while (at < message.size()) {
    const auto length = static_cast<std::uint8_t>(message[at++]);
    if (length == 0) return at;
    if (length > 63 || message.size() - at < length || name.size() + length > 254) return 0;
    if (!name.empty()) name += '.';
    name += ascii::to_lower(message.substr(at, length));
    at += length;
  }
  return 0;
}

template <class Bytes>
void put_record(std::string& out, const DnsQuery& query, std::uint32_t ttl, const Bytes& address) {
  put16(out, 0xC000 | header_size);  // the question's name
  put16(out, query.type);
  put16(out, 1);
  put16(out, ttl >> 16);
  put16(out, ttl);
  put16(out, static_cast<std::uint32_t>(address.size()));
  for (const unsigned char byte : address) out += static_cast<char>(byte);
}

bool answers(const DnsQuery& query, const asio::ip::address& address) {
  return query.type == (address.is_v4() ? type_a : type_aaaa);
}

}  // namespace

std::optional<DnsQuery> parse_dns_query(std::string_view message) {
  if (message.size() < header_size || read16(message, 4) != 1) return std::nullopt;
  const std::uint16_t flags = read16(message, 2);
  if ((flags & 0xF800) != 0) return std::nullopt;  // an answer, or another kind of operation
  DnsQuery query;
  query.id = read16(message, 0);
  query.recursion_desired = (flags & 0x0100) != 0;
  const std::size_t end = read_name(message, query.name);
  if (end == 0 || message.size() - end < 4) return std::nullopt;
  query.type = read16(message, end);
  query.question = message.substr(header_size, end + 4 - header_size);
  return query;
}

std::string write_dns_reply(const DnsQuery& query, const DnsReply& reply) {
  std::string records;
  std::uint16_t count = 0;
  for (const auto& address : reply.addresses) {
    if (reply.truncated || reply.code != 0 || !answers(query, address)) continue;
    if (address.is_v4()) put_record(records, query, reply.ttl, address.to_v4().to_bytes());
    if (address.is_v6()) put_record(records, query, reply.ttl, address.to_v6().to_bytes());
    ++count;
  }
  std::string out;
  put16(out, query.id);
  const std::uint32_t desired = query.recursion_desired ? 0x0100 : 0;
  put16(out, 0x8080U | desired | (reply.truncated ? 0x0200U : 0U) | reply.code);
  put16(out, 1);
  put16(out, count);
  put16(out, 0);
  put16(out, 0);
  return out + query.question + records;
}

}  // namespace aluvia::sandbox
