// Fresh session ids.
#pragma once

#include <string>

namespace aluvia::control {

/// 16 random lower-case letters and digits: what the API takes as a session_id, and never the same twice.
std::string make_session_id();

}  // namespace aluvia::control
