#include "net/reserve_descriptor.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace aluvia::net {

void ReserveDescriptor::release() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void ReserveDescriptor::refill() noexcept {
  const int before = errno;
  if (descriptor_ < 0) descriptor_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  errno = before;
}

bool tells_lack_of_descriptors(int error) noexcept {
  return error == EMFILE || error == ENFILE;
}

bool is_descriptor_left() noexcept {
  const int probe = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (probe < 0) return !tells_lack_of_descriptors(errno);
  ::close(probe);
  return true;
}

}  // namespace aluvia::net
