// Tests whole lines of the access log, in each format.
#include "telemetry/access_line.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

using namespace aluvia::telemetry;
using namespace std::chrono_literals;
using aluvia::rules::Route;
using Moment = AccessLine::Moment;
using Outcome = RequestRecord::Outcome;

namespace {

// A GET through the gateway with every step.
RequestRecord complete() {
  RequestRecord out;
  out.id = {0x7f3a9c, 1042};
  out.client = "127.0.0.1:50000";
  out.begin = std::chrono::system_clock::time_point{1'700'000'000'123ms};
  out.duration = 12'345us;
  out.method = "GET";
  out.host = "shop.example.com";
  out.port = 80;
  out.route = Route::gateway;
  out.rule = "*.example.com";
  out.version = 7;
  out.status = 200;
  out.path = "/cart?id=5";
  out.bytes_up = 350;
  out.bytes_down = 1234;
  out.tries = 2;
  out.dns = 1'500us;
  out.connect = 20ms;
  out.gateway = 3ms;
  out.first_byte = 9'001us;
  return out;
}

RequestRecord rejected() {
  RequestRecord out;
  out.id = {0x7f3a9c, 1043};
  out.begin = std::chrono::system_clock::time_point{1'700'000'000'123ms};
  out.duration = 40us;
  out.outcome = Outcome::failed;
  out.status = 400;
  out.error = "http_request_error";
  out.reason = "the request line has no target";
  return out;
}

RequestRecord tunnel() {
  RequestRecord out = complete();
  out.is_tunnel = true;
  out.is_reused = true;
  out.method = "CONNECT";
  out.port = 443;
  out.path = {};
  out.reason = "ended";
  return out;
}

std::string line(AccessFormat format, const RequestRecord& record, bool has_path = false,
                 Moment moment = Moment::end) {
  std::string out(AccessLine::most_bytes(record), '\0');
  const char* const end = AccessLine(format, has_path).put(out.data(), record, moment);
  REQUIRE(end <= out.data() + out.size());
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

const std::string json_of_complete =
    R"({"time":"2023-11-14T22:13:20.123Z","id":"7f3a9c-1042","event":"request","client":"127.0.0.1:50000",)"
    R"("method":"GET","host":"shop.example.com","port":80,"route":"gateway","rule":"*.example.com",)"
    R"("action":"forward","status":200,"error":null,"tries":2,"config_version":7,"dns_ms":1.5,)"
    R"("connect_ms":20,"gateway_ms":3,"first_byte_ms":9.001,"duration_ms":12.345,"bytes_up":350,)"
    R"("bytes_down":1234,"reused":false,"reason":null)";

}  // namespace

TEST_CASE("A JSON line has all fields in the order of the documentation") {
  CHECK(line(AccessFormat::json, complete()) == json_of_complete + "}\n");
}

TEST_CASE("Path and query are in a line only where they are asked for") {
  CHECK(line(AccessFormat::json, complete(), true) == json_of_complete + R"(,"path":"/cart?id=5"})" + "\n");
  for (const AccessFormat format : {AccessFormat::json, AccessFormat::ecs, AccessFormat::text}) {
    CHECK(line(format, complete()).find("cart") == std::string::npos);
    CHECK(line(format, complete(), true).find("/cart") != std::string::npos);
  }
  CHECK(line(AccessFormat::json, tunnel(), true)
            .ends_with(R"(,"path":null})"
                       "\n"));
}

TEST_CASE("A JSON line has null for each field that does not apply") {
  CHECK(line(AccessFormat::json, rejected()) ==
        R"({"time":"2023-11-14T22:13:20.123Z","id":"7f3a9c-1043","event":"request","client":null,)"
        R"("method":null,"host":null,"port":null,"route":null,"rule":null,"action":"refuse","status":400,)"
        R"("error":"http_request_error","tries":0,"config_version":null,"dns_ms":null,"connect_ms":null,)"
        R"("gateway_ms":null,"first_byte_ms":null,"duration_ms":0.04,"bytes_up":0,"bytes_down":0,)"
        R"("reused":null,"reason":"the request line has no target"})"
        "\n");
}

TEST_CASE("The line of an opened tunnel has no totals, and that of its end has") {
  const std::string open = line(AccessFormat::json, tunnel(), false, Moment::open);
  CHECK(open.find(R"("event":"tunnel_open")") != std::string::npos);
  CHECK(open.find(R"("duration_ms":null,"bytes_up":null,"bytes_down":null,"reused":true)") !=
        std::string::npos);
  const std::string end = line(AccessFormat::json, tunnel());
  CHECK(end.find(R"("event":"tunnel",)") != std::string::npos);
  CHECK(end.find(R"("bytes_up":350,"bytes_down":1234,"reused":true,"reason":"ended"})") != std::string::npos);
}

TEST_CASE("An ECS line has names of the schema and leaves out what does not apply") {
  CHECK(line(AccessFormat::ecs, complete(), true) ==
        R"({"@timestamp":"2023-11-14T22:13:20.123Z","ecs.version":"8.11.0","event.id":"7f3a9c-1042",)"
        R"("event.kind":"event","event.dataset":"aluvia_connect.access","event.category":["network"],)"
        R"("event.type":["connection","end"],"event.action":"request","event.outcome":"success",)"
        R"("source.address":"127.0.0.1","source.ip":"127.0.0.1","source.port":50000,)"
        R"("destination.address":"shop.example.com","destination.domain":"shop.example.com",)"
        R"("destination.port":80,"network.transport":"tcp","network.protocol":"http",)"
        R"("http.request.method":"GET","http.response.status_code":200,"rule.name":"*.example.com",)"
        R"("aluvia.action":"forward","aluvia.tries":2,"aluvia.route":"gateway","aluvia.reused":false,)"
        R"("aluvia.config_version":7,"aluvia.dns_ms":1.5,"aluvia.connect_ms":20,"aluvia.gateway_ms":3,)"
        R"("aluvia.first_byte_ms":9.001,"event.duration":12345000,"source.bytes":350,)"
        R"("destination.bytes":1234,"network.bytes":1584,"url.path":"/cart","url.query":"id=5"})"
        "\n");
  CHECK(line(AccessFormat::ecs, rejected()) ==
        R"({"@timestamp":"2023-11-14T22:13:20.123Z","ecs.version":"8.11.0","event.id":"7f3a9c-1043",)"
        R"("event.kind":"event","event.dataset":"aluvia_connect.access","event.category":["network"],)"
        R"("event.type":["connection","denied"],"event.action":"request","event.outcome":"failure",)"
        R"("event.reason":"the request line has no target","network.transport":"tcp",)"
        R"("network.protocol":"http","http.response.status_code":400,"error.code":"http_request_error",)"
        R"("aluvia.action":"refuse","aluvia.tries":0,"event.duration":40000,"source.bytes":0,)"
        R"("destination.bytes":0,"network.bytes":0})"
        "\n");
}

TEST_CASE("An ECS line tells addresses from names, IPv6 and SOCKS included") {
  RequestRecord record = tunnel();
  record.client = "[::1]:50000";
  record.host = "2001:db8::1";
  record.method = "SOCKS";
  const std::string text = line(AccessFormat::ecs, record, false, Moment::open);
  CHECK(text.find(R"("source.ip":"::1","source.port":50000)") != std::string::npos);
  CHECK(text.find(R"("destination.ip":"2001:db8::1")") != std::string::npos);
  CHECK(text.find(R"("network.protocol":"socks")") != std::string::npos);
  CHECK(text.find(R"("event.type":["connection","start"],"event.action":"tunnel_open")") !=
        std::string::npos);
  CHECK(text.find("http.") == std::string::npos);
}

TEST_CASE("A text line is readable") {
  CHECK(line(AccessFormat::text, complete(), true) ==
        "2023-11-14T22:13:20.123Z 7f3a9c-1042 request 127.0.0.1:50000 GET "
        "shop.example.com:80/cart?id=5 gateway (*.example.com) 200, 350 bytes up, 1234 down, 12.345 ms\n");
  CHECK(line(AccessFormat::text, rejected()) ==
        "2023-11-14T22:13:20.123Z 7f3a9c-1043 request - - - refused 400 http_request_error, 0 bytes up, "
        "0 down, 0.04 ms: the request line has no target\n");
  CHECK(line(AccessFormat::text, tunnel(), false, Moment::open) ==
        "2023-11-14T22:13:20.123Z 7f3a9c-1042 tunnel_open 127.0.0.1:50000 CONNECT shop.example.com:443 "
        "gateway (*.example.com) 200: ended\n");
}

TEST_CASE("Hostile texts stay one line of valid JSON, and the text is theirs") {
  const std::vector<std::string> texts = {"<script>alert(1)</script>",
                                          "a\nb\r\0c",
                                          "\x1b[31mred\x7f",
                                          "\"},\"x\":\"",
                                          "\\",
                                          "caf\xc3\xa9",
                                          "\xff\xfe",
                                          "\xe2\x80\xae",
                                          std::string(253, '\x01'),
                                          std::string(70'000, 'x')};
  for (const std::string& text : texts) {
    RequestRecord record = rejected();
    record.host = record.method = record.rule = record.reason = record.error = record.path = text;
    record.client = text;
    for (const AccessFormat format : {AccessFormat::json, AccessFormat::ecs, AccessFormat::text}) {
      const std::string out = line(format, record, true);
      CHECK(out.find('\n') == out.size() - 1);
      CHECK(out.find('\x1b') == std::string::npos);
      if (format == AccessFormat::text) continue;
      rapidjson::Document parsed;
      CHECK_FALSE(parsed.Parse(out.c_str()).HasParseError());
    }
  }
}

TEST_CASE("The largest values fit into a line") {
  RequestRecord record = complete();
  record.id = {0xFFFFFF, UINT64_MAX};
  record.version = record.bytes_up = record.bytes_down = UINT64_MAX;
  record.tries = UINT32_MAX;
  record.status = 999;
  record.port = 65535;
  record.duration = RequestRecord::Time::max();
  record.dns = record.connect = record.gateway = record.first_byte = RequestRecord::Time::max();
  const std::string text(longest_text, '\x01');
  record.host = record.method = record.rule = record.reason = record.error = record.path = text;
  record.client = text;
  for (const AccessFormat format : {AccessFormat::json, AccessFormat::ecs, AccessFormat::text}) {
    const std::string out = line(format, record, true);
    CHECK(out.find("18446744073709551615") != std::string::npos);
    CHECK(out.ends_with("\n"));
  }
}
