// A name server on loopback whose answers a test scripts, over UDP and TCP on one port. It speaks just enough
// of RFC 1035 for questions of one name, and for answers that are right, wrong, or missing.
#pragma once

#include "loop/asio.hpp"
#include "net/endpoint.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <asio/ip/udp.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>

namespace aluvia::test {

enum class DnsType : std::uint16_t { a = 1, cname = 5, aaaa = 28 };
enum class DnsStatus : std::uint16_t { no_error = 0, server_failure = 2, name_error = 3, refused = 5 };

struct DnsQuestion {
  std::uint16_t id = 0;
  std::string name;
  DnsType type = DnsType::a;
  bool over_tcp = false;
  asio::ip::udp::endpoint from;  ///< over UDP
  std::string wire;              ///< the question section as it came
};

/// One message of an answer, built in the order of its parts.
class DnsMessage {
 public:
  explicit DnsMessage(const DnsQuestion& question) : question_(question) {}

  DnsMessage& address(const std::string& text, std::uint32_t ttl = 60) {
    const net::Address address = asio::ip::make_address(text);
    const DnsType type = address.is_v4() ? DnsType::a : DnsType::aaaa;
    if (type != question_.type) return *this;  // of the other family: not what was asked for
    return record(type, ttl, bytes_of(address));
  }
  /// The name is an alias; the addresses that follow are the other name's.
  DnsMessage& alias(const std::string& canonical, std::uint32_t ttl) {
    record(DnsType::cname, ttl, wire_name(canonical));
    owner_ = wire_name(canonical);
    return *this;
  }
  DnsMessage& status(DnsStatus status) {
    flags_ = static_cast<std::uint16_t>(flags_ | static_cast<std::uint16_t>(status));
    return *this;
  }
  DnsMessage& truncated() {
    flags_ |= 0x0200;
    return *this;
  }
  DnsMessage& id(std::uint16_t other) {
    question_.id = other;
    return *this;
  }
  /// An answer to another question than was asked.
  DnsMessage& about(const std::string& other) {
    question_.wire = wire_name(other) + question_.wire.substr(question_.wire.size() - 4);
    return *this;
  }
  /// The records that follow are those of another name; in wire form, so that it may be nonsense.
  DnsMessage& owned_by(std::string other) {
    owner_ = std::move(other);
    return *this;
  }
  /// Nothing behind so many bytes is sent.
  DnsMessage& cut_at(std::size_t size) {
    most_ = size;
    return *this;
  }

  std::string wire() const {
    const std::string all =
        u16(question_.id) + u16(flags_) + u16(1) + u16(count_) + u16(0) + u16(0) + question_.wire + records_;
    return all.substr(0, most_);
  }

  static std::string u16(unsigned value) {
    return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
  }

  static std::string wire_name(std::string name) {
    std::string out;
    while (!name.empty()) {
      const std::string label = name.substr(0, name.find('.'));
      out.push_back(static_cast<char>(label.size()));
      out += label;
      name.erase(0, label.size() + 1);
    }
    return out + '\0';
  }

 private:
  DnsMessage& record(DnsType type, std::uint32_t ttl, const std::string& data) {
    records_ += owner_ + u16(static_cast<std::uint16_t>(type)) + u16(1) + u16(ttl >> 16) + u16(ttl & 0xffff) +
                u16(static_cast<unsigned>(data.size())) + data;
    ++count_;
    return *this;
  }
  static std::string bytes_of(const net::Address& address) {
    std::string out;
    const auto append = [&](const auto& bytes) {
      for (const unsigned char byte : bytes) out.push_back(static_cast<char>(byte));
    };
    if (address.is_v4()) append(address.to_v4().to_bytes());
    if (address.is_v6()) append(address.to_v6().to_bytes());
    return out;
  }

  DnsQuestion question_;
  std::uint16_t flags_ = 0x8180;  // response, recursion desired and available
  unsigned count_ = 0;
  std::string owner_ = "\xc0\x0c";  // a pointer to the question's name
  std::string records_;
  std::size_t most_ = std::string::npos;
};

class DnsServer {
 public:
  /// The messages to send, in their order; none: silence.
  using Script = std::function<std::vector<DnsMessage>(const DnsQuestion&)>;

  DnsServer(loop::Loop& loop, Script script)
      : loop_(loop), script_(std::move(script)), udp_(loop), tcp_(loop) {
    bind_both();
    receive();
    accept();
  }

