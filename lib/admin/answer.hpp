// An answer of the proxy's own, as a value, and how it is written. No answer may be read by another site's
// page, or shown inside one; only the files of the page may be kept by a browser.
#pragma once

#include "base/secret_string.hpp"

#include <string_view>
#include <utility>

namespace aluvia::admin {

struct Answer {
  Answer(int code, std::string_view media_type, SecretString text)
      : status(code), type(media_type), body(std::move(text)) {}
  Answer(int code, std::string_view media_type, std::string_view text)
      : Answer(code, media_type, SecretString(text)) {}

  int status;
  std::string_view type;         ///< a literal
  SecretString body;             ///< may be a URL with a password
  std::string_view allow{};      ///< methods, with 405
  std::string_view challenge{};  ///< what credentials are asked for, with 401
  std::string_view encoding{};   ///< of the body; a literal
  std::string_view etag{};       ///< with quotes; the browser may keep the answer, and asks before each use
  bool is_repeated = false;      ///< a page asks for it again and again: the connection is worth keeping
};

inline constexpr std::string_view plain_text = "text/plain; charset=utf-8";
inline constexpr std::string_view json_text = "application/json";
inline constexpr std::string_view csv_text = "text/csv; charset=utf-8; header=present";
inline constexpr std::string_view html_text = "text/html; charset=utf-8";

/// The form of an answer: text for people, or JSON.
enum class Format { json, text };

/// One line of text.
Answer line(int status, std::string_view sentence);

enum class Body { sent, left_out };
enum class Ending { close, keep };

/// The whole message; `left_out` answers HEAD. It says in `Connection` if the connection ends.
SecretString render(const Answer& answer, Body body = Body::sent, Ending ending = Ending::close);

}  // namespace aluvia::admin
