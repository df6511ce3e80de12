// The query of a request target.
#include "gateway/query_parameters.hpp"

#include <catch2/catch_test_macros.hpp>

using nearfar::gateway::query_parameters;
using nearfar::gateway::read_query_parameters;

TEST_CASE("a query is read into names and values in its order", "[gateway]") {
  CHECK(read_query_parameters("") == query_parameters{});
  CHECK(read_query_parameters("a=1&b=&c&a=2") ==
        query_parameters{{"a", "1"}, {"b", ""}, {"c", ""}, {"a", "2"}});
  CHECK(read_query_parameters("&&a=1&") == query_parameters{{"a", "1"}});
  CHECK(read_query_parameters("a=b=c") == query_parameters{{"a", "b=c"}});
}

TEST_CASE("escapes are decoded, and a plus is a plus", "[gateway]") {
  CHECK(read_query_parameters("fail_if=moved%3E10%25") == query_parameters{{"fail_if", "moved>10%"}});
  CHECK(read_query_parameters("%73ince=2026-01-01T00:00+01:00") ==
        query_parameters{{"since", "2026-01-01T00:00+01:00"}});
  for (const auto* bad : {"a=%", "a=%4", "a=%zz", "a=%-1", "%=1", "a=%3&b=1"}) {
    INFO(bad);
    CHECK_FALSE(read_query_parameters(bad));
  }
}
