#include "providers/dialects/plain_json/request_reader.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using nearfar::providers::request_view;
using nearfar::providers::plain_json::request_reader;

namespace {

struct read_one {
  explicit read_one(std::string text) : body(std::move(text)) {
    const auto size = body.size();
    body.append(64, '\0');
    request_reader reader;
    const auto read = reader.read(std::string_view(body).substr(0, size), view);
    fine = read.has_value();
    if (!fine) why = read.error().context;
  }
  std::string body;
  request_view view;
  bool fine = false;
  std::string why;
};

}  // namespace

TEST_CASE("what routing needs of a plain request is found") {
  const read_one one(
      R"({"model":"m\u0031","input":["one","two"],"stream":true,"n":2,"stream_options":{"include_usage":true}})");
  REQUIRE(one.fine);
  CHECK(one.view.facts.model == "m1");
  CHECK(one.view.facts.stream);
  CHECK(one.view.facts.include_usage);
  CHECK(one.view.facts.choices == 2);
  CHECK(one.view.facts.input_tokens > 0);
  CHECK(one.body.substr(one.view.model.offset, one.view.model.length) == R"("m\u0031")");
  CHECK(one.body.at(one.view.last_member_end) == '}');
}

TEST_CASE("a plain request whose meaning is in doubt is refused with the place") {
  CHECK(read_one("").why == "the body is empty: send a JSON object");
  CHECK_FALSE(read_one("[]").fine);
  CHECK_FALSE(read_one(R"({"input":"x"})").fine);
  CHECK_FALSE(read_one(R"({"model":1})").fine);
  CHECK_FALSE(read_one(R"({"model":"a","model":"b"})").fine);
  CHECK_FALSE(read_one(R"({"model":"a","stream":1})").fine);
  CHECK_FALSE(read_one(R"({"model":"a","input":[1,})").fine);
  CHECK_FALSE(read_one(R"({"model":"a"} {})").fine);
}
