// Writes the output of commands to stdout and their error line to stderr. stderr_sink.hpp writes the log.
#pragma once

#include "exit_status.hpp"

#include <string_view>

namespace aluvia::app {

/// Opens /dev/null for closed descriptors 0, 1 and 2, which the next opened file or socket would get
/// otherwise, and with it the log. Writing to a stdout that was closed still fails. Must be called before any
/// file is opened.
void fill_closed_streams() noexcept;

/// Writes all of `text` to stdout. Returns `success`, or `cannot_print` with the reason on stderr.
ExitStatus print(std::string_view text);

/// Writes all of `text` to stdout. Returns 0, or the errno of the failure.
int write_output(std::string_view text) noexcept;

/// As print(), with colored headings on a terminal.
ExitStatus print_help(std::string_view text);

/// Writes a line to stderr. Waits at most 200 ms for the reader of stderr, and drops the line if none reads.
void print_error(std::string_view line) noexcept;

/// Writes "aluvia-connect: MESSAGE" to stderr, by print_error(), and returns `status`. It is one line; on a
/// terminal it is wrapped.
ExitStatus complain(ExitStatus status, std::string_view message);

}  // namespace aluvia::app
