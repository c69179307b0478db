#include "exit_status.hpp"

#include <array>

#include <fmt/format.h>

namespace aluvia::app {
namespace {

constexpr std::array meanings{
    ExitMeaning{success, "success"},
    ExitMeaning{bad_usage, "bad usage: unknown option, missing token, bad value"},
    ExitMeaning{api_unavailable, "the API cannot be reached or answers an error"},
    ExitMeaning{internal_error, "an internal error: please report it"},
    ExitMeaning{cannot_listen, "cannot listen on the port"},
    ExitMeaning{cannot_print, "cannot write to stdout or to the file of --ready-file"},
    ExitMeaning{bad_api_answer, "the response of the API is not valid"},
    ExitMeaning{token_refused, "the API rejects the token"},
};

}  // namespace

std::span<const ExitMeaning> exit_meanings() {
  return meanings;
}

std::string exit_help() {
  std::string out = "Exit status:";
  for (const ExitMeaning& one : meanings) out += fmt::format("\n  {:<4}{}", int{one.status}, one.text);
  return out;
}

}  // namespace aluvia::app
