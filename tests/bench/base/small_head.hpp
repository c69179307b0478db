// Just enough HTTP/1.1 for a peer that we wrote ourselves: where a head ends, and one field's value.
// It checks nothing, so it must never become part of the product; `lib/http` is the real reader.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace aluvia::bench {

// The head with its blank line when it is complete, else empty.
std::string_view complete_head(std::string_view bytes);
// Between the first space and the second one of the first line: a request's target, a response's status.
std::string_view second_word(std::string_view head);
// A field's value, its name compared without case; empty when there is none.
std::string_view field(std::string_view head, std::string_view name);
std::optional<std::size_t> content_length(std::string_view head);

}  // namespace aluvia::bench
