// Writes the output of commands to stdout and their one line of error to stderr. The log has needs of its
// own (stderr_sink.hpp).
#pragma once

#include "exit_status.hpp"

#include <string_view>

namespace aluvia::app {

/// A closed descriptor 0, 1 or 2 would be given to the next file or socket that is opened, and the log would
/// go into it. Fills the gaps, so that writing to a stdout that was closed still fails. Before anything is
/// opened.
void fill_closed_streams() noexcept;

/// Writes all of `text` to stdout. `success`, or `cannot_print` with the reason on stderr.
ExitStatus print(std::string_view text);

/// Writes "aluvia-connect: MESSAGE" to stderr as one line, waiting 200 ms at most for its reader, and
/// answers `status`.
ExitStatus complain(ExitStatus status, std::string_view message);

}  // namespace aluvia::app
