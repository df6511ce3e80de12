// The policy compiled to tables: immutable, shared by value of a shared_ptr, one copy per core.
#pragma once

#include "config/diagnostic.hpp"
#include "config/dialect.hpp"
#include "config/model.hpp"
#include "config/token_prices.hpp"
#include "routes/attempt_settings.hpp"
#include "routes/facts.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::routes {

// Most targets one model name may stand for. A plan has a fixed size so that evaluate allocates nothing.
inline constexpr std::size_t max_candidates = 64;

// A row that is not there: no rule matched, no guard decided.
inline constexpr std::uint16_t none_index = 0xffff;

// Bounds of one policy, checked by compile. Guards and rules have a place each in the fixed trace;
// targets have a bit each in the wall that evaluate builds on the stack.
inline constexpr std::size_t max_guards = 128;
inline constexpr std::size_t max_rules = 256;
inline constexpr std::size_t max_targets = 4096;

using target_index = std::uint16_t;

// What has to be up for a target to be within reach.
enum class reach : std::uint8_t {
  device,    // on this machine, or of any tier at a loopback address: no link needed
  lan,       // self-hosted
  internet,  // remote
};

// One model at one provider with everything resolved: price, context and capabilities from the
// file, else the catalog, else the preset.
struct target {
  std::string name;          // provider/as-or-id
  std::size_t provider = 0;  // index into configuration::providers
  std::size_t model = 0;     // index into that provider's models
  config::tier tier = config::tier::remote;
  std::string upstream_model;  // what goes into the body
  std::optional<std::uint64_t> context;
  std::optional<std::uint64_t> max_output;
  std::optional<int> quality;
  std::optional<double> price_input;  // USD per million tokens of short prompts; device and free: 0
  std::optional<double> price_output;
  config::token_prices prices;  // every kind of token, with the steps of long prompts
  // Where neither file nor catalog speaks: tools, json and stream are assumed; images and audio only
  // of remote models (an unknown local model is nearly always text only).
  bool tools = true;
  bool images = false;
  bool audio = false;
  bool json = true;
  bool stream = true;
  reach needs = reach::internet;
  // The wire APIs its preset lists, a bit each in the order of config::dialect. One of them a chat dialect:
  // a conversation of any other is translated.
  std::uint32_t serves = 0;

  bool serves_natively(config::dialect d) const { return (serves >> static_cast<unsigned>(d) & 1U) != 0; }
  bool answers(config::dialect d) const;
};

class policy {
 public:
  // Diagnostics hold errors where the result is null; warnings may come with a policy.
  static std::shared_ptr<const policy> compile(std::shared_ptr<const config::configuration> from,
                                               config::diagnostics& out);
  ~policy();

  const config::configuration& configuration() const;
  std::span<const target> targets() const;
  const std::string& revision() const;

  // Names of `models:`, without globs, in the file's order.
  std::span<const std::string> public_names() const;
  // The targets a requested name stands for, in listed order; empty: unknown name.
  std::span<const target_index> resolve(std::string_view name) const;

  // IANA zones of time windows; facts::zone_offsets follows this order.
  std::span<const std::string> zones() const;
  // The user's own facts; facts::declared follows this order.
  std::span<const std::string> declared_facts() const;
  // Link online, everything sensed as its `if_unsensed` says or unknown. Views live with the policy.
  const facts& unsensed() const;

  // "none" for none_index: no rule matched.
  std::string_view rule_name(std::uint16_t index) const;
  std::string_view guard_name(std::uint16_t index) const;
  const attempt_settings& attempts(std::uint16_t index) const;

  struct tables;  // compiled form, private to routes/
  const tables& compiled() const { return *tables_; }

 private:
  policy();
  std::unique_ptr<tables> tables_;
};

}  // namespace nearfar::routes
