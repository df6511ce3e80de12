// Another visitor than the reader, over the same table: what a schema or a reference page stands on.
#include "config/fact_table.hpp"
#include "config/fields_preset.hpp"
#include "config/fields_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>
#include <vector>

using namespace nearfar::config;

namespace {

struct seen_field {
  std::string key;
  std::string doc;
  std::string example;
};

class collector {
 public:
  template <class Member, class Kind>
  void field(const field_info& info, Member&, Kind) {
    seen_.push_back({std::string(info.key), std::string(info.doc), std::string(info.example)});
  }
  const std::vector<seen_field>& seen() const { return seen_; }

 private:
  std::vector<seen_field> seen_;
};

template <class T>
std::vector<seen_field> fields_of() {
  collector c;
  T value{};
  describe(c, value);
  return c.seen();
}

template <class... T>
std::vector<seen_field> fields_of_all() {
  std::vector<seen_field> all;
  const auto append = [&](std::vector<seen_field> some) { all.insert(all.end(), some.begin(), some.end()); };
  (append(fields_of<T>()), ...);
  return all;
}

}  // namespace

TEST_CASE("every field says in one line what it is, and shows an example") {
  const auto all =
      fields_of_all<configuration, server_config, defaults_section, provider, target_model, runtime_config,
                    queue_config, tls_config, price, capabilities, selector, guard, rule, max_price,
                    attempts_entry, token_clock, answer_clock, fact_config, policy_test, preset>();
  CHECK(all.size() > 90);
  for (const auto& f : all) {
    INFO(f.key);
    CHECK_FALSE(f.doc.empty());
    CHECK_FALSE(f.doc.ends_with('.'));
    CHECK(f.doc.find('\n') == std::string::npos);
    CHECK_FALSE(f.example.empty());
  }
}

TEST_CASE("no section lists a key twice") {
  const auto check = [](const std::vector<seen_field>& fields) {
    std::set<std::string> keys;
    for (const auto& f : fields) {
      INFO(f.key);
      CHECK(keys.insert(f.key).second);
    }
  };
  check(fields_of<configuration>());
  check(fields_of<provider>());
  check(fields_of<target_model>());
  check(fields_of<guard>());
  check(fields_of<rule>());
  check(fields_of<attempts_entry>());
  check(fields_of<selector>());
}

TEST_CASE("every fact has a description and an example") {
  for (const auto& f : fact_table()) {
    INFO(f.name);
    CHECK_FALSE(f.doc.empty());
    CHECK_FALSE(f.example.empty());
    CHECK((f.shape == fact_shape::choice) == (!f.words.empty() && f.shape != fact_shape::weekday));
  }
  CHECK(find_fact("network") != nullptr);
  CHECK(find_fact("mood") == nullptr);
}
