#include "child_process.hpp"

#include "base/logger.hpp"
#include "base/number.hpp"
#include "base/posix.hpp"
#include "base/secret.hpp"
#include "core_dumps.hpp"
#include "descriptor_limit.hpp"
#include "exit_status.hpp"
#include "standard_streams.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace aluvia::app {
namespace {

constexpr int by_signal = 128;

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

std::vector<int> open_descriptors() {
  std::vector<int> out;
  DIR* const folder = ::opendir("/proc/self/fd");
  if (!folder) return out;
  while (const dirent* const entry = ::readdir(folder)) {
    const auto number = static_cast<int>(parse_number<unsigned>(entry->d_name).value_or(0));
    if (number > STDERR_FILENO && number != ::dirfd(folder)) out.push_back(number);
  }
  ::closedir(folder);
  std::ranges::sort(out);
  return out;
}

std::vector<std::string> environment_with(const Variables& variables) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text(*entry);
    const bool replaced = std::ranges::any_of(
        variables, [name = text.substr(0, text.find('='))](const auto& one) { return one.first == name; });
    if (!replaced) out.emplace_back(text);
  }
  for (const auto& [name, value] : variables) out.push_back(name + '=' + value);
  return out;
}

std::vector<const char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<const char*> out;
  for (const std::string& text : texts) out.push_back(text.c_str());
  out.push_back(nullptr);
  return out;
}

ChildEnd told(const std::string& command, int error) {
  const bool missing = error == ENOENT;
  const std::string name = printable(command);
  complain(internal_error,
           missing ? fmt::format("{} cannot be found", name)
                   : fmt::format("{} cannot be run: {}", name, std::generic_category().message(error)));
  return {missing ? command_not_found : cannot_run_command, false};
}

}  // namespace

ChildPlace::ChildPlace() : inherited_(open_descriptors()) {
  ::signal(SIGCHLD, SIG_DFL);  // the parent may have left it ignored, and then no status is kept
  const sigset_t set = set_of({SIGCHLD});
  pthread_sigmask(SIG_BLOCK, &set, &mask_);
}

ChildEnd ChildPlace::run(const std::vector<std::string>& command, Variables variables,
                         const std::function<void()>& on_usr1) {
  // Allocates before the fork, because in the child another thread's lock of the allocator is never released.
  auto environment = environment_with(variables);
  const auto environment_pointers = pointers_to(environment);
  const auto command_pointers = pointers_to(command);
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return told(command[0], errno);
  const int parent = ::getpid();
  const int child = ::fork();
  if (child == 0) become(command_pointers.data(), environment_pointers.data(), report[1], parent);
  const int fork_error = errno;
  ::close(report[1]);
  int error = 0;
  if (child > 0) retry_on_eintr([&] { return ::read(report[0], &error, sizeof error); });
  ::close(report[0]);
  std::ranges::for_each(environment, wipe);
  for (auto& [name, value] : variables) wipe(value);
  if (child < 0) return told(command[0], fork_error);
  const int status = attend(child, on_usr1);
  return error == 0 ? ChildEnd{status, true} : told(command[0], error);
}

// Runs in the child, between fork and exec: system calls only.
void ChildPlace::become(const char* const* command, const char* const* environment, int report,
                        int parent) const noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(cannot_run_command);  // the parent died before prctl() took effect
  unsigned first = STDERR_FILENO + 1;
  for (const int kept : inherited_) {
    const auto number = static_cast<unsigned>(kept);
    if (number > first) ::close_range(first, number - 1, CLOSE_RANGE_CLOEXEC);
    first = number + 1;
  }
  ::close_range(first, ~0U, CLOSE_RANGE_CLOEXEC);
  restore_core_limit();
  restore_descriptor_limit();
  ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
  ::execvpe(command[0], const_cast<char* const*>(command), const_cast<char* const*>(environment));
  const int error = errno;
  (void)!::write(report, &error, sizeof error);
  ::_exit(cannot_run_command);
}

int ChildPlace::attend(int child, const std::function<void()>& on_usr1) const {
  const sigset_t set = set_of({SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCHLD});
  for (;;) {
    // Checks before every wait, because several ended children may raise one signal.
    int status = 0;
    const int ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return WIFSIGNALED(status) ? by_signal + WTERMSIG(status) : WEXITSTATUS(status);
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&set, &info);
    if (signal == SIGUSR1) {
      on_usr1();
      continue;
    }
    const bool from_terminal = signal == SIGINT && info.si_code == SI_KERNEL;
    if (signal > 0 && signal != SIGCHLD && !from_terminal) ::kill(child, signal);
  }
}

}  // namespace aluvia::app
