// The facts that do not come with a query: pushed ones, what the machine senses, and what attempts and
// probes say of the links. A pushed reading outranks a sensed one as long as it holds.
//
// Shared by all cores. A core keeps a copy and asks for a new one only when something changed or a
// reading ran out (valid_until).
#pragma once

#include "config/model.hpp"
#include "providers/link/link_state.hpp"
#include "providers/os/power.hpp"
#include "routes/error.hpp"
#include "routes/facts.hpp"
#include "routes/policy.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nearfar::gateway {

// One core's view. `values.declared` points into `declared`.
struct fact_snapshot {
  routes::facts values;
  std::vector<routes::declared_value> declared;
  std::uint64_t version = 0;
  routes::instant valid_until{};
};

// What a configuration says about facts. A policy's declared facts are known by their place, so a view
// is always made with the settings of the policy that will read it.
struct fact_settings {
  fact_settings() = default;
  explicit fact_settings(const config::configuration& from);

  struct known_fact {
    std::string name;
    std::optional<config::fact_type> type;  // present: declared by the user
    std::optional<std::variant<bool, double, std::string>> if_unsensed;
    std::optional<config::millis> max_age;
  };
  const known_fact* find(const std::string& name) const;

  std::vector<known_fact> known;
  std::vector<std::string> declared_order;
};

enum class network_change : std::uint8_t { none, internet_back, lan_back };

class fact_store {
 public:
  explicit fact_store(const config::configuration& config) : settings_(config) {}

  // After a reload. Readings stay; what is no longer declared, or declared otherwise, is dropped.
  void reconfigure(const config::configuration& config);

  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  // Applies ages: a pushed reading past its expiry or its `max_age` is as if never given.
  void fill(routes::instant now, const fact_settings& of, fact_snapshot& out) const;

  struct push {
    std::string name;
    std::variant<std::monostate, bool, double, std::string> value;  // monostate: take it back
    std::optional<routes::millis> expires_in;
  };
  // All or nothing. Empty on success, else what is wrong with which fact.
  std::string set(const std::vector<push>& readings, routes::instant now);

  // Passive outcomes, judged by link_state. A failure to reach a scope makes it offline (or down) for
  // 10 s; a success makes it online at once.
  network_change reached(config::tier scope, bool loopback, routes::instant now);
  void unreachable(config::tier scope, bool loopback, const routes::error& e, routes::instant now);
  // Reached, over a path that loses or delays.
  network_change slow(config::tier scope, bool loopback, routes::instant now);

  // For the link monitor: what the kernel and the probes say.
  providers::link_change links(providers::link_scope scope, bool up, routes::instant now);
  std::optional<routes::instant> next_probe(providers::link_scope scope) const;
  void probing(providers::link_scope scope);
  providers::link_change probed(providers::link_scope scope, providers::evidence what, routes::instant now);
  // "offline", "down": as it is without what was pushed.
  std::string_view word(providers::link_scope scope, routes::instant now) const;
  void log_link(providers::link_scope scope, routes::instant now) const;
  // Called, without the lock, when evidence may have made a probe due. Set before the first query.
  std::function<void()> on_suspicion;

  // The machine's own sensors; what is empty is not sensed here.
  void sensed(const providers::power_reading& power, routes::instant now);
  // Called when a reading of the sensors is older than `sensor_age` and facts are asked for. Once, until
  // sensed() is called. Set before the first query.
  std::function<void()> on_old_sensors;
  static constexpr routes::millis sensor_age{30'000};
  // For every query, without a lock.
  void look_at_sensors(routes::instant now);

  // Every sensed and declared fact by its name; monostate: unknown.
  std::vector<std::pair<std::string, routes::declared_value>> named(routes::instant now,
                                                                    const fact_settings& of) const;
  std::string to_json(routes::instant now) const;

 private:
  struct reading {
    std::variant<bool, double, std::string> value;
    routes::instant at{};
    routes::instant until{};
  };
  using value_type = std::variant<bool, double, std::string>;
  network_change learn(config::tier scope, providers::evidence what, routes::instant now);
  void update_suspicion();
  void sense(const std::string& name, std::optional<value_type> value, routes::instant now);
  // A reading that holds; `stale`: there was one.
  static const value_type* holding(const std::map<std::string, reading>& in, const fact_settings& of,
                                   const std::string& name, routes::instant now, routes::instant& until,
                                   bool& stale);
  // nullopt: unknown. `until` is lowered to the moment the answer may change.
  std::optional<std::variant<bool, double, std::string>> current(const fact_settings& of,
                                                                 const std::string& name, routes::instant now,
                                                                 routes::instant& until) const;

  mutable std::mutex lock_;
  std::atomic<std::uint64_t> version_{1};
  fact_settings settings_;
  std::map<std::string, reading> readings_;
  std::map<std::string, reading> sensed_;
  providers::link_state link_state_;
  // For the common case without the lock: nothing is wrong with the scope.
  std::atomic<bool> suspect_internet_{false};
  std::atomic<bool> suspect_lan_{false};
  std::atomic<bool> asked_sensors_{true};
  std::atomic<std::int64_t> sensed_at_{0};
};

}  // namespace nearfar::gateway
