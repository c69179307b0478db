#include "config/user_response.hpp"

#include "base/ascii.hpp"
#include "base/logger.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <rapidjson/document.h>

namespace aluvia::config {
namespace {

using Json = rapidjson::Value;
using Warnings = std::vector<std::string>;

constexpr std::size_t longest_text = 200;  // bytes of an API's message
constexpr std::size_t longest_url = 2000;  // bytes; half a link is useless, so it has its own limit

// ---- the document

// A parsed body. Strings are decoded in place in a private copy that is wiped at the end: the parser's own
// memory then holds pointers only, never a password. Parsing is iterative, and the pool frees its blocks
// without walking the values, so that no depth of nesting reaches the stack.
class Body {
 public:
  explicit Body(std::string_view body);
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  // Returns an empty string, or the reason why there is no JSON object. Never quotes the body.
  const std::string& error() const noexcept { return error_; }
  // Precondition: no error.
  const Json& object() const noexcept { return document_; }

 private:
  SecretString text_;
  rapidjson::Document document_;
  std::string error_;
};

std::string fault_in_bytes(std::string_view body) {
  const std::string_view text = ascii::trim(body);
  if (text.empty()) return "the body is empty";
  if (body.starts_with("\xEF\xBB\xBF"))
    return "the body begins with a byte order mark, which JSON does not allow";
  if (text.starts_with('<')) return "the body is a web page, not JSON";
  const auto nul = body.find('\0');  // the parser would end there
  return nul == std::string_view::npos ? "" : fmt::format("the body is not JSON: a NUL at byte {}", nul);
}

std::string fault_in_json(const rapidjson::ParseResult& result, std::size_t size) {
  const std::size_t at = result.Offset();
  switch (result.Code()) {
    case rapidjson::kParseErrorDocumentRootNotSingular:
      return fmt::format("the body goes on after the end of its JSON at byte {}", at);
    case rapidjson::kParseErrorStringInvalidEncoding:
      return fmt::format("the body is not UTF-8 at byte {}", at);
    default:
      if (at >= size) return fmt::format("the body is cut off: its JSON does not end within {} bytes", size);
      return fmt::format("the body is not JSON at byte {}", at);
  }
}

// Returns the position of the second half of a surrogate pair that an escape (\ude00) has made without its
// first half, or npos. The parser rejects a first half alone and accepts this one, whose decoded text is not
// UTF-8. Only an escape can put these bytes there, because all others have been validated.
std::size_t find_lone_surrogate(std::string_view decoded) noexcept {
  for (auto at = decoded.find('\xED'); at != decoded.npos; at = decoded.find('\xED', at + 1)) {
    if (at + 1 < decoded.size() && static_cast<unsigned char>(decoded[at + 1]) >= 0xA0) return at;
  }
  return decoded.npos;
}

Body::Body(std::string_view body) : error_(fault_in_bytes(body)) {
  if (!error_.empty()) return;
  // The parser's UTF-8 check reads a whole sequence (4 bytes) before it looks, also across the end.
  static constexpr std::size_t padding = 4;
  text_.reserve(body.size() + padding);
  text_.append(body).append(std::string_view("\0\0\0\0", padding));
  document_.ParseInsitu<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text_.data());
  if (document_.HasParseError()) {
    error_ = fault_in_json({document_.GetParseError(), document_.GetErrorOffset()}, body.size());
  } else if (const auto at = find_lone_surrogate(text_); at != std::string::npos) {
    error_ = fmt::format("the body is not JSON: half of a surrogate pair near byte {}", at);
  } else if (!document_.IsObject()) {
    error_ = "the body is JSON, but not an object";
  }
}

// ---- values

std::string_view text_of(const Json& string) noexcept {
  return {string.GetString(), string.GetStringLength()};
}

// Returns the member of that name, or null if it is absent or JSON's null. The last one of several counts, as
// in JavaScript's parser, which the API is made for.
const Json* find(const Json& object, std::string_view name) noexcept {
  const Json* found = nullptr;
  for (const auto& member : object.GetObject()) {
    if (text_of(member.name) == name) found = &member.value;
  }
  return found != nullptr && !found->IsNull() ? found : nullptr;
}

// Returns the text of a member that is a string, else nothing.
std::string_view find_text(const Json& object, std::string_view name) noexcept {
  const Json* value = find(object, name);
  return value != nullptr && value->IsString() ? text_of(*value) : std::string_view();
}

// ---- credentials

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

Result<Secret, std::string> decode_credential(const Json& user, std::string_view name) {
  const Json* value = find(user, name);
  if (value == nullptr) return Err{fmt::format("{} is missing", name)};
  if (!value->IsString()) return Err{fmt::format("{} is not a string", name)};
  const std::string_view text = ascii::trim(text_of(*value));
  if (text.empty()) return Err{fmt::format("{} is empty", name)};
  if (std::any_of(text.begin(), text.end(), is_control)) {
    return Err{fmt::format("{} contains a control character", name)};
  }
  return Secret(text);
}

// Returns an empty string, or the reason why there are no credentials.
std::string decode_credentials(const Json& user, UserResponse& out) {
  auto name = decode_credential(user, "proxy_username");
  if (!name) return std::move(name).error();
  // RFC 7617 §2: the first colon ends the user name, so one inside would move a part of it into the password.
  if (name->reveal().find(':') != std::string_view::npos) return "proxy_username contains a colon";
  auto password = decode_credential(user, "proxy_password");
  if (!password) return std::move(password).error();
  out.proxy_username = std::move(*name);
  out.proxy_password = std::move(*password);
  return {};
}

// ---- rules

void decode_strings(const Json& list, std::string_view name, std::vector<std::string>& out,
                    Warnings& warnings) {
  std::size_t skipped = 0;
  std::size_t first = 0;
  for (rapidjson::SizeType i = 0; i < list.Size(); ++i) {
    if (list[i].IsString()) {
      out.emplace_back(text_of(list[i]));
    } else if (skipped++ == 0) {
      first = i;
    }
  }
  if (skipped == 1) warnings.push_back(fmt::format("{}[{}] is not a string and is skipped", name, first));
  if (skipped > 1) {
    warnings.push_back(fmt::format("{} entries of {} are not strings and are skipped, the first is {}[{}]",
                                   skipped, name, name, first));
  }
}

void split_at_commas(std::string_view text, std::vector<std::string>& out) {
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (const auto item = ascii::trim(text.substr(0, comma)); !item.empty()) out.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
}

// Returns an empty string, or the reason why the rules cannot be read.
std::string decode_rules(const Json& user, UserResponse& out) {
  const Json* rules = find(user, "rules");
  const Json* items = rules != nullptr && rules->IsObject() ? find(*rules, "items") : nullptr;
  out.has_rules = rules != nullptr && (!rules->IsObject() || items != nullptr);
  if (!out.has_rules) return {};
  if (rules->IsArray()) {
    decode_strings(*rules, "rules", out.rules, out.warnings);
    return {};
  }
  if (!rules->IsObject()) return "rules is neither a list nor an object";
  if (items->IsArray()) {
    decode_strings(*items, "rules.items", out.rules, out.warnings);
  } else if (items->IsString()) {
    split_at_commas(text_of(*items), out.rules);
  } else {
    return "rules.items is neither a list nor a string";
  }
  return {};
}

void decode_auto_hostnames(const Json& user, UserResponse& out) {
  for (const std::string_view name : {"auto_hostnames", "autoHostnames"}) {
    const Json* list = find(user, name);
    if (list == nullptr) continue;
    if (list->IsArray()) return decode_strings(*list, name, out.auto_hostnames, out.warnings);
    out.warnings.push_back(fmt::format("{} is not a list and is ignored", name));
  }
}

// ---- the rest of a user

std::optional<std::string> decode_text(const Json& user, std::string_view name, Warnings& warnings) {
  const Json* value = find(user, name);
  if (value == nullptr) return std::nullopt;
  if (value->IsString()) {
    return value->GetStringLength() == 0 ? std::nullopt : std::optional<std::string>(text_of(*value));
  }
  warnings.push_back(fmt::format("{} is neither a string nor null and is ignored", name));
  return std::nullopt;
}

// Accepts digits only, because the number becomes a part of a URL's path.
std::optional<std::string> as_id(const Json& value) {
  if (value.IsUint64()) return std::to_string(value.GetUint64());
  if (!value.IsString()) return std::nullopt;
  const std::string_view text = text_of(value);
  static constexpr std::size_t most_digits = 20;  // of a 64-bit number
  const bool digits = std::all_of(text.begin(), text.end(), ascii::is_digit);
  return digits && !text.empty() && text.size() <= most_digits ? std::optional<std::string>(text)
                                                               : std::nullopt;
}

// Warns about an invalid `connection_id` only: `id` may be the user's, which can be any text.
std::optional<std::string> decode_connection_id(const Json& user, Warnings& warnings) {
  if (const Json* named = find(user, "connection_id")) {
    if (auto id = as_id(*named)) return id;
    warnings.emplace_back("connection_id is neither a number nor digits and is ignored");
  }
  const Json* id = find(user, "id");
  return id != nullptr ? as_id(*id) : std::nullopt;
}

Result<UserResponse, std::string> decode_user(const Json& user) {
  UserResponse out;
  if (auto fault = decode_credentials(user, out); !fault.empty()) return Err{std::move(fault)};
  if (auto fault = decode_rules(user, out); !fault.empty()) return Err{std::move(fault)};
  decode_auto_hostnames(user, out);
  out.session_id = decode_text(user, "session_id", out.warnings);
  out.target_geo = decode_text(user, "target_geo", out.warnings);
  out.connection_id = decode_connection_id(user, out.warnings);
  return out;
}

// ---- errors

std::string shown(std::string_view text) {
  std::string out = printable(ascii::trim(text), longest_text);
  static constexpr std::string_view ellipsis = "…";
  if (out.size() > longest_text) out.replace(longest_text - ellipsis.size(), std::string::npos, ellipsis);
  return out;
}

// Returns the first string in a 422's details (field → messages or one message). Looks two levels deep.
std::string_view first_message(const Json& details) noexcept {
  if (details.IsString()) return text_of(details);
  if (details.IsArray()) {
    for (const Json& item : details.GetArray()) {
      if (item.IsString()) return text_of(item);
      if (item.IsObject()) return find_text(item, "message");
    }
    return {};
  }
  if (!details.IsObject()) return {};
  for (const auto& field : details.GetObject()) {
    if (field.value.IsString()) return text_of(field.value);
    if (field.value.IsArray() && !field.value.Empty() && field.value[0].IsString())
      return text_of(field.value[0]);
  }
  return {};
}

bool is_web_url(std::string_view text) noexcept {
  const bool scheme = ascii::equals_ignoring_case(text.substr(0, 8), "https://") ||
                      ascii::equals_ignoring_case(text.substr(0, 7), "http://");
  return scheme && text.size() <= longest_url &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

ErrorResponse decode_error(const Json& object) {
  ErrorResponse out;
  const Json* error = find(object, "error");
  if (error == nullptr) return out;
  if (error->IsString()) out.message = shown(text_of(*error));
  if (!error->IsObject()) return out;
  out.code = shown(find_text(*error, "code"));
  out.message = shown(find_text(*error, "message"));
  if (const auto url = ascii::trim(find_text(*error, "claim_url")); is_web_url(url)) out.claim_url = url;
  // Only the details of a validation error are messages.
  const Json* details = find(*error, "details");
  if (details != nullptr && (out.code == "validation_error" || out.message.empty())) {
    if (const auto first = first_message(*details); !first.empty()) out.message = shown(first);
  }
  return out;
}

bool is_failure(const Json& object) noexcept {
  const Json* success = find(object, "success");
  if (success != nullptr && success->IsBool()) return !success->GetBool();
  return find(object, "error") != nullptr && find(object, "data") == nullptr &&
         find(object, "proxy_username") == nullptr;
}

std::string failure_sentence(const ErrorResponse& error) {
  const std::string& why = error.message.empty() ? error.code : error.message;
  if (why.empty()) return "the body says that the request failed, but not why";
  return fmt::format("the body says that the request failed: {}", why);
}

}  // namespace

Result<UserResponse, std::string> decode_user_response(std::string_view body) {
  const Body json(body);
  if (!json.error().empty()) return Err{json.error()};
  if (is_failure(json.object())) return Err{failure_sentence(decode_error(json.object()))};
  const Json* data = find(json.object(), "data");
  if (data != nullptr && !data->IsObject()) return Err{std::string("data is not an object")};
  return decode_user(data != nullptr ? *data : json.object());
}

ErrorResponse decode_error_response(std::string_view body) {
  const Body json(body);
  return json.error().empty() ? decode_error(json.object()) : ErrorResponse();
}

}  // namespace aluvia::config
