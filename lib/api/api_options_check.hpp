// What can be said about a token and a CA file before anything is sent.
#pragma once

#include "base/secret.hpp"

#include <string>

namespace aluvia::api {

/// One sentence, or empty where the token can stand in a header field. Never quotes it.
std::string token_error(const Secret& token);

/// One sentence, or empty where `id` is empty or can stand in a path: digits, as many as a 64-bit number has.
std::string connection_id_error(const std::string& id);

/// One sentence, or empty where `path` is empty or names a readable PEM file with a certificate in it.
std::string ca_error(const std::string& path);

}  // namespace aluvia::api
