#include "admin/control_folder.hpp"

#include "admin/socket_path.hpp"
#include "base/number.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace aluvia::admin {
namespace {

constexpr std::size_t most_examined = 256;

// The port whose socket has exactly this name; nothing for 08080.sock and all other files.
std::optional<std::uint16_t> port_of(const std::string& name) {
  const auto port = parse_number<std::uint16_t>(std::string_view(name).substr(0, name.find('.')));
  return port && *port != 0 && name == socket_name(*port) ? port : std::nullopt;
}

}  // namespace

Result<ControlFolder, net::FolderError> ControlFolder::open() {
  return open(socket_folder());
}

Result<ControlFolder, net::FolderError> ControlFolder::open(const std::string& path) {
  auto folder = net::PrivateFolder::open(path, net::PrivateFolder::IfAbsent::fail);
  if (!folder) return Err{std::move(folder.error())};
  return ControlFolder(std::move(*folder));
}

std::vector<std::uint16_t> ControlFolder::ports() const {
  std::vector<std::uint16_t> out;
  for (const std::string& name : folder_.names()) {
    if (const auto port = port_of(name)) out.push_back(*port);
  }
  std::ranges::sort(out);
  return out;
}

Result<net::LocalConnection, net::ConnectError> ControlFolder::connect(std::uint16_t port,
                                                                       std::chrono::seconds patience) const {
  return net::connect_local(folder_, socket_name(port), patience);
}

// No proxy's socket has its name before it listens (net::LocalListener), so none is removed that is about to.
void ControlFolder::remove_dead() const {
  std::vector<std::uint16_t> some = ports();
  some.resize(std::min(some.size(), most_examined));
  for (const std::uint16_t port : some) {
    const auto connected = connect(port, std::chrono::seconds::zero());
    if (connected || connected.error().kind != net::ConnectError::Kind::dead) continue;
    ::unlinkat(folder_.descriptor(), socket_name(port).c_str(), 0);
  }
}

}  // namespace aluvia::admin