  /// As ResolverOptions::servers wants it.
  std::string servers() const { return "127.0.0.1:" + std::to_string(udp_.local_endpoint().port()); }
  std::size_t times_asked(const std::string& name, DnsType type) const {
    return static_cast<std::size_t>(std::count_if(
        asked.begin(), asked.end(), [&](const DnsQuestion& q) { return q.name == name && q.type == type; }));
  }
  std::size_t times_asked(const std::string& name) const {
    return times_asked(name, DnsType::a) + times_asked(name, DnsType::aaaa);
  }
  /// Sends an answer that the script did not give, over UDP.
  void answer(const DnsMessage& message, const asio::ip::udp::endpoint& to) {
    std::error_code ignored;
    udp_.send_to(asio::buffer(message.wire()), to, 0, ignored);
  }
  /// Answers now what was asked until now.
  void answer_late(const Script& script) {
    for (const DnsQuestion& question : asked) {
      for (const DnsMessage& message : script(question)) answer(message, question.from);
    }
  }
  void say(Script script) { script_ = std::move(script); }

  std::vector<DnsQuestion> asked;

 private:
  struct Connection {
    explicit Connection(asio::ip::tcp::socket accepted) : socket(std::move(accepted)) {}
    asio::ip::tcp::socket socket;
    std::array<char, 1024> room{};
    std::string in;
  };

  // The same port number must be free for both protocols.
  void bind_both() {
    const asio::ip::address_v4 host = asio::ip::address_v4::loopback();
    for (int attempt = 0; attempt < 100; ++attempt) {
      udp_ = asio::ip::udp::socket(loop_, {host, 0});
      tcp_ = asio::ip::tcp::acceptor(loop_);
      tcp_.open(asio::ip::tcp::v4());
      std::error_code taken;
      tcp_.bind({host, udp_.local_endpoint().port()}, taken);
      if (taken) continue;
      tcp_.listen();
      return;
    }
    FAIL("no port is free for both UDP and TCP");
  }

  void receive() {
    udp_.async_receive_from(asio::buffer(room_), from_, [this](std::error_code error, std::size_t count) {
      if (error) return;
      for (const std::string& message : answers_to(std::string(room_.data(), count), false)) {
        std::error_code ignored;
        udp_.send_to(asio::buffer(message), from_, 0, ignored);
      }
      receive();
    });
  }

  void accept() {
    tcp_.async_accept([this](std::error_code error, asio::ip::tcp::socket socket) {
      if (error) return;
      connections_.emplace_back(std::move(socket));
      read(connections_.back());
      accept();
    });
  }

  void read(Connection& connection) {
    connection.socket.async_read_some(
        asio::buffer(connection.room), [this, &connection](std::error_code error, std::size_t count) {
          if (error) return;
          connection.in.append(connection.room.data(), count);
          while (connection.in.size() >= 2) {
            const std::size_t size = number(connection.in, 0);
            if (connection.in.size() < 2 + size) break;
            for (const std::string& message : answers_to(connection.in.substr(2, size), true)) {
              std::error_code ignored;
              asio::write(connection.socket,
                          asio::buffer(DnsMessage::u16(static_cast<unsigned>(message.size())) + message),
                          ignored);
            }
            connection.in.erase(0, 2 + size);
          }
          read(connection);
        });
  }

  static std::size_t number(const std::string& bytes, std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at]) << 8 |
                                    static_cast<unsigned char>(bytes[at + 1]));
  }

  std::vector<std::string> answers_to(const std::string& message, bool over_tcp) {
    DnsQuestion question;
    question.id = static_cast<std::uint16_t>(number(message, 0));
    question.over_tcp = over_tcp;
    question.from = from_;
    std::size_t at = 12;
    while (message[at] != 0) {
      const auto length = static_cast<std::size_t>(message[at]);
      if (!question.name.empty()) question.name += '.';
      question.name += message.substr(at + 1, length);
      at += 1 + length;
    }
    question.type = static_cast<DnsType>(number(message, at + 1));
    question.wire = message.substr(12, at + 5 - 12);
    asked.push_back(question);
    std::vector<std::string> out;
    for (const DnsMessage& answer : script_(question)) out.push_back(answer.wire());
    return out;
  }

  loop::Loop& loop_;
  Script script_;
  asio::ip::udp::socket udp_;
  asio::ip::tcp::acceptor tcp_;
  asio::ip::udp::endpoint from_;
  std::array<char, 1024> room_{};
  std::list<Connection> connections_;
};

}  // namespace aluvia::test
