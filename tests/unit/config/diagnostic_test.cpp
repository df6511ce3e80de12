#include "config/diagnostic.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace nearfar::config;

namespace {
constexpr auto plain = diagnostics::style::plain;
}

TEST_CASE("a finding shows its line, a caret of its length and the help behind it") {
  diagnostics d("nearfar.yaml", std::string(40, '\n') + "    prefered: [self_hosted, remote]\n");
  d.error("P012", {41, 5, 8}, "unknown key `prefered` in rule `save-battery`", "did you mean `prefer`?");
  CHECK(d.render(plain) ==
        "error[P012]: unknown key `prefered` in rule `save-battery`\n"
        "  --> nearfar.yaml:41:5\n"
        "   |\n"
        "41 |     prefered: [self_hosted, remote]\n"
        "   |     ^^^^^^^^ help: did you mean `prefer`?\n");
}

TEST_CASE("findings come in the order of the file, whatever the order they were found in") {
  diagnostics d("f", "a\nb\nc\n");
  d.warning("P2", {3, 1, 1}, "third");
  d.error("P1", {1, 1, 1}, "first");
  d.note("P3", {}, "about the file");
  d.error("P4", {3, 1, 1}, "third too");
  REQUIRE(d.all().size() == 4);
  CHECK(d.all()[0].message == "about the file");
  CHECK(d.all()[1].message == "first");
  CHECK(d.all()[2].message == "third");
  CHECK(d.all()[3].message == "third too");
}

TEST_CASE("only errors are errors") {
  diagnostics d("f", "");
  d.warning("P1", {}, "x");
  d.note("P1", {}, "x");
  CHECK_FALSE(d.has_errors());
  d.error("P1", {}, "x");
  CHECK(d.has_errors());
}

TEST_CASE("tabs stay tabs under the line and characters of several bytes count as one") {
  diagnostics d("f", "\tgröße: x\n");
  d.error("P1", {1, 9, 1}, "m");
  CHECK(d.render(plain).ends_with("1  | \tgröße: x\n   | \t       ^\n"));
}

TEST_CASE("a place beyond the line and an overlong caret are clipped") {
  diagnostics d("f", "ab\n");
  d.error("P1", {1, 2, 50}, "m");
  d.error("P1", {9, 9, 9}, "m");
  CHECK(d.render(plain).find("   |  ^\n") != std::string::npos);
}

TEST_CASE("line numbers above ninety-nine widen the gutter") {
  diagnostics d("f", std::string(120, '\n') + "x: 1\n");
  d.error("P1", {121, 1, 1}, "m");
  CHECK(d.render(plain) == "error[P1]: m\n   --> f:121:1\n    |\n121 | x: 1\n    | ^\n");
}

TEST_CASE("without a finding there is nothing to say") {
  const diagnostics d("f", "x");
  CHECK(d.render(plain).empty());
  CHECK(d.render_json() == "[]\n");
}

TEST_CASE("colour adds escapes and nothing else") {
  diagnostics d("f", "a: 1\n");
  d.warning("P1", {1, 1, 1}, "m", "h");
  const auto coloured = d.render(diagnostics::style::colour);
  CHECK(coloured.find("\x1b[") != std::string::npos);
  std::string bare;
  for (std::size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b') {
      i = coloured.find('m', i);
    } else {
      bare += coloured[i];
    }
  }
  CHECK(bare == d.render(plain));
}

TEST_CASE("as JSON every finding is an object with its place") {
  diagnostics d("f.yaml", "a: 1\n");
  d.error("P012", {1, 1, 1}, "unknown \"key\"", "cure");
  d.note("P001", {}, "whole file");
  const auto parsed = boost::json::parse(d.render_json()).as_array();
  REQUIRE(parsed.size() == 2);
  CHECK(parsed[0].at("level") == "note");
  CHECK_FALSE(parsed[0].as_object().contains("line"));
  CHECK(parsed[1].at("code") == "P012");
  CHECK(parsed[1].at("message") == "unknown \"key\"");
  CHECK(parsed[1].at("line") == 1);
  CHECK(parsed[1].at("column") == 1);
  CHECK(parsed[1].at("file") == "f.yaml");
  CHECK(parsed[1].at("help") == "cure");
}
