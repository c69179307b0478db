// Finds the user API token among the options, the environment and the credentials of a service manager.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "option_values.hpp"

#include <string>

namespace aluvia::app {

struct FoundToken {
  Secret token;           ///< empty: no token
  std::string name;       ///< for errors: OptionValue::name, or "the file PATH"
  std::string path;       ///< of the file; empty: not from a file
  std::string warning{};  ///< about the file, one line; empty: none
};

/// Finds the token in the first of: --token, --token-file, ALUVIA_TOKEN, ALV_USER_TOKEN, ALUVIA_TOKEN_FILE,
/// the configuration file's token and token-file, $CREDENTIALS_DIRECTORY/aluvia-token. Drops white space
/// around it. The error is one line without the token.
Result<FoundToken, std::string> find_token(const OptionValues& values);

/// Returns "give it with --token, --token-file or ALUVIA_TOKEN".
std::string ways_to_give_a_token();

}  // namespace aluvia::app
