// The result of reading the first message of some bytes, in a form that is comparable between two readers:
// fields without white space around their values, minor versions above 1 as 1, bodies without chunks.
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

/// Reads with lib/http in the order of lib/proxy; a response is read as that to a GET.
Reading read_ours(Kind kind, std::string_view bytes);
/// Reads with Debian's libhttp-parser in its strict default mode.
Reading read_theirs(Kind kind, std::string_view bytes);

/// Returns equal texts for equal results; the wording of an error is not compared.
std::string describe(const Reading& reading);

}  // namespace aluvia::differential
