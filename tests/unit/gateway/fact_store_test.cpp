#include "gateway/fact_store.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

using namespace nearfar;
using namespace std::chrono_literals;
using gateway::fact_settings;
using gateway::fact_snapshot;
using gateway::fact_store;
using routes::instant;

namespace {

const instant start{1000s};

config::configuration with_facts() {
  config::configuration out;
  out.facts.push_back(
      {"metered", std::nullopt, std::variant<bool, double, std::string>(false), config::millis(60s), {}});
  out.facts.push_back({"worn", config::fact_type::boolean, std::nullopt, config::millis(10min), {}});
  return out;
}

fact_snapshot at(const fact_store& store, instant now) {
  fact_snapshot out;
  store.fill(now, fact_settings(with_facts()), out);
  return out;
}

routes::error no_route() {
  return routes::make_error(routes::error_kind::connect, "connect",
                            boost::system::error_code(ENETUNREACH, boost::system::system_category()));
}

}  // namespace

TEST_CASE("before the first reading the links are up and other sensed facts unknown") {
  const fact_store store(with_facts());
  const auto now = at(store, start);
  CHECK(now.values.network == routes::network_state::online);
  CHECK(now.values.lan == routes::lan_state::up);
  CHECK_FALSE(now.values.battery.has_value());
  CHECK(now.values.metered == false);
  CHECK(std::holds_alternative<std::monostate>(now.declared.at(0)));
}

TEST_CASE("a pushed reading holds until it expires or goes stale") {
  fact_store store(with_facts());
  CHECK(store.set({{"metered", true, std::nullopt}, {"battery", 15.0, routes::millis(5s)}}, start).empty());
  CHECK(at(store, start + 4s).values.battery == 15.0);
  CHECK_FALSE(at(store, start + 5s).values.battery.has_value());
  CHECK(at(store, start + 59s).values.metered == true);
  // Stale is not unsensed: `if_unsensed` is for machines that have no such sensor.
  CHECK_FALSE(at(store, start + 60s).values.metered.has_value());
}

TEST_CASE("a declared fact has its type") {
  fact_store store(with_facts());
  CHECK(store.set({{"worn", true, std::nullopt}}, start).empty());
  CHECK(std::get<bool>(at(store, start).declared.at(0)));
  CHECK(store.set({{"worn", 3.0, std::nullopt}}, start).find("true or false") != std::string::npos);
  CHECK(store.set({{"wron", true, std::nullopt}}, start).find("`wron`") != std::string::npos);
  CHECK(store.set({{"network", std::string("up"), std::nullopt}}, start).find("online") != std::string::npos);
}

TEST_CASE("a push with one bad fact changes none") {
  fact_store store(with_facts());
  CHECK_FALSE(
      store.set({{"network", std::string("offline"), std::nullopt}, {"battery", 300.0, std::nullopt}}, start)
          .empty());
  CHECK(at(store, start).values.network == routes::network_state::online);
}

TEST_CASE("no route to a remote makes the network offline for ten seconds") {
  fact_store store(with_facts());
  store.unreachable(config::tier::remote, false, no_route(), start);
  CHECK(at(store, start + 9s).values.network == routes::network_state::offline);
  CHECK(at(store, start + 9s).values.lan == routes::lan_state::up);
  CHECK(at(store, start + 10s).values.network == routes::network_state::online);
}

TEST_CASE("a success brings the scope back at once and says so") {
  fact_store store(with_facts());
  store.unreachable(config::tier::remote, false, no_route(), start);
  CHECK(store.reached(config::tier::self_hosted, false, start + 1s) == gateway::network_change::none);
  CHECK(store.reached(config::tier::remote, false, start + 1s) == gateway::network_change::internet_back);
  CHECK(at(store, start + 1s).values.network == routes::network_state::online);
}

TEST_CASE("a refused connect says nothing of the link") {
  fact_store store(with_facts());
  const auto refused =
      routes::make_error(routes::error_kind::connect, "connect",
                         boost::system::error_code(ECONNREFUSED, boost::system::system_category()));
  store.unreachable(config::tier::remote, false, refused, start);
  CHECK(at(store, start).values.network == routes::network_state::online);
}

TEST_CASE("failures on loopback say nothing of the link") {
  fact_store store(with_facts());
  store.unreachable(config::tier::remote, true, no_route(), start);
  CHECK(at(store, start).values.network == routes::network_state::online);
}

TEST_CASE("a pushed link fact outranks what attempts suggest") {
  fact_store store(with_facts());
  CHECK(store.set({{"network", std::string("degraded"), std::nullopt}}, start).empty());
  store.unreachable(config::tier::remote, false, no_route(), start);
  CHECK(at(store, start).values.network == routes::network_state::degraded);
}

