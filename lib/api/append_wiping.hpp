// Gathers text that holds secrets.
#pragma once

#include "base/secret.hpp"

#include <algorithm>
#include <string>

namespace aluvia::api {

/// Appends, and where the buffer must grow wipes the old one: no copy of `body` is left behind in freed
/// memory.
inline void append_wiping(std::string& body, const char* data, std::size_t size) {
  if (body.size() + size > body.capacity()) {
    std::string larger;
    larger.reserve(std::max(2 * body.capacity(), body.size() + size));
    larger.append(body);
    wipe(body);
    body.swap(larger);
  }
  body.append(data, size);
}

}  // namespace aluvia::api
