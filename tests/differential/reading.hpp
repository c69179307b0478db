// What a reader made of the first message in some bytes, in a form that two readers can be compared in:
// fields with the white space around their values taken off, minor versions above 1 as 1, bodies without
// their chunks.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aluvia::differential {

enum class Verdict {
  message,  ///< a whole message
  more,     ///< not whole yet, or never: the connection ended inside it
  refused,
};

struct Reading {
  Verdict verdict = Verdict::more;
  std::string start;  ///< method and target, or status and reason, and the version
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  std::size_t consumed = 0;  ///< bytes of the message; what follows belongs to the next one
  std::string why;           ///< refused: in the reader's own words; not compared
};

enum class Kind { request, response };

/// The rooms of http/, one after the other, as proxy/ uses them; a response is read as the answer to a GET.
Reading read_ours(Kind kind, std::string_view bytes);
/// Debian's libhttp-parser, strict as it is by default.
Reading read_theirs(Kind kind, std::string_view bytes);

/// Readings that mean the same make the same text, however the refusal was worded.
std::string describe(const Reading& reading);

}  // namespace aluvia::differential
