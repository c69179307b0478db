#include "http/method.hpp"

#include <algorithm>
#include <array>

namespace aluvia::http {

bool is_idempotent(std::string_view method) noexcept {
  static constexpr std::array<std::string_view, 6> methods{"GET",   "HEAD", "OPTIONS",
                                                           "TRACE", "PUT",  "DELETE"};
  return std::ranges::find(methods, method) != methods.end();
}

}  // namespace aluvia::http
