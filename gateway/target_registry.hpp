// The run-time state of every target, shared by all cores: estimates, breakers, parks, and how many
// queries a provider is serving. Keyed by target name and url, outside the policy, so that a reload
// loses nothing.
#pragma once

#include "gateway/provider_places.hpp"
#include "routes/error.hpp"
#include "routes/plan.hpp"
#include "routes/target_state.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

struct deployment;
struct deployed_target;

// Thread safe: one lock, held for a look-up.
class target_registry {
 public:
  // The slot of a target, made at first sight. A url that differs is another slot.
  std::size_t slot(std::string_view target, std::string_view url);
  std::size_t provider_slot(std::string_view provider, std::string_view url);

  // Fills `out` (policy order, resized) for the candidates alone; the rest keeps its old content,
  // which evaluate does not read. A place granted to `waiter` is free for it.
  void snapshot(const deployment& of, std::span<const routes::target_index> candidates, routes::instant now,
                std::vector<routes::target_snapshot>& out, const queue_waiter* waiter = nullptr);

  enum class admission : std::uint8_t { admitted, breaker_open, full };
  // Takes a place at the provider and, in half-open, the probe. Every admitted attempt ends in exactly
  // one of succeeded, failed, abandoned, outrun. `anyway`: an open breaker does not stop it (there is nothing
  // else to ask). A place that `waiter` was granted there is used up.
  enum class past_breaker : std::uint8_t { no, anyway };
  admission admit(const deployment& of, routes::target_index target, routes::instant now, past_breaker how,
                  queue_waiter* waiter = nullptr);

  // At the end of the line of each target's provider that has room for one more. False: none has.
  bool enlist(const deployment& of, std::span<const routes::target_index> lines,
              const std::shared_ptr<queue_waiter>& who);
  // Out of all lines; a place that was granted and not used goes to the next.
  void leave_line(queue_waiter& who);

  struct measured {
    std::optional<routes::millis> first_token;
    std::optional<double> tokens_per_second;
    std::optional<std::uint64_t> output;  // tokens of a whole answer whose length nobody had limited
  };
  void succeeded(const deployment& of, routes::target_index target, routes::instant now,
                 const measured& what);

  enum class breaker_food : std::uint8_t { yes, no };  // no: the network, not the target, is to blame
  void failed(const deployment& of, routes::target_index target, routes::instant now, const routes::error& e,
              breaker_food food);
  void abandoned(const deployment& of, routes::target_index target);
  // It lost a race and had been silent for so long: its first token takes at least that.
  void outrun(const deployment& of, routes::target_index target, routes::instant now, routes::millis silent);

  // What a target has taught of continuing broken answers: the strongest way that it has not refused.
  config::continuation_kind strongest_continuation(const deployment& of, routes::target_index target) const;
  void refused_continuation(const deployment& of, routes::target_index target,
                            config::continuation_kind next);

  // A scope of the network came back: its open breakers let one query through.
  void half_open(const deployment& of, config::tier scope, routes::instant now);

  // As an earlier run had parked it.
  void park(const deployment& of, routes::target_index target, const routes::park& until);

  // The configuration or a secret changed: what waited for that is asked again.
  void forget_refusals(const deployment& of);

  // Switched by hand, by the name of a target or of a provider; survives a reload, ends by itself.
  // `on` ends both early.
  enum class switch_kind : std::uint8_t { off, last };
  struct hand_switch {
    std::string name;
    switch_kind kind = switch_kind::off;
    routes::instant until{};
  };
  void switch_by_hand(std::string name, switch_kind kind, routes::instant until);
  bool switch_back(std::string_view name);  // false: it was not switched
  std::vector<hand_switch> switched(routes::instant now) const;

  struct view {
    std::string target;
    bool absent = false;
    routes::instant off_until{};
    routes::instant last_until{};
    routes::breaker_state breaker;
    routes::park parked;
    std::optional<routes::millis> first_token;
    std::optional<double> tokens_per_second;
    double failure_share = 0;
  };
  std::vector<view> all(const deployment& of, routes::instant now) const;

 private:
  struct provider_state {
    std::string key;
    provider_places places;
  };
  struct entry {
    std::string key;
    routes::target_state state;
    config::continuation_kind continues = config::continuation_kind::native;
  };
  void leave(const deployment& of, routes::target_index target);
  void apply_switches(const deployed_target& target, routes::instant& off, routes::instant& last) const;

  mutable std::mutex lock_;
  std::vector<entry> entries_;
  std::deque<provider_state> providers_;  // waiters point at its places
  std::vector<hand_switch> switches_;
};

}  // namespace nearfar::gateway
