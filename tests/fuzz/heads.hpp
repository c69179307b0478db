// Checks for request and response heads: whole input and pieces give the same result, all views point into
// the input, and bytes behind the end have no influence.
#pragma once

#include "http/characters.hpp"
#include "http/head.hpp"
#include "target.hpp"

#include <algorithm>
#include <string>

namespace aluvia::fuzz {

/// The final result of a reader, comparable.
struct Reading {
  http::Progress::Kind kind;
  std::size_t consumed;
  int status;
  std::string_view why;

  explicit Reading(const http::Progress& progress)
      : kind(progress.kind()),
        consumed(progress.is_done() ? progress.consumed() : 0),
        status(progress.is_wrong() ? progress.error().status : 0),
        why(progress.is_wrong() ? progress.error().why : std::string_view{}) {}
  friend bool operator==(const Reading&, const Reading&) = default;
};

/// Gives the reader the bytes from the front again and again, a piece more each time and always elsewhere.
template <class Reader>
Reading read_in_pieces(Reader& reader, std::string_view input, Pieces pieces) {
  Reading last(http::Progress::need_more());
  for (std::size_t size = 0; size < input.size() && last.kind == http::Progress::Kind::need_more;) {
    size = std::min(size + pieces.next(), input.size());
    const Copy part(input.substr(0, size));
    last = Reading(reader.read(part.view()));
    require(last.consumed <= size, "no more is consumed than was given");
  }
  return last;
}

inline bool is_clean(std::string_view value) {
  return std::none_of(value.begin(), value.end(), http::detail::is_control);
}

inline void check_fields(const http::Fields& fields, std::string_view home) {
  for (const http::Field& field : fields) {
    require(http::is_token(field.name), "a field name is a token");
    require(is_clean(field.value), "a field value holds no control character");
    require(field.value == http::detail::trim_ows(field.value), "a field value has no white space around it");
    require(field.name.data() >= home.data() &&
                field.value.data() + field.value.size() <= home.data() + home.size(),
            "views lie inside the head");
  }
}

inline bool ends_in_blank_line(std::string_view bytes, const http::RequestHead& /*head*/) {
  return bytes.ends_with("\r\n\r\n");
}

/// The lines of a response may end in LF alone.
inline bool ends_in_blank_line(std::string_view bytes, const http::ResponseHead& /*head*/) {
  return bytes.ends_with("\n\r\n") || bytes.ends_with("\n\n");
}

/// Everything about reading itself; false where `input` does not begin with a head.
template <class Reader>
bool check_reading(std::string_view input, http::HeadLimits limits) {
  Reader whole(limits);
  const Reading said(whole.read(input));
  for (const Pieces& pieces : {Pieces::single_bytes(), Pieces::varied(input)}) {
    Reader reader(limits);
    require(read_in_pieces(reader, input, pieces) == said || input.empty(),
            "whole and in pieces say the same");
  }
  if (said.kind != http::Progress::Kind::done) return false;
  require(said.consumed <= input.size() && said.consumed <= limits.bytes, "the head is within its limit");
  require(whole.head().fields.size() <= limits.fields, "the fields are within their limit");
  require(ends_in_blank_line(input.substr(0, said.consumed), whole.head()), "a head ends in a blank line");
  check_fields(whole.head().fields, input.substr(0, said.consumed));

  const Copy alone(input.substr(0, said.consumed));
  Reader again(limits);
  require(Reading(again.read(alone.view())) == said, "what stands behind a head is not looked at");
  Reader early(limits);
  require(early.read(alone.view().substr(0, said.consumed - 1)).needs_more(),
          "a head less one byte needs it");
  return true;
}

inline bool is_same(const http::Fields& a, const http::Fields& b) {
  const auto same = [](const http::Field& x, const http::Field& y) {
    return x.name == y.name && x.value == y.value;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

}  // namespace aluvia::fuzz
