#include "mcp/server.hpp"

#include "base/json_writer.hpp"
#include "base/visible.hpp"
#include "mcp/arguments.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace aluvia::mcp {
namespace {

constexpr std::array<std::string_view, 4> session_versions{"2024-11-05", "2025-03-26", "2025-06-18",
                                                           "2025-11-25"};
constexpr std::string_view stateless_version = "2026-07-28";
// Only this revision has batches: the one before does not mention them, and the next removed them.
constexpr std::string_view version_with_batches = "2025-03-26";

constexpr const char* version_key = "io.modelcontextprotocol/protocolVersion";
constexpr const char* capabilities_key = "io.modelcontextprotocol/clientCapabilities";
constexpr const char* client_key = "io.modelcontextprotocol/clientInfo";

const Value* find(const Members& members, std::string_view name) {
  const auto found = members.find(name);
  return found == members.end() ? nullptr : &found->second;
}

const std::string* find_text(const Members& members, std::string_view name) {
  const Value* const value = find(members, name);
  return value ? std::get_if<std::string>(value) : nullptr;
}

bool is_object(const Value* value) {
  return value && std::holds_alternative<Nested>(*value);
}

// Named by its _meta, or by the method that only this generation has.
bool is_stateless(const Request& request) {
  return request.method == "server/discover" ||
         (request.params.meta && request.params.meta->contains(version_key));
}

std::string unknown_method(const Request& request) {
  return error_reply(request.id, method_not_found,
                     fmt::format("unknown method '{}'", visible(request.method.substr(0, 80))));
}

// Of the stateless generation only: a client chooses one of them for its next request, and the others need
// initialize.
Texts supported_versions() {
  return {std::string(stateless_version)};
}

std::string unsupported(const Request& request, std::string_view version) {
  JsonWriter data;
  data.begin_object();
  data.texts("supported", supported_versions());
  data.text("requested", version.substr(0, 80));
  data.end_object();
  return error_reply(request.id, unsupported_version, "unsupported protocol version", data.take().view());
}

// Returns an error for a request without the fields that each request of this generation must have.
std::optional<std::string> stateless_error(const Request& request) {
  const Members none;
  const Members& meta = request.params.meta ? *request.params.meta : none;
  const std::string* const version = find_text(meta, version_key);
  const auto missing = [&](const char* key, const char* type) {
    return error_reply(request.id, invalid_params, fmt::format("_meta must have \"{}\", {}", key, type));
  };
  if (!version) return missing(version_key, "a string");
  if (*version != stateless_version) return unsupported(request, *version);
  if (!is_object(find(meta, capabilities_key))) return missing(capabilities_key, "an object");
  if (find(meta, client_key) && !is_object(find(meta, client_key))) return missing(client_key, "an object");
  return std::nullopt;
}

ToolResult error_result(std::string_view code, std::string_view message) {
  JsonWriter out;
  out.begin_object();
  out.begin_object("error");
  out.text("code", code);
  out.text("message", message);
  out.end_object();
  out.end_object();
  return {std::string(out.take().view()), true};
}

}  // namespace

Server::Server(ServerInfo info, std::span<const Tool> tools, Hooks hooks)
    : info_(std::move(info)), tools_(tools), tool_list_(tool_list_json(tools)), hooks_(std::move(hooks)) {}

void Server::receive(std::string_view text) {
  Line line = read_line(text);
  if (line.is_batch && session_version_ != version_with_batches) {
    return hooks_.send(error_reply("null", invalid_request,
                                   fmt::format("only revision {} has batches", version_with_batches)));
  }
  const auto replies = std::make_shared<Replies>(hooks_.send, line.is_batch, line.messages.size());
  for (Message& message : line.messages) receive(std::move(message), line.is_batch, replies);
}

void Server::reject_long_line(std::size_t longest) {
  hooks_.send(error_reply("null", invalid_request, fmt::format("a line may have {} bytes", longest)));
}

void Server::receive(Message message, bool is_batch, const Shared& replies) {
  if (const auto* const error = std::get_if<Invalid>(&message))
    return replies->add(error_reply(error->id, error->code, error->message));
  auto* const request = std::get_if<Request>(&message);
  if (request && !request->is_notification()) return answer(std::move(*request), is_batch, replies);
  if (request) notice(*request);
  replies->skip();
}

