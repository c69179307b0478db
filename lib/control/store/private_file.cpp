#include "control/store/private_file.hpp"

#include "base/logger.hpp"
#include "base/posix.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aluvia::control {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { (void)close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const noexcept { return number_; }
  bool close() noexcept { return number_ < 0 || ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

std::string fault(const std::string& path, std::string_view what) {
  return fmt::format("{} cannot be {}: {}", printable(path), what, std::generic_category().message(errno));
}

std::string file_error(const std::string& path, const struct stat& facts) {
  if (!S_ISREG(facts.st_mode)) return printable(path) + " is no plain file";
  if (facts.st_uid != ::geteuid()) return printable(path) + " belongs to another user";
  if ((facts.st_mode & 077) != 0) return printable(path) + " is open to other users: its mode must be 0600";
  return {};
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = retry_on_eintr([&] { return ::write(file, text.data(), text.size()); });
    if (n < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

// O_NONBLOCK, because opening a pipe would wait for its writer.
Result<std::optional<SecretString>, std::string> read_private_file(const std::string& path,
                                                                   std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.number() < 0 && errno == ENOENT) return std::optional<SecretString>();
  if (file.number() < 0 && errno == ELOOP) return Err{printable(path) + " is a symbolic link"};
  if (file.number() < 0) return Err{fault(path, "read")};
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0) return Err{fault(path, "read")};
  if (auto error = file_error(path, facts); !error.empty()) return Err{std::move(error)};
  // One byte more than expected shows a file that is too long or grows.
  SecretString text(std::min(static_cast<std::size_t>(facts.st_size), limit) + 1, '\0');
  std::size_t size = 0;
  ssize_t n = 1;
  while (n > 0 && size < text.size()) {
    n = retry_on_eintr([&] { return ::read(file.number(), text.data() + size, text.size() - size); });
    if (n > 0) size += static_cast<std::size_t>(n);
  }
  if (n >= 0 && size <= limit) {
    text.resize(size);
    return std::optional<SecretString>(std::move(text));
  }
  return Err{n < 0 ? fault(path, "read") : fmt::format("{} is longer than {} bytes", printable(path), limit)};
}

Result<void, std::string> replace_private_file(const std::string& path, std::string_view text) {
  std::string temporary = path + ".XXXXXX";
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (file.number() < 0) return Err{fault(path, "written")};
  const bool written = write_all(file.number(), text) && ::fsync(file.number()) == 0 && file.close() &&
                       ::rename(temporary.c_str(), path.c_str()) == 0;
  if (written) return {};
  auto why = fault(path, "written");
  ::unlink(temporary.c_str());
  return Err{std::move(why)};
}

}  // namespace aluvia::control
