// Tests the schemas of tools and the check of arguments, which come from the same tables.
#include "mcp/tool.hpp"

#include "base/json_value.hpp"
#include "mcp/arguments.hpp"

#include <array>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

using namespace aluvia::mcp;
using namespace std::string_literals;

namespace {

using Type = Property::Type;

constexpr std::array properties{
    Property{.name = "url", .about = "A URL.", .is_required = true, .least = 1, .most = 5},
    Property{.name = "by", .about = "A row.", .choices = "host|rule"},
    Property{
        .name = "rules", .type = Type::texts, .about = "Rules.", .least = 1, .most = 2, .longest_text = 3},
    Property{.name = "status", .type = Type::number, .about = "A status.", .least = 100, .most = 599},
    Property{.name = "clear", .type = Type::yes_no, .about = "A flag."}};
constexpr std::array fields{Field{"host", "string", "A host.", true}, Field{"geo", "text or null"},
                            Field{"rules", "texts"}};
constexpr std::array tools{
    Tool{"explain", "Explain", "Explains.", properties, fields, true, false, true, true}};

std::optional<std::string> error(Members arguments) {
  arguments.try_emplace("url", "host"s);
  return argument_error(tools[0], arguments);
}

std::string json_at(const char* pointer) {
  rapidjson::Document list;
  REQUIRE(aluvia::parse_json(list, tool_list_json(tools)));
  const auto* const value = rapidjson::Pointer(pointer).Get(list);
  INFO(pointer);
  REQUIRE(value != nullptr);
  return std::string(aluvia::json_text_of(*value).view());
}

}  // namespace

TEST_CASE("A tool is listed with its schemas and annotations") {
  CHECK(json_at("/0/name") == R"("explain")");
  CHECK(json_at("/0/inputSchema/properties/url") ==
        R"({"type":"string","minLength":1,"maxLength":5,"description":"A URL."})");
  CHECK(json_at("/0/inputSchema/properties/by/enum") == R"(["host","rule"])");
  CHECK(json_at("/0/inputSchema/properties/rules") ==
        R"({"type":"array","items":{"type":"string","minLength":1,"maxLength":3},"minItems":1,"maxItems":2,)"
        R"("description":"Rules."})");
  CHECK(json_at("/0/inputSchema/properties/status/maximum") == "599");
  CHECK(json_at("/0/inputSchema/properties/clear/type") == R"("boolean")");
  CHECK(json_at("/0/inputSchema/required") == R"(["url"])");
  CHECK(json_at("/0/inputSchema/additionalProperties") == "false");
  CHECK(json_at("/0/outputSchema/properties/geo/type") == R"(["string","null"])");
  CHECK(json_at("/0/outputSchema/properties/rules") == R"({"type":"array","items":{"type":"string"}})");
  CHECK(json_at("/0/outputSchema/required") == R"(["host"])");
  CHECK(json_at("/0/annotations") ==
        R"({"title":"Explain","readOnlyHint":true,"destructiveHint":false,"idempotentHint":true,)"
        R"("openWorldHint":true})");
}

TEST_CASE("Arguments of the schema are accepted") {
  CHECK_FALSE(error({}));
  CHECK_FALSE(error({{"url", "12345"s}, {"by", "rule"s}, {"rules", Texts{"a", "bcd"}}}));
  CHECK_FALSE(error({{"status", std::int64_t{100}}, {"clear", false}}));
  CHECK_FALSE(error({{"url", "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F\xE2\x82\xAC"s}}));
}

TEST_CASE("Other arguments are errors that say what is accepted") {
  CHECK(error({{"url", ""s}}) == "cannot use url: it takes a string of 1 to 5 characters");
  CHECK(error({{"url", "123456"s}}));
  CHECK(error({{"url", Texts{"a"}}}));
  CHECK(error({{"by", "route"s}}) == "cannot use by: it takes one of host|rule");
  CHECK(error({{"by", "host|rule"s}}));
  CHECK(error({{"by", ""s}}));
  CHECK(error({{"rules", Texts{}}}) ==
        "cannot use rules: it takes a list of 1 to 2 strings of 1 to 3 characters");
  CHECK(error({{"rules", Texts{"a", "b", "c"}}}));
  CHECK(error({{"rules", Texts{""}}}));
  CHECK(error({{"rules", Texts{"abcd"}}}));
  CHECK(error({{"rules", "a"s}}));
  CHECK(error({{"status", std::int64_t{99}}}) ==
        "cannot use status: it takes a whole number from 100 to 599");
  CHECK(error({{"status", "100"s}}));
  CHECK(error({{"clear", "true"s}}) == "cannot use clear: it takes true or false");
  CHECK(error({{"clear", Other{}}}));
  CHECK(error({{"clear", Nested{}}}));
  CHECK(error({{"--port", "1"s}}) == "cannot use the argument '--port': explain takes no such argument");
  CHECK(argument_error(tools[0], {}) == "cannot call explain: it needs url, a string of 1 to 5 characters");
}
