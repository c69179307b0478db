#include "config/control_status.hpp"

namespace aluvia::config {

std::string_view trouble(const ControlStatus& status) noexcept {
  if (status.error) return code(status.error->kind);
  return status.last_poll_at ? "none" : "starting";
}

}  // namespace aluvia::config
