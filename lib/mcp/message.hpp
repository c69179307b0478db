// Decodes a line into messages of JSON-RPC 2.0 with the members that MCP gives a meaning. Everything is
// checked here, so that the server sees no JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aluvia::mcp {

/// Error codes of JSON-RPC 2.0 (section 5.1), and the one that MCP 2026-07-28 adds.
enum ErrorCode : int {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  unsupported_version = -32022,
};

struct Nested {};  ///< an object; its members are not kept
struct Other {};   ///< null, a fraction, a number over 64 bits, or a list of other things than texts
using Texts = std::vector<std::string>;
/// The value of a member. A number without a fraction is a std::int64_t, however it is written.
using Value = std::variant<Other, Nested, std::string, std::int64_t, bool, Texts>;
using Members = std::map<std::string, Value, std::less<>>;

struct Params {
  Members members;
  std::optional<Members> meta;       ///< of `_meta`, if that is an object
  std::optional<Members> arguments;  ///< of `arguments`, if that is an object
};

struct Request {
  std::string id;  ///< as JSON: a string in quotes or a whole number; empty for a notification
  std::string method;
  Params params;

  bool is_notification() const noexcept { return id.empty(); }
};

/// The answer to a request of a server. This one sends no requests.
struct Response {};

struct Invalid {
  std::string id;  ///< as JSON; "null" if it cannot be read
  ErrorCode code;
  std::string message;
};

using Message = std::variant<Request, Response, Invalid>;

struct Line {
  std::vector<Message> messages;  ///< one, if this is no batch
  bool is_batch = false;
};

/// The most messages in a batch.
inline constexpr std::size_t most_in_batch = 100;

/// Decodes a line. An object with two members of the same name is invalid: another reader would see the other
/// value.
Line read_line(std::string_view text);

}  // namespace aluvia::mcp
