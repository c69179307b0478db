// Where the token comes from.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "given_options.hpp"

#include <string>

namespace aluvia::app {

struct FoundToken {
  Secret token;           ///< empty where there is none
  std::string source;     ///< as Given::source, or the file
  std::string path;       ///< of the file, where it came from one
  std::string warning{};  ///< about the file, one line; empty: none
};

/// --token, --token-file, ALUVIA_TOKEN, ALV_USER_TOKEN, ALUVIA_TOKEN_FILE, the configuration file's token and
/// token-file, $CREDENTIALS_DIRECTORY/aluvia-token. White space around it is dropped. The error is one line
/// without the token.
Result<FoundToken, std::string> find_token(const GivenOptions& given);

}  // namespace aluvia::app
