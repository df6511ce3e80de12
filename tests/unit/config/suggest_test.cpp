#include "config/suggest.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace nearfar::config;

namespace {
const std::vector<std::string_view> keys{"prefer", "only", "order", "when", "name"};
}

TEST_CASE("insert, delete, replace and swap of neighbours cost one each") {
  CHECK(edit_distance("prefer", "prefer") == 0);
  CHECK(edit_distance("prefered", "prefer") == 2);
  CHECK(edit_distance("oder", "order") == 1);
  CHECK(edit_distance("onyl", "only") == 1);
  CHECK(edit_distance("whan", "when") == 1);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("self-hosted", "self_hosted") == 0);
  CHECK(edit_distance("Prefer", "prefer") == 0);
}

TEST_CASE("a suggestion is at most a third of the word away") {
  CHECK(nearest("prefered", std::span(keys)) == "prefer");
  CHECK(nearest("preferences", std::span(keys)).empty());
  CHECK(nearest("xy", std::span(keys)).empty());
  CHECK(nearest("ony", std::span(keys)) == "only");
}

TEST_CASE("with nothing near, a short list of what is legal is given") {
  CHECK(suggestion("ordr", std::span(keys)) == "did you mean `order`?");
  CHECK(suggestion("colour", std::span(keys)) == "one of `prefer`, `only`, `order`, `when`, `name`");
  const std::vector<std::string> one{"client"};
  CHECK(suggestion("nothing", std::span(one)) == "only `client`");
  CHECK(suggestion("nothing", std::span<const std::string>{}).empty());
  const std::vector<std::string> many(20, "long");
  CHECK(suggestion("nothing", std::span(many)).empty());
}

TEST_CASE("very long words are compared by their beginnings") {
  const std::string a(5000, 'a');
  CHECK(edit_distance(a, a) == 0);
  CHECK(edit_distance(a, "b") == 64);
}
