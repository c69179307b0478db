#include "sandbox/websocket_frame.hpp"

#include "base/base64.hpp"
#include "sandbox/digest.hpp"

namespace aluvia::sandbox {
namespace {

constexpr std::uint64_t payload_limit = 16 * 1024 * 1024;

std::uint8_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

std::uint16_t fault_of(std::uint8_t first, std::uint8_t second) {
  const std::uint8_t opcode = first & 0x0F;
  const bool known = opcode <= 2 || (opcode >= 8 && opcode <= 10);
  const bool broken_control = opcode >= 8 && ((first & 0x80) == 0 || (second & 0x7F) > 125);
  return (first & 0x70) != 0 || !known || broken_control || (second & 0x80) == 0 ? 1002 : 0;
}

}  // namespace

WebSocketRead read_client_frame(std::string_view bytes) {
  if (bytes.size() < 2) return {};
  const std::uint8_t first = byte_at(bytes, 0);
  const std::uint8_t second = byte_at(bytes, 1);
  if (const auto fault = fault_of(first, second)) return {std::nullopt, fault};
  std::uint64_t length = second & 0x7F;
  const std::size_t extra = length == 126 ? 2U : length == 127 ? 8U : 0U;
  const std::size_t header = 2 + extra + 4;
  if (bytes.size() < header) return {};
  if (extra > 0) length = big_endian(bytes.substr(2, extra));
  if (length > payload_limit) return {std::nullopt, 1009};
  if (bytes.size() - header < length) return {};
  const std::string_view mask = bytes.substr(header - 4, 4);
  WebSocketFrame frame{(first & 0x80) != 0, static_cast<std::uint8_t>(first & 0x0F),
                       std::string(bytes.substr(header, static_cast<std::size_t>(length))),
                       header + static_cast<std::size_t>(length)};
  for (std::size_t i = 0; i < frame.payload.size(); ++i) {
    frame.payload[i] = static_cast<char>(byte_at(frame.payload, i) ^ byte_at(mask, i % 4));
  }
  return {std::move(frame), 0};
}

std::string server_frame(bool final_fragment, std::uint8_t opcode, std::string_view payload) {
  std::string out(1, static_cast<char>((final_fragment ? 0x80 : 0) | opcode));
  std::size_t length_bytes = 0;
  if (payload.size() < 126) {
    out += static_cast<char>(payload.size());
  } else {
    length_bytes = payload.size() <= 0xFFFF ? 2 : 8;
    out += static_cast<char>(length_bytes == 2 ? 126 : 127);
  }
  const auto size = static_cast<std::uint64_t>(payload.size());
  for (std::size_t i = length_bytes; i > 0; --i) out += static_cast<char>(size >> (8 * (i - 1)) & 0xFF);
  return out.append(payload);
}

std::string websocket_accept(std::string_view key) {
  return base64_encode(sha1(std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
}

}  // namespace aluvia::sandbox
