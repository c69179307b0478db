// Tests the protocol in both generations, with tools that end when the test says so.
#include "mcp/server.hpp"

#include "base/json_value.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

using namespace aluvia::mcp;

namespace {

constexpr std::array properties{
    Property{.name = "url", .about = "A URL.", .is_required = true, .least = 1, .most = 9}};
constexpr std::array tools{Tool{"explain", "Explain", "Explains.", properties, {}, true, false, true, true},
                           Tool{"status", "Status", "Tells.", {}, {}, true, false, true, false}};

// A request; `more` are members behind the method.
std::string text_of(std::string_view id, std::string_view method, std::string_view params = {}) {
  std::string out =
      R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":")" + std::string(method) + '"';
  if (!params.empty()) out += ",\"params\":" + std::string(params);
  return out + '}';
}

std::string meta(std::string_view version = "2026-07-28") {
  return R"("_meta":{"io.modelcontextprotocol/protocolVersion":")" + std::string(version) +
         R"(","io.modelcontextprotocol/clientCapabilities":{}})";
}

struct Fixture {
  std::vector<std::string> sent;
  std::vector<Call> calls;
  std::vector<CallId> cancelled;
  Server server{{"aluvia-connect", "Aluvia", "1.2.3", "Use it."},
                tools,
                {[this](std::string_view line) { sent.emplace_back(line); },
                 [this](Call call) { calls.push_back(std::move(call)); },
                 [this](CallId call) { cancelled.push_back(call); }}};

  // Returns the only line that answers `line`.
  std::string reply(std::string_view line) {
    sent.clear();
    server.receive(line);
    INFO(line);
    REQUIRE(sent.size() == 1);
    return sent[0];
  }

  // Returns the value at `pointer` in the only reply, as JSON; empty if it has none.
  std::string at(const char* pointer, std::string_view line) { return part(reply(line), pointer); }

  static std::string part(std::string_view text, const char* pointer) {
    rapidjson::Document reply;
    REQUIRE(aluvia::parse_json(reply, text));
    const auto* const value = rapidjson::Pointer(pointer).Get(reply);
    return value ? std::string(aluvia::json_text_of(*value).view()) : "";
  }

  void initialize(std::string_view version = "2025-11-25") {
    const std::string quoted = '"' + std::string(version) + '"';
    CHECK(at("/result/protocolVersion", text_of("0", "initialize",
                                                R"({"protocolVersion":)" + quoted +
                                                    R"(,"capabilities":{},"clientInfo":{"name":"c"}})")) ==
          quoted);
  }

  std::string code(std::string_view line) { return at("/error/code", line); }
};

std::string call_of(std::string_view id, std::string_view name = "status", std::string_view more = {}) {
  return text_of(id, "tools/call", R"({"name":")" + std::string(name) + '"' + std::string(more) + '}');
}

}  // namespace

