#include "providers/dialects/openai_chat/quirks.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace nearfar;
using namespace nearfar::providers;
namespace json = boost::json;

namespace {

struct adapted {
  std::string body;
  openai_chat::notes said;
};

adapted adapt(std::string_view body, const config::quirks& by) {
  adapted out;
  auto v = json::parse(body);
  openai_chat::adapt(v.as_object(), by, out.said);
  out.body = json::serialize(v);
  return out;
}

}  // namespace

TEST_CASE("stop words beyond what a target takes are left out, and that is said") {
  config::quirks one;
  one.most_stops = 1;
  const auto got = adapt(R"({"stop":["END","STOP"]})", one);
  CHECK(got.body == R"({"stop":["END"]})");
  CHECK(got.said.size() == 1);
  CHECK(adapt(R"({"stop":["END"]})", one).said.empty());
  CHECK(adapt(R"({"stop":"END"})", one).body == R"({"stop":"END"})");
  CHECK(adapt(R"({"stop":["END","STOP"]})", {}).body == R"({"stop":["END","STOP"]})");
}

TEST_CASE("names go from messages where a target takes none, but for those of tools") {
  config::quirks nameless;
  nameless.no_names = true;
  constexpr std::string_view body =
      R"({"messages":[{"role":"user","name":"ada","content":"Hi"},{"role":"tool","name":"look","content":"far"}]})";
  const auto got = adapt(body, nameless);
  CHECK(got.body ==
        R"({"messages":[{"role":"user","content":"Hi"},{"role":"tool","name":"look","content":"far"}]})");
  CHECK(got.said.size() == 1);
  CHECK(adapt(body, {}).body == body);
}

TEST_CASE("the walk over a request sees whether names are in it") {
  config::quirks nameless;
  nameless.no_names = true;
  request_view view;
  CHECK_FALSE(openai_chat::needs_adapting(view, nameless));
  view.signs.names = true;
  CHECK(openai_chat::needs_adapting(view, nameless));
  CHECK_FALSE(openai_chat::needs_adapting(view, {}));
}
