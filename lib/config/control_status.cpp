#include "config/control_status.hpp"

namespace aluvia::config {

std::string_view to_text(ControlStatus::Trouble trouble) noexcept {
  using Trouble = ControlStatus::Trouble;
  switch (trouble) {
    case Trouble::none:
      return "none";
    case Trouble::starting:
      return "starting";
    case Trouble::token_refused:
      return "token_refused";
    case Trouble::payment_required:
      return "payment_required";
    case Trouble::rate_limited:
      return "rate_limited";
    case Trouble::unreachable:
      return "unreachable";
    case Trouble::api_error:
      return "api_error";
    case Trouble::bad_answer:
      return "bad_answer";
  }
  return "none";
}

}  // namespace aluvia::config
