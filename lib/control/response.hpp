// Interprets a response of the API as a new configuration, an unchanged one or an error. Uses no thread,
// clock or logger.
#pragma once

#include "api/user_api.hpp"
#include "base/result.hpp"
#include "config/api_error.hpp"
#include "config/user_network_config.hpp"
#include "config/user_response.hpp"
#include "control/config_manager.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace aluvia::control {

/// The last good configuration: the user as the API sent it, and the snapshot made of it.
struct Known {
  config::UserResponse user;
  config::Snapshot snapshot;
  std::string etag;  ///< of the last 200, also if the snapshot did not change; empty: none
};

/// A 200 with a new configuration; its snapshot has the next version.
struct Changed {
  Known now;
};

/// A 304, or a 200 with the known configuration.
struct Unchanged {
  std::optional<std::string> etag;  ///< replaces the known one if it has a value
};

using Response = std::variant<Changed, Unchanged, config::ApiError>;

enum class Asked { configuration, change };

/// Interprets the result of a call. `known` is null before the first success. Removes the token and the
/// gateway's credentials from texts of the API or a library. A 304 to a change is an error.
Response interpret(Result<api::ApiReply, config::ApiError> result, const Known* known,
                   const ControlOptions& options, Asked asked = Asked::configuration);

/// Makes the snapshot of a user with the gateway of the options. Removes secrets from its warnings, which
/// quote rules.
config::Snapshot make_snapshot(const config::UserResponse& user, const ControlOptions& options,
                               const std::vector<std::string>& local_rules, policy::SharedPolicy policy,
                               std::string etag, std::uint64_t version);

}  // namespace aluvia::control
