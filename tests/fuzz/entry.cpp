// Builds one target as a libFuzzer program; the build selects it.
#include "target.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  aluvia::fuzz::ALUVIA_FUZZ_TARGET({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
