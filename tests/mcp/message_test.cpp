// Tests the decoding of JSON-RPC messages, above all of those that are none.
#include "mcp/message.hpp"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

using namespace aluvia::mcp;
using namespace std::string_literals;

namespace {

Message only(std::string_view text) {
  Line line = read_line(text);
  INFO(text);
  CHECK_FALSE(line.is_batch);
  REQUIRE(line.messages.size() == 1);
  return std::move(line.messages[0]);
}

Request request(std::string_view text) {
  Message message = only(text);
  if (const auto* const error = std::get_if<Invalid>(&message)) FAIL(error->message);
  return std::get<Request>(std::move(message));
}

Invalid invalid(std::string_view text) {
  const Message message = only(text);
  INFO(text);
  REQUIRE(std::holds_alternative<Invalid>(message));
  return std::get<Invalid>(message);
}

// A request with these params.
std::string with(std::string_view params) {
  return R"({"jsonrpc":"2.0","id":1,"method":"m","params":)" + std::string(params) + "}";
}

template <class T>
T member(std::string_view value) {
  const Request one = request(with(R"({"x":)" + std::string(value) + "}"));
  const Value& found = one.params.members.at("x");
  INFO(value);
  REQUIRE(std::holds_alternative<T>(found));
  return std::get<T>(found);
}

}  // namespace

TEST_CASE("A request has an id, a method and params") {
  const Request one = request(R"({"jsonrpc":"2.0","id":"a\"b","method":"m","params":{"name":"n"}})");
  CHECK(one.id == R"("a\"b")");
  CHECK(one.method == "m");
  CHECK(std::get<std::string>(one.params.members.at("name")) == "n");
  CHECK(request(R"({"jsonrpc":"2.0","id":-7,"method":"m"})").id == "-7");
  CHECK(request(R"({"jsonrpc":"2.0","id":18446744073709551615,"method":"m"})").id == "18446744073709551615");
}

TEST_CASE("A message without an id is a notification") {
  CHECK(request(R"({"jsonrpc":"2.0","method":"notifications/initialized"})").is_notification());
  CHECK(std::holds_alternative<Response>(only(R"({"jsonrpc":"2.0","method":"m","params":[]})")));
}

TEST_CASE("Members of params, _meta and arguments are read with their types") {
  const Request one = request(with(R"({"_meta":{"v":"1"},"arguments":{"r":["a","b"]},"o":{"deep":[]}})"));
  CHECK(std::get<std::string>(one.params.meta->at("v")) == "1");
  CHECK(std::get<Texts>(one.params.arguments->at("r")) == Texts{"a", "b"});
  CHECK(std::holds_alternative<Nested>(one.params.members.at("o")));
  CHECK(member<std::int64_t>("30.0") == 30);
  CHECK(member<std::int64_t>("-9223372036854775808") == INT64_MIN);
  CHECK(member<bool>("true"));
  for (const char* const other : {"null", "1.5", "1e300", "18446744073709551615", "[1]", "[[\"a\"]]"})
    member<Other>(other);
  CHECK(member<Texts>("[]").empty());
}

TEST_CASE("Text that is not JSON is a parse error") {
  for (const std::string& text :
       {"x"s, "{"s, "{}}"s, R"({"a":1}{"b":2})"s, "{\"a\":\"\xFF\"}"s, "{'a':1}"s, "{\"a\":1,}"s,
        "{\"a\":1e999}"s, "{\"a\":NaN}"s, "{}\0"s, "{}\0{}"s, R"({"a":"\ud800"})"s}) {
    CHECK(invalid(text).code == parse_error);
    CHECK(invalid(text).id == "null");
  }
}

TEST_CASE("JSON that is no message is an invalid request") {
  for (const char* const text :
       {"1", "null", "\"x\"", "{}", "[]", R"({"jsonrpc":"2.0"})", R"({"jsonrpc":2.0,"id":1,"method":"m"})",
        R"({"id":1,"method":"m"})", R"({"jsonrpc":"1.0","id":1,"method":"m"})",
        R"({"jsonrpc":"2.0","id":1,"method":7})", R"({"jsonrpc":"2.0","id":null,"method":"m"})",
        R"({"jsonrpc":"2.0","id":1.5,"method":"m"})", R"({"jsonrpc":"2.0","id":{},"method":"m"})",
        R"({"jsonrpc":"2.0","id":true,"method":"m"})"})
    CHECK(invalid(text).code == invalid_request);
  CHECK(invalid(R"({"jsonrpc":"2.0","id":5})").id == "5");
  CHECK(invalid(R"({"jsonrpc":"2.0","id":null,"method":"m"})").id == "null");
}

TEST_CASE("Params that are no object are invalid params") {
  for (const char* const params : {"[]", "null", "1", "\"x\"", "true"})
    CHECK(invalid(with(params)).code == invalid_params);
}

TEST_CASE("An object with two members of a name is invalid, since readers differ about its value") {
  for (const char* const text :
       {R"({"jsonrpc":"2.0","id":1,"id":2,"method":"m"})",
        R"({"jsonrpc":"2.0","id":1,"method":"m","method":"n"})",
        R"({"jsonrpc":"2.0","id":1,"method":"m","params":{},"params":{}})",
        R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"name":"a","n\u0061me":"b"}})",
        R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"arguments":{"a":1,"a":2}}})",
        R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"_meta":{"a":1,"a":2}}})"})
    CHECK(invalid(text).code == invalid_request);
}

TEST_CASE("Deep nesting and many members are read without recursion") {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  member<Other>(deep);
  std::string many = "{\"a\":0";
  for (int i = 0; i < 50'000; ++i) many += ",\"m" + std::to_string(i) + "\":0";
  CHECK(request(with(many + "}")).params.members.size() == 50'001);
}

TEST_CASE("A response is recognized") {
  CHECK(std::holds_alternative<Response>(only(R"({"jsonrpc":"2.0","id":1,"result":{}})")));
  CHECK(std::holds_alternative<Response>(only(R"({"jsonrpc":"2.0","id":1,"error":{}})")));
}

TEST_CASE("A batch has its messages in order, each valid or not, and a limit") {
  const Line line = read_line(R"([{"jsonrpc":"2.0","id":1,"method":"a"},7,{"jsonrpc":"2.0","method":"b"}])");
  CHECK(line.is_batch);
  REQUIRE(line.messages.size() == 3);
  CHECK(std::get<Request>(line.messages[0]).method == "a");
  CHECK(std::get<Invalid>(line.messages[1]).code == invalid_request);
  CHECK(std::get<Request>(line.messages[2]).is_notification());
  std::string batch = "[1";
  for (std::size_t i = 1; i < most_in_batch; ++i) batch += ",1";
  CHECK(read_line(batch + "]").messages.size() == most_in_batch);
  CHECK(invalid(batch + ",1]").code == invalid_request);
}
