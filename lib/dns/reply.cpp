#include "dns/reply.hpp"

#include "net/addresses.hpp"
#include "net/error.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace aluvia::dns {
namespace {

constexpr std::size_t header_size = 12;
constexpr std::size_t longest_name = 255;  // bytes, RFC 1035 §2.3.4
// A pointer leads to an earlier place, and no name has more labels than this (RFC 9267 §2).
constexpr int most_pointers = 127;
constexpr std::chrono::seconds longest_ttl{300};

enum class Type : std::uint16_t { a = 1, cname = 5, aaaa = 28 };
constexpr std::uint16_t class_internet = 1;

/// A name in wire form without compression, letters in lower case; comparable.
class Name {
 public:
  bool append(std::uint8_t byte) noexcept {
    if (size_ == bytes_.size()) return false;
    bytes_[size_++] = byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte + 'a' - 'A') : byte;
    return true;
  }
  bool operator==(const Name& other) const noexcept {
    return size_ == other.size_ && std::equal(bytes_.begin(), bytes_.begin() + size_, other.bytes_.begin());
  }

 private:
  std::array<std::uint8_t, longest_name> bytes_{};
  std::size_t size_ = 0;
};

/// Reads forward through a message. Every read says whether the message had the bytes.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> message) noexcept : message_(message) {}

  bool skip(std::size_t count) noexcept {
    if (count > message_.size() - at_) return false;
    at_ += count;
    return true;
  }
  bool number(std::uint16_t& out) noexcept {
    if (message_.size() - at_ < 2) return false;
    out = static_cast<std::uint16_t>(message_[at_] << 8 | message_[at_ + 1]);
    at_ += 2;
    return true;
  }
  bool number(std::uint32_t& out) noexcept {
    std::uint16_t high = 0;
    std::uint16_t low = 0;
    if (!number(high) || !number(low)) return false;
    out = static_cast<std::uint32_t>(high) << 16 | low;
    return true;
  }
  std::span<const std::uint8_t> take(std::size_t count) noexcept {
    const auto out = message_.subspan(at_, count);
    at_ += count;
    return out;
  }
  std::size_t left() const noexcept { return message_.size() - at_; }

  // RFC 1035 §4.1.4. Pointers lead backwards only, so that a name ends.
  bool name(Name& out) noexcept {
    out = Name();
    std::size_t place = at_;
    bool has_jumped = false;
    int pointers = 0;
    for (;;) {
      if (place >= message_.size()) return false;
      const std::uint8_t length = message_[place];
      if ((length & 0xC0) == 0xC0) {
        if (message_.size() - place < 2 || ++pointers > most_pointers) return false;
        const std::size_t target = static_cast<std::size_t>(length & 0x3F) << 8 | message_[place + 1];
        if (target >= place) return false;
        if (!has_jumped) at_ = place + 2;
        has_jumped = true;
        place = target;
        continue;
      }
      if (length > 63 || message_.size() - place < length + 1U) return false;
      for (std::size_t i = 0; i <= length; ++i) {
        if (!out.append(i == 0 ? length : message_[place + i])) return false;
      }
      place += length + 1U;
      if (length == 0) break;
    }
    if (!has_jumped) at_ = place;
    return true;
  }

 private:
  std::span<const std::uint8_t> message_;
  std::size_t at_ = 0;
};

struct Record {
  Name owner;
  std::uint16_t type = 0;
  std::uint16_t type_class = 0;
  std::chrono::seconds ttl{0};
  std::uint16_t size = 0;  // of the data, which stands at the reader
};

bool read_record(Reader& reader, Record& out) noexcept {
  std::uint32_t ttl = 0;
  if (!reader.name(out.owner) || !reader.number(out.type) || !reader.number(out.type_class) ||
      !reader.number(ttl) || !reader.number(out.size) || out.size > reader.left()) {
    return false;
  }
  // RFC 2181 §8: a time to live with its highest bit set is zero.
  out.ttl = std::chrono::seconds(ttl > 0x7FFFFFFF ? 0 : ttl);
  return true;
}

std::optional<net::Address> address_of(Type type, std::span<const std::uint8_t> data) {
  if (type == Type::a && data.size() == 4) {
    return asio::ip::address_v4({data[0], data[1], data[2], data[3]});
  }
  if (type == Type::aaaa && data.size() == 16) {
    asio::ip::address_v6::bytes_type bytes;
    std::copy(data.begin(), data.end(), bytes.begin());
    return asio::ip::address_v6(bytes);
  }
  return std::nullopt;
}

/// Reads the answer section; false where the message breaks its format.
bool read_answers(Reader& reader, Name wanted, unsigned count, Type type, DnsAnswer& out) {
  for (; count > 0; --count) {
    Record record;
    if (!read_record(reader, record)) return false;
    const bool is_used = record.type_class == class_internet && record.owner == wanted;
    if (is_used && record.type == static_cast<std::uint16_t>(Type::cname)) {
      Reader target = reader;
      if (!target.name(wanted) || reader.left() - target.left() > record.size) return false;
      out.ttl = std::min(out.ttl, record.ttl);
    }
    const auto data = reader.take(record.size);
    if (!is_used || record.type != static_cast<std::uint16_t>(type)) continue;
    const auto address = address_of(type, data);
    if (!address) return false;
    out.addresses.push_back(*address);
    out.ttl = std::min(out.ttl, record.ttl);
  }
  return true;
}

bool read_message(Reader& reader, Type type, DnsAnswer& out) {
  std::uint16_t questions = 0;
  std::uint16_t answers = 0;
  Name asked;
  if (reader.left() < header_size) return false;
  reader.skip(4);  // id and flags, which c-ares has compared
  if (!reader.number(questions) || !reader.number(answers) || questions != 1) return false;
  reader.skip(4);
  if (!reader.name(asked) || !reader.skip(4)) return false;
  return read_answers(reader, asked, answers, type, out);
}

bool may_be_rejected(const net::Address& address) {
  return net::is_private(address) || net::is_metadata(address);
}

}  // namespace

void limit_addresses(std::vector<net::Address>& addresses) {
  if (addresses.size() <= most_addresses) return;
  std::stable_partition(addresses.begin(), addresses.end(), may_be_rejected);
  addresses.resize(most_addresses);
  addresses.shrink_to_fit();
}

DnsAnswer read_dns_reply(std::span<const std::uint8_t> message, Family family) {
  Reader reader(message);
  DnsAnswer out;
  out.ttl = longest_ttl;
  if (!read_message(reader, family == Family::v4 ? Type::a : Type::aaaa, out)) {
    out.addresses.clear();
    out.error = net::NetError::dns_failure;
    return out;
  }
  limit_addresses(out.addresses);
  if (out.addresses.empty()) out.error = net::NetError::name_not_found;
  return out;
}

}  // namespace aluvia::dns
