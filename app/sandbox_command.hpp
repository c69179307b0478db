// `aluvia-connect sandbox`: runs an emulated Aluvia in the foreground until a signal ends it.
#pragma once

#include "option_text.hpp"

#include <string>
#include <vector>

namespace aluvia::app {

/// Returns the exit status: 0 after SIGINT or SIGTERM, 73 when a port cannot be bound or the CA file cannot
/// be written. `arguments` without program name and command. Must be called before other threads run, because
/// it blocks these signals to wait for them.
int sandbox_command(const std::vector<std::string>& arguments);

/// Returns the options of `sandbox`, in the order of help.
std::vector<OptionText> sandbox_option_texts();

/// The rules of an emulated account that is given none: example.com and the names below it take the gateway.
std::vector<std::string> default_rules();

}  // namespace aluvia::app
