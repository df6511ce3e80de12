// The policy compiled to tables: immutable, shared by value of a shared_ptr, one copy per core.
#pragma once

#include "config/diagnostic.hpp"
#include "config/model.hpp"
#include "routes/attempt_settings.hpp"

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

using target_index = std::uint16_t;

// One model at one provider with everything resolved: price, context and capabilities from the
// file, else the catalog, else the preset.
struct target {
  std::string name;             // provider/as-or-id
  std::size_t provider = 0;     // index into configuration::providers
  std::size_t model = 0;        // index into that provider's models
  config::tier tier = config::tier::remote;
  std::string upstream_model;   // what goes into the body
  std::optional<std::uint64_t> context;
  std::optional<std::uint64_t> max_output;
  std::optional<int> quality;
  std::optional<double> price_input;   // USD per million tokens; device and free: 0
  std::optional<double> price_output;
  bool tools = true;
  bool images = false;
  bool audio = false;
  bool json = true;
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
