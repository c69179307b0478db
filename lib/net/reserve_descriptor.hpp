// A file descriptor held in reserve for when the process or the system has no other left.
#pragma once

namespace aluvia::net {

class ReserveDescriptor {
 public:
  ReserveDescriptor() noexcept { refill(); }
  ~ReserveDescriptor() { release(); }
  ReserveDescriptor(const ReserveDescriptor&) = delete;
  ReserveDescriptor& operator=(const ReserveDescriptor&) = delete;

  /// Gives it up, so that one descriptor is free.
  void release() noexcept;
  /// Takes it again where it was given up, as far as there is one to be had. Leaves errno alone.
  void refill() noexcept;

 private:
  int descriptor_ = -1;
};

/// The errors of socket(2) and accept(2) for that: EMFILE and ENFILE.
bool tells_lack_of_descriptors(int error) noexcept;

/// Tries whether a descriptor can be opened now: for libraries that do not say why they failed.
bool is_descriptor_left() noexcept;

}  // namespace aluvia::net
