#include "passed_socket.hpp"

#include "base/logger.hpp"
#include "base/number.hpp"
#include "take_variable.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

struct Variables {
  std::string process;
  std::string count;
  std::string names;
};

Variables take_variables() {
  return {take_variable("LISTEN_PID"), take_variable("LISTEN_FDS"), take_variable("LISTEN_FDNAMES")};
}

std::optional<int> number(std::string_view text) {
  const auto value = parse_number<unsigned>(text);
  return value && std::in_range<int>(*value) ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

int option_of(int descriptor, int name) noexcept {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

// Returns the error of the descriptor and its remedy; empty if the socket can be used.
std::string socket_error(int descriptor) {
  const int family = option_of(descriptor, SO_DOMAIN);
  if (family < 0) return "is no socket; pass one with ListenStream=, such as ListenStream=127.0.0.1:54321";
  if (family == AF_UNIX) return "is a Unix socket; ListenStream= takes an address and a port here";
  if (family != AF_INET && family != AF_INET6) return "is no socket of TCP; set ListenStream=127.0.0.1:54321";
  if (option_of(descriptor, SO_TYPE) != SOCK_STREAM)
    return "is not for TCP; use ListenStream= instead of ListenDatagram=";
  if (option_of(descriptor, SO_PROTOCOL) != IPPROTO_TCP) return "is not for TCP; leave SocketProtocol= out";
  if (option_of(descriptor, SO_ACCEPTCONN) != 1) return "does not listen; set Accept=no";
  return {};
}

Result<PassedSocket, std::string> checked(int descriptor, const std::string& name) {
  const std::string error = socket_error(descriptor);
  if (error.empty()) return PassedSocket(descriptor);
  return Err{
      fmt::format("the descriptor that was passed to this process (LISTEN_FDS{}) {}, in the .socket unit",
                  name.empty() ? "" : ", " + printable(name, 80), error)};
}

}  // namespace

PassedSocket::~PassedSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<PassedSocket, std::string> PassedSocket::take(int first) {
  const Variables variables = take_variables();
  if (number(variables.process) != ::getpid()) return PassedSocket();
  const auto count = number(variables.count);
  if (!count) return Err{fmt::format("LISTEN_FDS takes a number, not '{}'", printable(variables.count, 40))};
  if (*count == 0) return PassedSocket();
  if (*count > 1) {
    return Err{
        fmt::format("{} sockets were passed to this process (LISTEN_FDS, {}); it takes one: leave one "
                    "ListenStream= in the .socket unit",
                    *count, printable(variables.names, 80))};
  }
  ::fcntl(first, F_SETFD, FD_CLOEXEC);
  return checked(first, variables.names);
}

}  // namespace aluvia::app