TEST_CASE_METHOD(Fixture, "initialize agrees on the client's revision, or on the latest with initialize") {
  for (const char* const version : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"})
    initialize(version);
  const std::string other =
      R"({"protocolVersion":"2026-07-28","capabilities":{},"clientInfo":{"name":"c","version":"1"}})";
  CHECK(at("/result/protocolVersion", text_of("1", "initialize", other)) == R"("2025-11-25")");
  CHECK(part(sent[0], "/result/capabilities") == R"({"tools":{}})");
  CHECK(part(sent[0], "/result/serverInfo") ==
        R"({"name":"aluvia-connect","title":"Aluvia","version":"1.2.3"})");
  CHECK(part(sent[0], "/result/instructions") == R"("Use it.")");
  CHECK(part(sent[0], "/result/resultType").empty());
}

TEST_CASE_METHOD(Fixture, "initialize without its params is rejected, and begins no session") {
  for (const char* const params : {"{}", R"({"protocolVersion":7,"capabilities":{},"clientInfo":{}})",
                                   R"({"protocolVersion":"2025-11-25","capabilities":[],"clientInfo":{}})",
                                   R"({"protocolVersion":"2025-11-25","capabilities":{}})"})
    CHECK(code(text_of("1", "initialize", params)) == "-32602");
  CHECK(code(text_of("1", "tools/list")) == "-32602");
}

TEST_CASE_METHOD(Fixture, "Before initialize only ping is answered") {
  CHECK(at("/result", text_of("1", "ping")) == "{}");
  CHECK(code(text_of("2", "tools/list")) == "-32602");
  CHECK(code(call_of("3")) == "-32602");
  initialize();
  CHECK(part(reply(text_of("4", "tools/list")), "/result/tools/1/name") == R"("status")");
  CHECK(at("/result", text_of("5", "ping")) == "{}");
}

TEST_CASE_METHOD(Fixture, "Unknown methods, of either generation, are errors") {
  initialize();
  for (const char* const method :
       {"resources/list", "logging/setLevel", "nothing", "notifications/cancelled"})
    CHECK(code(text_of("1", method)) == "-32601");
  for (const char* const method : {"ping", "initialize", "subscriptions/listen"})
    CHECK(code(text_of("1", method, "{" + meta() + "}")) == "-32601");
}

TEST_CASE_METHOD(Fixture,
                 "A request with a version in _meta needs no session, and its results carry their type") {
  CHECK(at("/result/supportedVersions", text_of("1", "server/discover", "{" + meta() + "}")) ==
        R"(["2026-07-28"])");
  CHECK(part(sent[0], "/result/resultType") == R"("complete")");
  CHECK(part(sent[0], "/result/cacheScope") == R"("private")");
  CHECK(part(sent[0], "/result/_meta/io.modelcontextprotocol~1serverInfo/version") == R"("1.2.3")");
  CHECK(at("/result/resultType", text_of("2", "tools/list", "{" + meta() + "}")) == R"("complete")");
  CHECK(part(sent[0], "/result/ttlMs") == "3600000");
  sent.clear();
  server.receive(call_of("3", "status", "," + meta()));
  server.finish(calls.at(0).id, {R"({"ready":true})"});
  CHECK(part(sent.at(0), "/result/resultType") == R"("complete")");
  CHECK(part(sent[0], "/result/structuredContent") == R"({"ready":true})");
}

TEST_CASE_METHOD(Fixture, "A request with an unknown version learns the supported ones") {
  CHECK(code(text_of("1", "tools/list", "{" + meta("1900-01-01") + "}")) == "-32022");
  CHECK(part(sent[0], "/error/data") == R"({"supported":["2026-07-28"],"requested":"1900-01-01"})");
  CHECK(code(text_of("1", "tools/list", "{" + meta("2025-11-25") + "}")) == "-32022");
}

TEST_CASE_METHOD(Fixture, "A request without the fields of its generation is rejected") {
  const std::string version = R"("io.modelcontextprotocol/protocolVersion")";
  CHECK(code(text_of("1", "server/discover")) == "-32602");
  CHECK(code(text_of("1", "server/discover", R"({"_meta":[]})")) == "-32602");
  CHECK(code(text_of("1", "tools/list", R"({"_meta":{)" + version + R"(:"2026-07-28"}})")) == "-32602");
  CHECK(code(text_of("1", "tools/list", R"({"_meta":{)" + version + R"(:7}})")) == "-32602");
  CHECK(code(text_of("1", "tools/list",
                     "{" + meta().substr(0, meta().size() - 1) +
                         R"(,"io.modelcontextprotocol/clientInfo":1}})")) == "-32602");
}

TEST_CASE_METHOD(Fixture, "A call runs with its arguments, and its result is text and structured") {
  initialize();
  sent.clear();
  server.receive(call_of("\"a\"", "explain", R"(,"arguments":{"url":"x.test"})"));
  CHECK(sent.empty());
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].tool == &tools[0]);
  CHECK(std::get<std::string>(calls[0].arguments.at("url")) == "x.test");
  CHECK(server.running() == 1);
  server.finish(calls[0].id, {R"({"host":"x.test"})"});
  REQUIRE(sent.size() == 1);
  CHECK(sent[0] ==
        R"({"jsonrpc":"2.0","id":"a","result":{"content":[{"type":"text","text":"{\"host\":\"x.test\"}"}],)"
        R"("structuredContent":{"host":"x.test"},"isError":false}})");
  CHECK(server.running() == 0);
}

