#include "sandbox/dns_server.hpp"

#include "base/ascii.hpp"

#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

namespace aluvia::sandbox {
namespace {

using asio::ip::udp;

asio::ip::address_v4 loopback() {
  return asio::ip::address_v4::loopback();
}

DnsReply reply_of(const DnsAnswer& answer, bool over_tcp) {
  DnsReply reply;
  reply.code = answer.outcome == DnsOutcome::nxdomain ? 3 : answer.outcome == DnsOutcome::servfail ? 2 : 0;
  reply.truncated = answer.truncated_over_udp && !over_tcp;
  reply.ttl = answer.ttl;
  for (const std::string& text : answer.addresses) {
    std::error_code error;
    const auto address = asio::ip::make_address(text, error);
    if (!error) reply.addresses.push_back(address);
  }
  return reply;
}

std::string forged_reply(DnsQuery query) {
  query.id = static_cast<std::uint16_t>(query.id ^ 0x5555);
  DnsReply reply;
  reply.addresses.push_back(asio::ip::make_address("192.0.2.66"));
  return write_dns_reply(query, reply);
}

std::chrono::milliseconds delay_of(const DnsAnswer& answer, const DnsQuery& query) {
  return answer.delay + (query.type == 28 ? answer.aaaa_delay : std::chrono::milliseconds(0));
}

// A port that is free for TCP may be taken for UDP, and vice versa.
std::uint16_t find_free_port(asio::io_context& context) {
  for (int attempt = 0;; ++attempt) {
    const tcp::acceptor stream(context, tcp::endpoint(loopback(), 0));
    const std::uint16_t port = stream.local_endpoint().port();
    udp::socket datagrams(context, udp::v4());
    std::error_code error;
    datagrams.bind(udp::endpoint(loopback(), port), error);
    if (!error || attempt == 20) return port;
  }
}

}  // namespace

DnsAnswer default_dns_answer(std::string_view name) {
  DnsAnswer answer;
  const std::string_view first = name.substr(0, name.find('.'));
  if (name == "invalid" || name.ends_with(".invalid")) {
    answer.outcome = DnsOutcome::nxdomain;
  } else if (first == "silent") {
    answer.outcome = DnsOutcome::silent;
  } else if (first == "servfail") {
    answer.outcome = DnsOutcome::servfail;
  } else {
    answer.addresses.emplace_back("127.0.0.1");
  }
  return answer;
}

DnsServer::DnsServer(asio::io_context& context, std::uint16_t port, RecordBook& book, TaskSet& tasks)
    : book_(book),
      tasks_(tasks),
      tcp_(context, port == 0 ? find_free_port(context) : port, nullptr),
      udp_(context, udp::endpoint(loopback(), tcp_.port())) {}

void DnsServer::start() {
  tasks_.spawn(serve_udp());
  tcp_.start(tasks_, [this](Wire& wire) { return serve_tcp(wire); });
}

void DnsServer::set(std::string_view name, DnsAnswer answer) {
  answers_.insert_or_assign(ascii::to_lower(name), std::move(answer));
}

DnsAnswer DnsServer::look_up(const DnsQuery& query, bool over_tcp) {
  SeenQuery seen{query.name, query.type, over_tcp};
  book_.change([&](Record& record) { record.queries.push_back(std::move(seen)); });
  const auto found = answers_.find(query.name);
  return found == answers_.end() ? default_dns_answer(query.name) : found->second;
}

asio::awaitable<void> DnsServer::serve_udp() {
  std::vector<char> message(4096);
  for (;;) {
    std::error_code error;
    udp::endpoint client;
    const auto size = co_await udp_.async_receive_from(asio::buffer(message), client,
                                                       asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      // An ICMP error of an earlier answer, most likely.
      co_await pause(std::chrono::milliseconds(1));
      continue;
    }
    auto query = parse_dns_query(std::string_view(message.data(), size));
    if (query) tasks_.spawn(answer_udp(std::move(*query), client));
  }
}

asio::awaitable<void> DnsServer::answer_udp(DnsQuery query, udp::endpoint client) {
  const DnsAnswer answer = look_up(query, false);
  if (answer.outcome == DnsOutcome::silent) co_return;
  if (const auto delay = delay_of(answer, query); delay.count() > 0) co_await pause(delay);
  std::error_code ignored;
  if (answer.wrong_id_first) {
    const std::string forged = forged_reply(query);
    co_await udp_.async_send_to(asio::buffer(forged), client,
                                asio::redirect_error(asio::use_awaitable, ignored));
  }
  const std::string reply = write_dns_reply(query, reply_of(answer, false));
  co_await udp_.async_send_to(asio::buffer(reply), client,
                              asio::redirect_error(asio::use_awaitable, ignored));
}

// Serves messages with a length of two bytes in front (RFC 1035 §4.2.2).
asio::awaitable<void> DnsServer::serve_tcp(Wire& wire) {
  for (;;) {
    const std::string_view text = wire.text();
    const std::size_t size = text.size() < 2
                                 ? 0
                                 : static_cast<std::size_t>(static_cast<std::uint8_t>(text[0]) << 8 |
                                                            static_cast<std::uint8_t>(text[1]));
    if (text.size() < 2 || text.size() - 2 < size) {
      const bool more = co_await wire.fill();
      if (!more) co_return;
      continue;
    }
    const auto query = parse_dns_query(text.substr(2, size));
    wire.consume(2 + size);
    if (!query) co_return;
    const DnsAnswer answer = look_up(*query, true);
    if (answer.outcome == DnsOutcome::silent) continue;
    if (const auto delay = delay_of(answer, *query); delay.count() > 0) co_await pause(delay);
    const std::string reply = write_dns_reply(*query, reply_of(answer, true));
    const std::string framed{static_cast<char>(reply.size() >> 8), static_cast<char>(reply.size() & 0xFF)};
    const std::string all = framed + reply;
    const std::error_code failed = co_await wire.stream().write(all);
    if (failed) co_return;
  }
}

}  // namespace aluvia::sandbox