// A request without an id is not run, because its sender could not learn the result. Of notifications only
// this one matters.
void Server::notice(const Request& request) {
  if (request.method != "notifications/cancelled") return;
  const Value* const id = find(request.params.members, "requestId");
  if (!id) return;
  std::string key;
  if (const auto* const text = std::get_if<std::string>(id)) key = json_quoted(*text);
  if (const auto* const number = std::get_if<std::int64_t>(id)) key = std::to_string(*number);
  const auto call = std::ranges::find_if(running_, [&](const auto& one) { return one.second.id == key; });
  if (call == running_.end()) return;  // it has ended, which a client cannot know
  call->second.id.clear();
  const Shared replies = std::exchange(call->second.replies, nullptr);
  hooks_.cancel(call->first);
  replies->skip();
}

void Server::answer(Request request, bool is_batch, const Shared& replies) {
  const bool is_used = std::ranges::any_of(running_, [&](auto& one) { return one.second.id == request.id; });
  if (is_used) {
    return replies->add(error_reply(request.id, invalid_request, "a request with this id runs already"));
  }
  if (is_batch && request.method == "initialize")
    return replies->add(error_reply(request.id, invalid_request, "initialize cannot be in a batch"));
  if (is_stateless(request)) return answer_stateless(std::move(request), replies);
  answer_session(std::move(request), replies);
}

void Server::answer_stateless(Request request, const Shared& replies) {
  if (const auto error = stateless_error(request)) return replies->add(*error);
  if (request.method == "server/discover")
    return replies->add(discover_reply(request.id, info_, supported_versions()));
  answer_both(std::move(request), Generation::stateless, replies);
}

void Server::answer_session(Request request, const Shared& replies) {
  if (request.method == "initialize") return replies->add(initialize(request));
  if (request.method == "ping") return replies->add(empty_reply(request.id));
  if (!session_version_) {
    return replies->add(error_reply(request.id, invalid_params,
                                    fmt::format("send initialize first, or name the protocol version {} in "
                                                "_meta of each request",
                                                stateless_version)));
  }
  answer_both(std::move(request), Generation::session, replies);
}

void Server::answer_both(Request request, Generation generation, const Shared& replies) {
  if (request.method == "tools/call") return call(std::move(request), generation, replies);
  if (request.method != "tools/list") return replies->add(unknown_method(request));
  // All tools are on the first page, so that no cursor has ever been given.
  if (request.params.members.contains("cursor"))
    return replies->add(error_reply(request.id, invalid_params, "there is no such cursor"));
  replies->add(tools_reply(request.id, generation, info_, tool_list_));
}

// A client that asks for an unknown version gets the latest one, and decides whether to go on.
std::string Server::initialize(const Request& request) {
  const Members& params = request.params.members;
  const std::string* const version = find_text(params, "protocolVersion");
  if (!version) return error_reply(request.id, invalid_params, "protocolVersion must be a string");
  for (const char* const name : {"capabilities", "clientInfo"}) {
    if (!is_object(find(params, name)))
      return error_reply(request.id, invalid_params, fmt::format("{} must be an object", name));
  }
  const bool is_known = std::ranges::find(session_versions, *version) != session_versions.end();
  session_version_ = is_known ? *version : std::string(session_versions.back());
  return initialize_reply(request.id, info_, *session_version_);
}

void Server::call(Request request, Generation generation, const Shared& replies) {
  const std::string* const name = find_text(request.params.members, "name");
  if (!name) return replies->add(error_reply(request.id, invalid_params, "name must be a string"));
  if (request.params.members.contains("arguments") && !request.params.arguments)
    return replies->add(error_reply(request.id, invalid_params, "arguments must be an object"));
  const auto tool = std::ranges::find(tools_, *name, &Tool::name);
  if (tool == tools_.end()) {
    return replies->add(error_reply(request.id, invalid_params,
                                    fmt::format("unknown tool '{}'", visible(name->substr(0, 80)))));
  }
  start(request, *tool, generation, replies);
}

// Errors from here on are results, because an agent reads them and can do better.
void Server::start(const Request& request, const Tool& tool, Generation generation, const Shared& replies) {
  const auto reject = [&](std::string_view code, std::string_view message) {
    replies->add(call_reply(request.id, generation, info_, error_result(code, message)));
  };
  Members arguments = request.params.arguments.value_or(Members{});
  if (const auto error = argument_error(tool, arguments)) return reject("bad_arguments", *error);
  if (running_.size() >= most_calls) {
    return reject("busy",
                  fmt::format("cannot call {}: {} calls run; wait for one to end", tool.name, most_calls));
  }
  const CallId number = ++last_call_;
  running_.emplace(number, Running{request.id, generation, replies});
  hooks_.start({number, &tool, std::move(arguments)});
}

void Server::finish(CallId number, const ToolResult& result) {
  const auto found = running_.find(number);
  if (found == running_.end()) return;
  const Running call = std::move(found->second);
  running_.erase(found);
  if (call.replies) call.replies->add(call_reply(call.id, call.generation, info_, result));
}

}  // namespace aluvia::mcp