TEST_CASE_METHOD(Fixture, "The error of a tool is a result with text only") {
  initialize();
  sent.clear();
  server.receive(call_of("1"));
  server.finish(calls.at(0).id, {R"({"error":{}})", true});
  CHECK(part(sent.at(0), "/result/isError") == "true");
  CHECK(part(sent[0], "/result/content/0/text") == R"("{\"error\":{}}")");
  CHECK(part(sent[0], "/result/structuredContent").empty());
}

TEST_CASE_METHOD(Fixture, "A call that is none is a protocol error; wrong arguments are a result") {
  initialize();
  CHECK(code(text_of("1", "tools/call")) == "-32602");
  CHECK(code(text_of("1", "tools/call", R"({"name":7})")) == "-32602");
  CHECK(code(call_of("1", "policy_remove")) == "-32602");
  CHECK(code(call_of("1", "status", R"(,"arguments":[])")) == "-32602");
  CHECK(code(text_of("1", "tools/list", R"({"cursor":"x"})")) == "-32602");
  CHECK(at("/result/isError", call_of("1", "explain")) == "true");
  CHECK(at("/result/isError", call_of("1", "status", R"(,"arguments":{"--port":"1"})")) == "true");
  CHECK(calls.empty());
}

TEST_CASE_METHOD(Fixture, "Notifications get no reply and run nothing") {
  initialize();
  sent.clear();
  for (const char* const line :
       {R"({"jsonrpc":"2.0","method":"notifications/initialized"})", R"({"jsonrpc":"2.0","method":"ping"})",
        R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"status"}})",
        R"({"jsonrpc":"2.0","method":"notifications/cancelled"})",
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}})",
        R"({"jsonrpc":"2.0","id":1,"result":{}})"})
    server.receive(line);
  CHECK(sent.empty());
  CHECK(calls.empty());
}

TEST_CASE_METHOD(Fixture, "A cancelled call gets no reply, and a string is not the number") {
  initialize();
  server.receive(call_of("1"));
  server.receive(call_of("\"1\""));
  sent.clear();
  server.receive(
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"1","reason":"r"}})");
  CHECK(cancelled == std::vector<CallId>{calls.at(1).id});
  CHECK(server.running() == 2);
  server.finish(calls[1].id, {"{}"});
  CHECK(sent.empty());
  CHECK(server.running() == 1);
  server.finish(calls[0].id, {"{}"});
  CHECK(sent.size() == 1);
}

TEST_CASE_METHOD(Fixture, "An id is used once at a time, and calls have a limit") {
  initialize();
  for (std::size_t i = 1; i <= Server::most_calls; ++i) server.receive(call_of(std::to_string(i)));
  CHECK(code(text_of("1", "ping")) == "-32600");
  CHECK(at("/result/isError", call_of("99")) == "true");
  CHECK(calls.size() == Server::most_calls);
  server.finish(calls[0].id, {"{}"});
  CHECK(at("/result", text_of("1", "ping")) == "{}");
  server.receive(call_of("99"));
  CHECK(calls.size() == Server::most_calls + 1);
}

TEST_CASE_METHOD(Fixture,
                 "A batch belongs to one revision, and has one reply when all its calls have ended") {
  const std::string batch = "[" + text_of("1", "ping") + "," + call_of("2") + "," + call_of("3") +
                            R"(,{"jsonrpc":"2.0","method":"notifications/initialized"},7])";
  CHECK(code(batch) == "-32600");
  initialize("2025-06-18");
  CHECK(code(batch) == "-32600");
  initialize("2025-03-26");
  sent.clear();
  server.receive(batch);
  CHECK(sent.empty());
  server.finish(calls.at(1).id, {"{}"});
  CHECK(sent.empty());
  server.receive(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}})");
  REQUIRE(sent.size() == 1);
  CHECK(part(sent[0], "/0/id") == "1");
  CHECK(part(sent[0], "/1/error/code") == "-32600");
  CHECK(part(sent[0], "/2/id") == "3");
  CHECK(part(sent[0], "/3").empty());
}

TEST_CASE_METHOD(Fixture, "A batch of notifications has no reply, and initialize cannot be in one") {
  initialize("2025-03-26");
  sent.clear();
  server.receive(R"([{"jsonrpc":"2.0","method":"notifications/initialized"}])");
  CHECK(sent.empty());
  CHECK(at("/0/error/code", "[" + text_of("1", "initialize") + "]") == "-32600");
  CHECK(code("[]") == "-32600");
}

TEST_CASE_METHOD(Fixture, "Every reply is one line, whatever the request quotes") {
  initialize();
  for (const std::string& line :
       {call_of("\"\\n\\u2028\\u0085\""), text_of("1", "\\n\\u0007"), call_of("1", "\\r\\n")}) {
    sent.clear();
    server.receive(line);
    if (!calls.empty()) server.finish(std::exchange(calls, {})[0].id, {"{}"});
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].find_first_of("\r\n\x07") == std::string::npos);
  }
  sent.clear();
  server.reject_long_line(1'000);
  CHECK(part(sent.at(0), "/error/code") == "-32600");
}
