// The generated parts of the manual page and docs/options.md. The handwritten parts are in
// the templates beside this file.
#pragma once

#include "command_text.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aluvia::man {

/// Those of a command that are neither run's nor shared by all that ask or change a running proxy.
std::vector<app::OptionText> own_options(const app::CommandText& command);

/// Returns the text for a template's line `@@ NAME`, or nothing if there is no such section.
using Section = std::optional<std::string>;

/// mdoc: "command NAME", "options NAME" (its own), "run options", "shared options", "exit statuses",
/// "variables".
Section manual_section(std::string_view name);

/// Markdown: "markdown options", a table for each group of options. A configuration file: "config example".
Section options_page_section(std::string_view name);

}  // namespace aluvia::man
