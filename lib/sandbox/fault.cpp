#include "sandbox/fault.hpp"

namespace aluvia::sandbox {

std::optional<Fault> FaultSwitch::take() {
  if (!fault_) return std::nullopt;
  std::optional<Fault> due = fault_;
  if (fault_->times) {
    if (*fault_->times == 0) due.reset();
    if (*fault_->times <= 1) {
      fault_.reset();
    } else {
      --*fault_->times;
    }
  }
  return due;
}

}  // namespace aluvia::sandbox
