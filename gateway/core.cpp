#include "gateway/core.hpp"

#include "config/zones.hpp"
#include "gateway/event_hub.hpp"
#include "gateway/keys/key_keeper.hpp"
#include "gateway/link_monitor.hpp"
#include "gateway/model_discovery.hpp"
#include "gateway/prewarm.hpp"
#include "gateway/reloader.hpp"
#include "gateway/simulation_desk.hpp"

#include <ctime>

namespace nearfar::gateway {

shared_state::shared_state(server_options with, providers::device_tier::options device_options)
    : options(std::move(with)),
      facts(*options.config),
      device(std::move(device_options)),
      decisions(options.config->server.state),
      bill(options.config->server.state + "/ledger.db",
           [this] { return budgets.changed(std::time(nullptr)); }),
      prewarms(prewarms_a_minute),
      events(std::make_unique<event_hub>(*this)),
      simulations(std::make_unique<simulation_desk>(decisions)),
      discovery(std::make_unique<model_discovery>(*this)) {}

shared_state::~shared_state() = default;

fact_snapshot& core::fresh_facts(routes::instant now, const deployment& of) {
  if (facts_of != of.serial) {
    facts_of = of.serial;
    facts.version = 0;
    zones_until = 0;
    // Unknown zones are errors of the configuration, so each of them exists.
    limit_zones.clear();
    for (const auto& limit : of.config->limits)
      limit_zones.push_back(config::zone::find(limit.zone).value_or(config::zone()));
  }
  shared.facts.look_at_sensors(now);
  if (facts.version != shared.facts.version() || now >= facts.valid_until)
    shared.facts.fill(now, of.facts, facts);
  auto& values = facts.values;
  values.now.unix_seconds = std::time(nullptr);
  if (values.now.unix_seconds >= zones_until) {
    constexpr std::int64_t quarter_hour = 900;
    zones_until = (values.now.unix_seconds / quarter_hour + 1) * quarter_hour;
    zone_offsets.clear();
    for (const auto& zone : of.policy->zones()) {
      zone_offsets.push_back(config::zone_offset(zone, values.now.unix_seconds).value_or(0));
    }
    values.machine_offset = config::machine_offset(values.now.unix_seconds);
  }
  values.zone_offsets = zone_offsets;
  return facts;
}

}  // namespace nearfar::gateway
