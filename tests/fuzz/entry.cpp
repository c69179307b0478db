// One target as a libFuzzer program; which one, the build says.
#include "target.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  aluvia::fuzz::ALUVIA_FUZZ_TARGET({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
