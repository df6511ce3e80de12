#include "config/field_docs.hpp"

#include "config/fact_table.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <set>
#include <string>

using namespace nearfar::config;

namespace {

std::string only_path(std::string_view name) {
  const auto found = find_docs(name);
  REQUIRE(found.fields.size() == 1);
  return found.fields.front()->path;
}

void walk(const std::vector<field_doc>& fields, const std::function<void(const field_doc&)>& see) {
  for (const auto& f : fields) {
    see(f);
    walk(f.fields, see);
  }
}

}  // namespace

TEST_CASE("every key has a path of its own, and what it says is enough to use it") {
  std::set<std::string> paths;
  walk(field_docs(), [&](const field_doc& f) {
    INFO(f.path);
    CHECK(paths.insert(f.path).second);
    CHECK_FALSE(f.doc.empty());
    CHECK_FALSE(f.value.empty());
    CHECK(find_docs(f.path).fields == std::vector<const field_doc*>{&f});
  });
  CHECK(paths.size() > 100);
  for (const auto* path : {"attempts.first_token.base", "providers.models.price.cached",
                           "selector.price.input", "tests.expect.never", "server.listen"})
    CHECK(paths.contains(path));
  CHECK(fact_docs().size() == fact_table().size());
}

TEST_CASE("a key is found by its path, by the end of it, and with names of one's own inside") {
  CHECK(only_path("attempts.first_token") == "attempts.first_token");
  CHECK(only_path("first_token") == "attempts.first_token");
  CHECK(only_path("price.cached") == "providers.models.price.cached");
  CHECK(only_path("order") == "rules.order");
  CHECK(only_path("providers.homelab.url") == "providers.url");
  CHECK(only_path("providers.homelab.models.qwen3-32b.price.input") == "providers.models.price.input");
}

TEST_CASE("a word that is a key here and there, or a fact too, is told of each") {
  const auto when = find_docs("when");
  CHECK(when.fields.size() == 4);  // guards, rules, attempts
  const auto key = find_docs("key");
  CHECK(key.fields.size() == 1);
  CHECK(key.facts.size() == 1);
  const auto network = find_docs("network");
  CHECK(network.fields.empty());
  REQUIRE(network.facts.size() == 1);
  CHECK(docs_text(network).find("offline") != std::string::npos);
  CHECK(find_docs("facts.battery").facts.size() == 1);
}

TEST_CASE("an unknown name gets the nearest one") {
  CHECK(find_docs("ordr").help == "did you mean `order`?");
  CHECK(find_docs("batery").help == "did you mean `battery`?");
  CHECK(find_docs("attempts.first_tokne").help == "did you mean `attempts.first_token`?");
  CHECK(find_docs("zzzzzzzz").help.empty());
  CHECK(find_docs("").fields.empty());
}

TEST_CASE("the JSON holds the keys inside and the words that are legal") {
  const auto all = boost::json::parse(docs_json(find_docs("rules"))).as_array();
  REQUIRE(all.size() == 1);
  const auto& rules = all.front().as_object();
  CHECK(rules.at("path") == "rules");
  for (const auto& key : rules.at("keys").as_array()) {
    if (key.at("path") != "rules.order") continue;
    CHECK(key.at("left_out") == "listed");
    CHECK(key.at("words").as_array().front().at("word") == "listed");
    return;
  }
  FAIL("rules.order is not there");
}

TEST_CASE("the overview names every key at the top and every fact") {
  const auto text = docs_overview();
  for (const auto* word : {"version", "providers", "guards", "tests", "battery", "header"})
    CHECK(text.find("    " + std::string(word)) != std::string::npos);
}
