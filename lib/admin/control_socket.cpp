#include "admin/control_socket.hpp"

#include "admin/control_folder.hpp"
#include "admin/control_session.hpp"

#include <utility>

namespace aluvia::admin {
namespace {

constexpr std::size_t most_sessions = 64;

}  // namespace

Result<std::unique_ptr<ControlSocket>, std::string> ControlSocket::open(loop::Loop& loop,
                                                                        const std::string& path,
                                                                        ControlApi api, Logger logger) {
  auto listener = net::LocalListener::open(loop, path);
  if (!listener) return Err{std::move(listener.error())};
  if (const auto folder = ControlFolder::open(path.substr(0, path.rfind('/')))) folder->remove_dead();
  return std::unique_ptr<ControlSocket>(
      new ControlSocket(loop, std::move(*listener), std::move(api), std::move(logger)));
}

ControlSocket::ControlSocket(loop::Loop& loop, std::unique_ptr<net::LocalListener> listener, ControlApi api,
                             Logger logger)
    : api_(std::move(api)),
      logger_(std::move(logger)),
      listener_(std::move(listener)),
      tasks_(loop, [this](const char* task, const std::string& what) {
        logger_.error({"task_failed", {{"task", task}, {"error", what}}}, "a {} ended by {}", task, what);
      }) {}

void ControlSocket::start() {
  listener_->start([this](net::Socket socket, bool same_user) {
    if (tasks_.size() >= most_sessions) return;  // closes it
    tasks_.spawn("control session", serve(std::move(socket), same_user));
  });
}

loop::Task<void> ControlSocket::serve(net::Socket socket, bool same_user) {
  ControlSession session(api_, std::move(socket));
  co_await session.run(same_user);
}

void ControlSocket::stop(std::function<void()> stopped) {
  listener_->close();
  tasks_.cancel_all();
  tasks_.when_empty(std::move(stopped));
}

}  // namespace aluvia::admin
