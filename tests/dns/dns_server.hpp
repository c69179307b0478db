// A name server on loopback whose answers a test scripts, over UDP and TCP on one port. It speaks just enough
// of RFC 1035 for questions of one name, and for answers that are right, wrong, or missing.
#pragma once

#include "loop/loop.hpp"
#include "net/endpoint.hpp"
#include "net/listener.hpp"
#include "net/stream.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <asio/ip/udp.hpp>
#include <catch2/catch.hpp>
#include <sys/socket.h>

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

  DnsServer(loop::Loop& loop, Script script) : loop_(loop), script_(std::move(script)) {
    bind_both();
    readable_.then = [this] { receive(); };
    udp_->wait(loop::Want::read, readable_);
    tcp_->start(
        {[this](net::Socket socket) { accept(std::move(socket)); }, [](const net::Socket&) {}, nullptr});
  }

  /// As ResolverOptions::servers wants it.
  std::string servers() const { return "127.0.0.1:" + std::to_string(tcp_->local_endpoint().port()); }
  std::size_t times_asked(const std::string& name, DnsType type) const {
    return static_cast<std::size_t>(std::count_if(
        asked.begin(), asked.end(), [&](const DnsQuestion& q) { return q.name == name && q.type == type; }));
  }
  std::size_t times_asked(const std::string& name) const {
    return times_asked(name, DnsType::a) + times_asked(name, DnsType::aaaa);
  }
  /// Sends an answer that the script did not give, over UDP.
  void answer(const DnsMessage& message, const asio::ip::udp::endpoint& to) { send(message.wire(), to); }
  /// Answers now what was asked until now.
  void answer_late(const Script& script) {
    for (const DnsQuestion& question : asked) {
      for (const DnsMessage& message : script(question)) answer(message, question.from);
    }
  }
  void say(Script script) { script_ = std::move(script); }

  std::vector<DnsQuestion> asked;

 private:
  struct Readable final : loop::Waiter {
    void on_event(std::error_code error) override {
      if (!error) then();
    }
    std::function<void()> then;
  };
  struct Connection {
    explicit Connection(net::Socket accepted) : stream(std::move(accepted)) {}
    net::Stream stream;
    Readable readable;
    std::string in;
  };

  // The same port number must be free for both protocols.
  void bind_both() {
    for (int attempt = 0; attempt < 100 && !tcp_; ++attempt) {
      const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      REQUIRE(descriptor >= 0);
      udp_.emplace(loop_.get_executor(), descriptor);
      asio::ip::udp::endpoint own(asio::ip::address_v4::loopback(), 0);
      auto size = static_cast<socklen_t>(own.size());
      REQUIRE(::bind(descriptor, own.data(), size) == 0);
      REQUIRE(::getsockname(descriptor, own.data(), &size) == 0);
      if (auto listener = net::Listener::open(loop_, own.address(), own.port())) tcp_ = std::move(*listener);
    }
    if (!tcp_) FAIL("no port is free for both UDP and TCP");
  }

  void send(const std::string& message, const asio::ip::udp::endpoint& to) {
    ::sendto(udp_->native_handle(), message.data(), message.size(), 0, to.data(),
             static_cast<socklen_t>(to.size()));
  }

  void receive() {
    std::array<char, 1024> bytes{};
    auto size = static_cast<socklen_t>(from_.capacity());
    for (;;) {
      const ssize_t got =
          ::recvfrom(udp_->native_handle(), bytes.data(), bytes.size(), 0, from_.data(), &size);
      if (got < 0) return udp_->wait(loop::Want::read, readable_);
      const std::string question(bytes.data(), static_cast<std::size_t>(got));
      for (const std::string& message : answers_to(question, false)) send(message, from_);
    }
  }

  void accept(net::Socket socket) {
    Connection& connection = connections_.emplace_back(std::move(socket));
    connection.readable.then = [this, &connection] { read(connection); };
    connection.stream.wait(loop::Want::read, connection.readable);
  }

  void read(Connection& connection) {
    std::array<char, 1024> bytes{};
    net::IoResult got = connection.stream.try_read(bytes);
    for (; got.status == net::IoResult::Status::moved; got = connection.stream.try_read(bytes)) {
      connection.in.append(bytes.data(), got.bytes);
      answer_all(connection);
    }
    if (got.status == net::IoResult::Status::blocked) connection.stream.wait(got.want, connection.readable);
  }

  void answer_all(Connection& connection) {
    while (connection.in.size() >= 2) {
      const std::size_t size = number(connection.in, 0);
      if (connection.in.size() < 2 + size) return;
      for (const std::string& message : answers_to(connection.in.substr(2, size), true)) {
        const std::string framed = DnsMessage::u16(static_cast<unsigned>(message.size())) + message;
        connection.stream.try_write(std::span<const char>(framed));
      }
      connection.in.erase(0, 2 + size);
    }
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
  std::optional<net::Socket> udp_;
  Readable readable_;
  std::unique_ptr<net::Listener> tcp_;
  asio::ip::udp::endpoint from_;
  std::list<Connection> connections_;
};

}  // namespace aluvia::test
