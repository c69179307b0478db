// Tests of FieldScan.
#include "http/field_scan.hpp"

#include <string>

#include <catch2/catch.hpp>

using aluvia::http::FieldScan;

namespace {

TEST_CASE("A field is found wherever the pieces end in which the head comes") {
  const std::string head =
      "\r\nGET http://a/ HTTP/1.1\r\nHost: a\r\nCookie: 1\r\npRoxy-auth: \t Basic abc \t\r\nX: y\r\n\r\n";
  for (std::size_t cut = 0; cut <= head.size(); ++cut) {
    CAPTURE(cut);
    FieldScan scan("Proxy-Auth");
    const bool in_first = scan.read(std::string_view(head).substr(0, cut));
    const bool in_second = scan.read(std::string_view(head).substr(cut));
    CHECK(in_first != in_second);
    CHECK(scan.is_complete());
    CHECK(scan.value() == "Basic abc");
    CHECK(scan.count() == 1);
    CHECK(scan.fields() == 4);
    CHECK(scan.bytes() == head.size());
  }
}

TEST_CASE("A head is scanned up to its blank line and no further") {
  FieldScan scan("Name");
  CHECK_FALSE(scan.read("GET / HTTP/1.1\r\nHost: a\r\n"));
  CHECK_FALSE(scan.is_complete());
  CHECK_FALSE(scan.read("\r\nName: body\r\n"));
  CHECK(scan.is_complete());
  CHECK(scan.count() == 0);
  CHECK(scan.bytes() == 27);
}

TEST_CASE("Fields with that name are counted, and the last one has the value") {
  FieldScan scan("Name");
  CHECK(scan.read(
      "Name: no field, for it is the first line\r\nName: one\r\nNames: no\r\nNam: no\r\nNAME:two\r\n"));
  CHECK(scan.count() == 2);
  CHECK(scan.value() == "two");
}

TEST_CASE("A value that is too long is found but not kept") {
  FieldScan scan("Name");
  const std::string longest(FieldScan::longest_value, 'x');
  CHECK(scan.read("GET / HTTP/1.1\r\nName: " + longest + "\r\n"));
  CHECK(scan.value() == longest);
  CHECK(scan.read("Name: " + longest + "x\r\n"));
  CHECK(scan.value().empty());
  CHECK(scan.read("Name: " + std::string(1 << 20, 'x') + "\r\nName: short\r\n"));
  CHECK(scan.value() == "short");
  CHECK(scan.count() == 4);
}

}  // namespace
