#include "control_connection.hpp"

#include "base/number.hpp"
#include "base/posix.hpp"

#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace aluvia::app {
namespace {

constexpr std::size_t most_answer = 64 * 1024 * 1024;

}  // namespace

ControlConnection ControlConnection::to_loopback(std::uint16_t port, std::chrono::milliseconds patience) {
  net::OwnedDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return {};
  const timeval time{patience.count() / 1000, patience.count() % 1000 * 1000};
  ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  ::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected =
      ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  return connected ? ControlConnection(std::move(socket)) : ControlConnection();
}

std::optional<Reply> ControlConnection::ask(std::uint16_t port, std::string_view method,
                                            std::string_view target, std::string_view body, Want want,
                                            std::chrono::milliseconds patience) const {
  const auto end_of_patience = std::chrono::steady_clock::now() + patience;
  const std::string head =
      fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAccept: {}\r\nContent-Length: {}\r\n\r\n", method,
                  target, port, want == Want::json ? "application/json" : "text/plain", body.size());
  // Ignores errors, because the proxy may reject a request before all of it is sent: the response counts.
  (void)(send(head) && send(body));
  const std::string answer = read_to_end(end_of_patience);
  const auto end = answer.find("\r\n\r\n");
  const auto status = answer.starts_with("HTTP/1.1 ")
                          ? parse_number<unsigned>(std::string_view(answer).substr(9, 3))
                          : std::nullopt;
  if (end == std::string::npos || !status) return std::nullopt;
  return Reply{static_cast<int>(*status), answer.substr(0, end), answer.substr(end + 4)};
}

bool ControlConnection::send(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t sent =
        retry_on_eintr([&] { return ::send(socket_.number(), text.data(), text.size(), MSG_NOSIGNAL); });
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string ControlConnection::read_to_end(std::chrono::steady_clock::time_point end) const {
  std::string out;
  char piece[16 * 1024];
  while (out.size() < most_answer && std::chrono::steady_clock::now() < end) {
    const ssize_t got = retry_on_eintr([&] { return ::recv(socket_.number(), piece, sizeof piece, 0); });
    if (got <= 0) break;
    out.append(piece, static_cast<std::size_t>(got));
  }
  return out;
}

}  // namespace aluvia::app
