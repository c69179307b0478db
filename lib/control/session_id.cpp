#include "control/session_id.hpp"

#include <algorithm>
#include <random>
#include <string_view>

namespace aluvia::control {

std::string make_session_id() {
  static constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> index(0, alphabet.size() - 1);
  std::string id(16, '\0');
  std::generate(id.begin(), id.end(), [&] { return alphabet[index(random)]; });
  return id;
}

}  // namespace aluvia::control
