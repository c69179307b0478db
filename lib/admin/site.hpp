// The site that a question is about: a URL or a host, in the query of a request.
#pragma once

#include "base/result.hpp"
#include "http/authority.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aluvia::admin {

/// The value of `name` in the query of `target`, percent-decoded ('+' stays); nothing where it is not there
/// or its escapes are wrong.
std::optional<std::string> query_value(std::string_view target, std::string_view name);

/// `https://host[:port]/…`, also with http, ws and wss, or `host[:port]`, where the port is 443 if none is
/// given. A name outside ASCII becomes A-labels. Read by the parsers that read the request of a client, so
/// that a site which the proxy rejects as malformed is an error here, too. The error is a sentence.
Result<http::Authority, std::string> read_site(std::string_view text);

}  // namespace aluvia::admin
