// Fuzz target for the stream that a client of the Model Context Protocol writes: pieces of any size give the
// same replies, every request gets one, and a reply is one line of JSON, whatever the client wrote.
//
//   input = control (one byte) stream
#include "base/json_value.hpp"
#include "base/visible.hpp"
#include "mcp/line_reader.hpp"
#include "mcp/server.hpp"
#include "target.hpp"

#include <array>
#include <deque>
#include <string>
#include <vector>

#include <rapidjson/document.h>

namespace aluvia::fuzz {
namespace {

using Type = mcp::Property::Type;

constexpr std::size_t longest_line = 600;
constexpr std::array properties{
    mcp::Property{.name = "url", .about = "A URL.", .is_required = true, .least = 1, .most = 20},
    mcp::Property{.name = "by", .about = "A row.", .choices = "host|rule"},
    mcp::Property{
        .name = "rules", .type = Type::texts, .about = "Rules.", .least = 1, .most = 3, .longest_text = 9},
    mcp::Property{.name = "status", .type = Type::number, .about = "A status.", .least = 100, .most = 599},
    mcp::Property{.name = "clear", .type = Type::yes_no, .about = "A flag."}};
constexpr std::array tools{mcp::Tool{"explain", "Explain", "Explains.", properties, {}},
                           mcp::Tool{"status", "Status", "Tells.", {}, {}}};

// A server whose calls end when others have begun, and at the end of the stream.
struct Session {
  explicit Session(std::size_t delay)
      : server({"fuzz", "Fuzz", "1", "Use it."}, tools,
               {[this](std::string_view line) { lines.emplace_back(line); },
                [this, delay](mcp::Call call) {
                  check(call);
                  calls.push_back(call.id);
                  if (calls.size() > delay) finish();
                },
                [](mcp::CallId) {}}) {}

  static void check(const mcp::Call& call) {
    const auto url = call.arguments.find("url");
    if (call.tool == &tools[1])
      return require(call.arguments.empty(), "a tool gets no argument that it lacks");
    require(url != call.arguments.end(), "a tool gets its required argument");
    const auto* const text = std::get_if<std::string>(&url->second);
    require(text != nullptr && !text->empty() && text->size() <= 80, "an argument is as its schema says");
  }

  void finish() {
    server.finish(calls.front(), {"{\"done\":true}"});
    calls.pop_front();
  }

  std::vector<std::string> lines;
  std::deque<mcp::CallId> calls;
  mcp::Server server;
};

std::vector<std::string> replies(std::string_view stream, std::size_t delay, Pieces pieces) {
  Session session(delay);
  mcp::LineReader reader(
      longest_line,
      [&](std::string_view line) {
        require(!line.empty() && line.size() <= longest_line, "a line has a limit");
        session.server.receive(line);
      },
      [&] { session.server.reject_long_line(longest_line); });
  while (!stream.empty()) {
    const Copy piece(stream.substr(0, pieces.next()));
    reader.feed(piece.view());
    stream.remove_prefix(piece.view().size());
  }
  reader.finish();
  while (!session.calls.empty()) session.finish();
  require(session.server.running() == 0, "every call ends");
  return session.lines;
}

void check_reply(const std::string& line) {
  require(visible(line) == line, "a reply is one line without control characters");
  rapidjson::Document reply;
  require(parse_json(reply, line), "a reply is JSON");
  require(reply.IsArray() ? !reply.Empty() : reply.IsObject(), "a reply is an object or a batch");
  if (reply.IsArray()) return;
  require(reply.HasMember("jsonrpc") && reply.HasMember("id"), "a reply names its request");
  require(reply.HasMember("result") != reply.HasMember("error"), "a reply is a result or an error");
}

// Counted from the messages themselves: without batches each request has one reply, unless it is cancelled.
void check_count(std::string_view line) {
  const mcp::Line read = mcp::read_line(line);
  require(!read.messages.empty() && read.messages.size() <= mcp::most_in_batch, "a batch has a limit");
  Session session(0);
  session.server.receive(line);
  std::size_t expected = 0;
  for (const mcp::Message& message : read.messages) {
    const auto* const request = std::get_if<mcp::Request>(&message);
    if (request ? !request->is_notification() : std::holds_alternative<mcp::Invalid>(message)) expected = 1;
  }
  if (read.is_batch) expected = 1;  // no session has begun, so batches are not allowed
  require(session.lines.size() == expected, "a request has one reply, and a notification none");
}

}  // namespace

void mcp(std::string_view input) {
  if (input.empty()) return;
  const std::size_t delay = static_cast<unsigned char>(input[0]) % 20U;
  const std::string_view stream = input.substr(1);
  const auto whole = replies(stream, delay, Pieces::varied(stream));
  require(whole == replies(stream, delay, Pieces::single_bytes()),
          "pieces of any size give the same replies");
  for (const std::string& line : whole) check_reply(line);
  check_count(stream.substr(0, stream.find('\n')));
}

}  // namespace aluvia::fuzz
