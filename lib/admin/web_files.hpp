// The files of the page, which the build compresses and puts into the program: style, script and icon.
#pragma once

#include "admin/answer.hpp"
#include "http/head.hpp"

#include <span>
#include <string_view>

namespace aluvia::admin {

struct WebFile {
  std::string_view name;
  std::string_view text;
  std::string_view gzip;  ///< the same, compressed (RFC 1952)
  std::string_view etag;  ///< changes with the text; with quotes
};

/// The build makes this list of lib/admin/web (web/embed.cmake).
std::span<const WebFile> web_files();

/// Returns the text of a file. Precondition: it exists.
std::string_view web_text(std::string_view name);

/// Returns the file, compressed for a client that accepts gzip, or 304 for one that has it. `fields` are
/// those of the request; null: none.
Answer web_answer(std::string_view name, const http::Fields* fields);

}  // namespace aluvia::admin
