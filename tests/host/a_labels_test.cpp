// Tests of A-labels.
#include "host/a_labels.hpp"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

using namespace aluvia::host;
using namespace std::string_view_literals;

TEST_CASE("A name outside ASCII becomes the A-labels that browsers send for it") {
  const struct {
    std::string_view name;
    std::string_view a_labels;
  } names[] = {
      {"bücher.example", "xn--bcher-kva.example"},
      {"BÜCHER.example", "xn--bcher-kva.example"},
      {"bu\u0308cher.example", "xn--bcher-kva.example"},
      {"faß.example", "xn--fa-hia.example"},
      {"βόλος.example", "xn--nxasmm1c.example"},
      {"日本語。example", "xn--wgv71a119e.example"},
      {"shop．bücher｡example", "shop.xn--bcher-kva.example"},
      {"ａｂｃ.ü", "abc.xn--tda"},
      {"مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv"},
      {"a\u00adü.example", "xn--a-eha.example"},
      {"❤.example", "xn--qei.example"},
      {"💩.example", "xn--ls8h.example"},
      {"a_b--c.ü", "a_b--c.xn--tda"},
      {"xn--anything.ü", "xn--anything.xn--tda"},
      {"1.2.3.①", "1.2.3.1"},
      {"Example.com", "Example.com"},
      {"", ""},
      {"..", ".."},
  };
  for (const auto& [name, a_labels] : names) {
    INFO(name);
    const auto converted = to_a_labels(name);
    REQUIRE(converted);
    CHECK(*converted == a_labels);
  }
}

TEST_CASE("A name without A-labels is rejected, and so are bytes that are not UTF-8") {
  for (const std::string_view name :
       {"\u2028ü.example"sv, "ü b.example"sv, "ü/b"sv, "ü:80"sv, "ü@b"sv, "ü*"sv, "ü%41"sv,
        "\u0301a.example"sv, "\u0661.example"sv, "a\u200db.example"sv, "a\u202eü.example"sv,
        "\xFF\xFE.example"sv, "\xC3"sv, "\xED\xA0\x80"sv, "ü\0.example"sv, "👩\u200d👧.example"sv}) {
    INFO(name);
    CHECK_FALSE(to_a_labels(name));
  }
  std::string label;
  for (int i = 0; i < 70; ++i) label += "ü";
  CHECK_FALSE(to_a_labels(label));
  CHECK_FALSE(to_a_labels(std::string(100'000, '\xC3')));
}
