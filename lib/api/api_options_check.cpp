#include "api/api_options_check.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace aluvia::api {

// RFC 6750 §2.1 allows fewer characters still; what could break or forge a field is refused here, and the
// rest is the API's to judge.
std::string token_error(const Secret& token) {
  const auto text = token.reveal();
  if (text.empty()) return "the API token is empty";
  const bool fits = std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  return fits ? ""
              : "the API token has a space, control or non-ASCII character in it: check how it was copied";
}

std::string connection_id_error(const std::string& id) {
  static constexpr std::size_t most_digits = 20;
  const bool fits = id.size() <= most_digits && std::all_of(id.begin(), id.end(), ascii::is_digit);
  return fits ? "" : "a connection id is a number";
}

std::string ca_error(const std::string& path) {
  if (path.empty()) return "";
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  // Unlike a buffer's iterator, the operator turns an error while reading, as of a folder, into a state.
  content << file.rdbuf();
  if (!file || file.bad()) return "the CA file " + path + " cannot be read";
  const std::string text = content.str();
  const bool pem = text.find("-----BEGIN CERTIFICATE-----") != std::string::npos ||
                   text.find("-----BEGIN TRUSTED CERTIFICATE-----") != std::string::npos;
  return pem ? "" : "the CA file " + path + " holds no certificate in PEM form";
}

}  // namespace aluvia::api
