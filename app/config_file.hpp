// Parses a configuration file: `option = value` lines, # and ; comments, quotes, lists in brackets. Does not
// check the options.
//
//   file    = *( blank / comment / entry )
//   entry   = name [ "=" ( values / list ) ] [ comment ]        a name alone means "true"
//   values  = value *( separator value )                        separated by commas or spaces
//   list    = "[" [ values ] "]"                                may span lines, with comments in it
//   value   = DQUOTE *( char / "\" DQUOTE ) DQUOTE / "'" *char "'" / bare
//   bare    = characters except white space, commas and "#", and in a list except "]"
//   comment = "#" to the end of the line; ";" at the beginning of one
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace aluvia::app {

struct ConfigEntry {
  std::string name;
  std::vector<std::string> values;
  std::size_t line = 0;   ///< from 1
  bool has_value = true;  ///< false for a name alone
};

struct ConfigFile {
  std::vector<ConfigEntry> entries;  ///< in order; values may be secret
  bool is_readable_by_all = false;   ///< a plain file that every user of the machine may read
};

/// Reads the file. The error is one line, "PATH:LINE: reason" for an invalid line; it never repeats the
/// contents of the file.
Result<ConfigFile, std::string> read_config_file(const std::string& path);

}  // namespace aluvia::app
