// What an answer of the API means: a reply or a failure in, a new configuration, "unchanged" or a problem
// out. Pure: no thread, no clock, no logger.
#pragma once

#include "api/user_api.hpp"
#include "base/result.hpp"
#include "config/edit.hpp"
#include "config/user_network_config.hpp"
#include "config/user_response.hpp"
#include "control/config_manager.hpp"
#include "control/poll_schedule.hpp"

#include <chrono>
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

/// A 200 that says something new. The snapshot in it has the next version.
struct Changed {
  Known now;
};

/// A 304, or a 200 with the configuration that is known already.
struct Unchanged {
  std::optional<std::string> etag;  ///< the one to use from now on, where it is to be replaced
};

struct Problem {
  InitError error;    ///< `message` is one line for people, without secrets
  std::string state;  ///< equal for two problems that need not be told twice
  PollOutcome outcome = PollOutcome::failed;
  std::optional<std::chrono::seconds> retry_after;
  std::string claim_url;  ///< with 402, where the API named one
};

using Answer = std::variant<Changed, Unchanged, Problem>;

enum class Asked { configuration, change };

/// Wipes the reply's body. `known` is null before the first success. Words of others that end in a message or
/// a warning have lost the token, and the gateway's credentials of `known`. A 304 answers no change.
Answer understand(Result<api::ApiReply, api::ApiFailure> result, const Known* known,
                  const ControlOptions& options, Asked asked = Asked::configuration);

/// The snapshot of a user, with the gateway of the options. No secret is left in its warnings, which quote
/// rules.
config::Snapshot make_snapshot(const config::UserResponse& user, const ControlOptions& options,
                               const std::vector<std::string>& local_rules, std::string etag,
                               std::uint64_t version);

/// What a problem means for somebody who asked for a change.
config::ChangeError change_error(const Problem& problem);

}  // namespace aluvia::control
