#include "http/trailer_fields.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace aluvia::http {
namespace {

constexpr std::array<std::string_view, 12> framing_or_hop{"Transfer-Encoding",
                                                          "Content-Length",
                                                          "Host",
                                                          "Trailer",
                                                          "Connection",
                                                          "Proxy-Connection",
                                                          "Keep-Alive",
                                                          "TE",
                                                          "Upgrade",
                                                          "Proxy-Authenticate",
                                                          "Proxy-Authorization",
                                                          "Proxy-Authentication-Info"};

constexpr std::array<std::string_view, 14> others{
    "Authorization",    "WWW-Authenticate",  // authentication
    "Set-Cookie",       "Set-Cookie2",      "Cookie",
    "Cookie2",                                                // state
    "Content-Encoding", "Content-Type",     "Content-Range",  // content
    "Content-Language", "Content-Location", "Content-Disposition",
    "Max-Forwards",     "Proxy-Status"};  // routing

template <std::size_t size>
bool contains(const std::array<std::string_view, size>& names, std::string_view name) noexcept {
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view other) { return ascii::equals_ignoring_case(name, other); });
}

}  // namespace

bool is_framing_or_hop_trailer(std::string_view name) noexcept {
  return contains(framing_or_hop, name);
}

bool is_forbidden_trailer(std::string_view name) noexcept {
  return contains(framing_or_hop, name) || contains(others, name);
}

}  // namespace aluvia::http
