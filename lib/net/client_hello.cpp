#include "net/client_hello.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace aluvia::net {
namespace {

constexpr std::size_t record_header = 5;     // type, version of two bytes, length of two bytes
constexpr std::size_t message_header = 4;    // type, length of three bytes
constexpr std::uint8_t handshake_type = 22;  // ContentType.handshake
constexpr std::uint8_t client_hello = 1;     // HandshakeType.client_hello
constexpr std::size_t largest_record = 1UL << 14U;

constexpr ClientHelloScan other{ClientHelloScan::Kind::other, 0};

std::uint8_t byte_at(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<std::uint8_t>(bytes[at]);
}

// False where the bytes at `at`, maybe fewer than a header, begin no handshake record of TLS 1.x.
bool may_be_record(std::string_view bytes, std::size_t at) noexcept {
  const std::size_t there = bytes.size() - at;
  if (there > 0 && byte_at(bytes, at) != handshake_type) return false;
  if (there > 1 && byte_at(bytes, at + 1) != 3) return false;
  return there <= 2 || byte_at(bytes, at + 2) <= 4;
}

std::size_t record_length(std::string_view bytes, std::size_t at) noexcept {
  return (std::size_t{byte_at(bytes, at + 3)} << 8U) | byte_at(bytes, at + 4);
}

// The header of the message, which may be spread over records.
class MessageHeader {
 public:
  void take(std::string_view fragment) noexcept {
    const std::size_t count = std::min(fragment.size(), bytes_.size() - size_);
    std::copy_n(fragment.begin(), count, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += count;
  }
  bool is_other() const noexcept {
    return size_ > 0 && static_cast<std::uint8_t>(bytes_.front()) != client_hello;
  }
  /// With the header itself.
  std::optional<std::size_t> message_size() const noexcept {
    if (size_ < bytes_.size()) return std::nullopt;
    const std::string_view bytes(bytes_.data(), bytes_.size());
    return message_header + ((std::size_t{byte_at(bytes, 1)} << 16U) |
                             (std::size_t{byte_at(bytes, 2)} << 8U) | byte_at(bytes, 3));
  }

 private:
  std::array<char, message_header> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace

ClientHelloScan scan_client_hello(std::string_view bytes) noexcept {
  MessageHeader header;
  std::size_t at = 0;       // of a record
  std::size_t message = 0;  // bytes of the message in the records before
  for (;;) {
    if (!may_be_record(bytes, at)) return other;
    if (bytes.size() - at < record_header) return {};
    const std::size_t length = record_length(bytes, at);
    const std::size_t end = at + record_header + length;
    if (length == 0 || length > largest_record || end > largest_client_hello) return other;
    header.take(bytes.substr(at + record_header, length));
    if (header.is_other()) return other;
    message += length;
    const auto size = header.message_size();
    if (size && (message > *size || *size > largest_client_hello)) return other;
    if (bytes.size() < end) return {};
    if (size && message == *size) return {ClientHelloScan::Kind::whole, end};
    at = end;
  }
}

}  // namespace aluvia::net