TEST_CASE(
    "readings survive another configuration, but for facts it no longer declares or declares otherwise") {
  fact_store store(with_facts());
  CHECK(store.set({{"battery", 15.0, std::nullopt}, {"worn", true, std::nullopt}}, start).empty());
  auto other = with_facts();
  other.facts.push_back({"docked", config::fact_type::boolean, std::nullopt, std::nullopt, {}});
  store.reconfigure(other);
  CHECK(store.set({{"docked", true, std::nullopt}}, start).empty());
  CHECK(at(store, start).values.battery == 15.0);
  CHECK(std::get<bool>(at(store, start).declared.at(0)));
  other.facts[1].type = config::fact_type::number;
  store.reconfigure(other);
  CHECK(at(store, start).values.battery == 15.0);
  CHECK(std::holds_alternative<std::monostate>(at(store, start).declared.at(0)));
}

TEST_CASE(
    "a query under the old policy finds its declared facts in the old order, whatever the new one says") {
  fact_store store(with_facts());
  auto reordered = with_facts();
  reordered.facts.insert(reordered.facts.begin(),
                         {"docked", config::fact_type::name, std::nullopt, std::nullopt, {}});
  store.reconfigure(reordered);
  CHECK(
      store.set({{"docked", std::string("car"), std::nullopt}, {"worn", true, std::nullopt}}, start).empty());
  fact_snapshot under_new;
  store.fill(start, fact_settings(reordered), under_new);
  REQUIRE(under_new.declared.size() == 2);
  CHECK(std::get<std::string>(under_new.declared[0]) == "car");
  const auto under_old = at(store, start);
  REQUIRE(under_old.declared.size() == 1);
  CHECK(std::get<bool>(under_old.declared[0]));
}

TEST_CASE("what the machine senses holds where nothing is pushed, and again when the pushed reading ends") {
  fact_store store(with_facts());
  store.sensed({.battery = 40.0, .charging = true, .thermal = routes::thermal_state::serious}, start);
  CHECK(at(store, start).values.battery == 40.0);
  CHECK(at(store, start).values.charging == true);
  CHECK(at(store, start).values.thermal == routes::thermal_state::serious);
  CHECK(store.set({{"battery", 15.0, routes::millis(5s)}}, start).empty());
  CHECK(at(store, start + 4s).values.battery == 15.0);
  CHECK(at(store, start + 5s).values.battery == 40.0);
  store.sensed({}, start + 6s);
  CHECK_FALSE(at(store, start + 6s).values.battery.has_value());
}

TEST_CASE("sensors are read again for a query that comes late, once, and never on a machine without",
          "[P8]") {
  fact_store store(with_facts());
  int asked = 0;
  store.on_old_sensors = [&] { ++asked; };
  store.look_at_sensors(start + 1h);
  CHECK(asked == 0);
  store.sensed({}, start);
  store.look_at_sensors(start + 1h);
  CHECK(asked == 0);
  store.sensed({.battery = 40.0}, start);
  store.look_at_sensors(start + 29s);
  CHECK(asked == 0);
  store.look_at_sensors(start + 30s);
  store.look_at_sensors(start + 31s);
  CHECK(asked == 1);
  store.sensed({.battery = 41.0}, start + 31s);
  store.look_at_sensors(start + 61s);
  CHECK(asked == 2);
}

TEST_CASE("the kernel's word on a link is a reading, and a pushed one outranks it", "[P1]") {
  fact_store store(with_facts());
  const auto version = store.version();
  CHECK(store.links(providers::link_scope::internet, false, start) == providers::link_change::changed);
  CHECK(store.version() != version);
  CHECK(at(store, start + 1h).values.network == routes::network_state::offline);
  CHECK(store.set({{"network", std::string("online"), std::nullopt}}, start).empty());
  CHECK(at(store, start).values.network == routes::network_state::online);
  CHECK(store.set({{"network", std::monostate{}, std::nullopt}}, start).empty());
  CHECK(store.links(providers::link_scope::internet, true, start) == providers::link_change::came_back);
  CHECK(at(store, start).values.network == routes::network_state::online);
}

TEST_CASE("evidence that makes a probe due is told, and a slow path is degraded") {
  fact_store store(with_facts());
  int told = 0;
  store.on_suspicion = [&] { ++told; };
  CHECK(store.slow(config::tier::remote, false, start) == gateway::network_change::none);
  CHECK(at(store, start).values.network == routes::network_state::degraded);
  CHECK(told == 0);
  store.unreachable(config::tier::remote, false, no_route(), start);
  CHECK(told == 1);
  CHECK(store.next_probe(providers::link_scope::internet) == start + 500ms);
  store.probing(providers::link_scope::internet);
  CHECK(store.probed(providers::link_scope::internet, providers::evidence::reached, start + 1s) ==
        providers::link_change::came_back);
  CHECK_FALSE(store.next_probe(providers::link_scope::internet).has_value());
}
