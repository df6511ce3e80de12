#include "providers/dialects/anthropic_messages/closed_schema.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

using nearfar::providers::anthropic_messages::close_schema;
namespace json = boost::json;

TEST_CASE("objects that leave a schema open are closed, at any depth") {
  const auto made = close_schema(json::parse(
      R"({"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{}}}}})"));
  REQUIRE(made);
  CHECK(made->changed);
  CHECK(made->schema.at("additionalProperties") == false);
  CHECK(made->schema.at_pointer("/properties/a/items/additionalProperties") == false);
}

TEST_CASE("a closed schema stays as it is, and data is no schema") {
  const auto given = json::parse(
      R"({"type":"object","properties":{"a":{"enum":[{"type":"object"}]}},"additionalProperties":false})");
  const auto made = close_schema(given);
  REQUIRE(made);
  CHECK_FALSE(made->changed);
  CHECK(made->schema == given);
}

TEST_CASE("a schema that wants further members cannot be closed") {
  CHECK_FALSE(close_schema(json::parse(R"({"type":"object","additionalProperties":{"type":"string"}})")));
  CHECK_FALSE(close_schema(json::parse(R"({"anyOf":[{"type":"object","additionalProperties":true}]})")));
}
