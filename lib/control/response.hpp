// Interprets a response of the API: a reply or an error in, a new configuration, "unchanged" or an error out.
// Pure: no thread, no clock, no logger.
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

/// The last good configuration: as the API sent it, and the snapshot made of it.
struct Known {
  config::UserResponse user;
  config::Snapshot snapshot;
  std::string etag;  ///< of the last 200, also where the snapshot stayed; empty where it had none
};

/// A 200 with a new configuration. Its snapshot has the next version.
struct Changed {
  Known now;
};

/// A 304, or a 200 with the configuration that is known already.
struct Unchanged {
  std::optional<std::string> etag;  ///< replaces the known one, where it has a value
};

using Response = std::variant<Changed, Unchanged, config::ApiError>;

enum class Asked { configuration, change };

/// `known` is null before the first success. Text of the API or of a library that ends in a message or a
/// warning has lost the token, and the gateway's credentials of `known`. A 304 answers no change.
Response interpret(Result<api::ApiReply, config::ApiError> result, const Known* known,
                   const ControlOptions& options, Asked asked = Asked::configuration);

/// The snapshot of a user, with the gateway of the options. No secret is left in its warnings, which quote
/// rules.
config::Snapshot make_snapshot(const config::UserResponse& user, const ControlOptions& options,
                               const std::vector<std::string>& local_rules, std::string etag,
                               std::uint64_t version);

}  // namespace aluvia::control
