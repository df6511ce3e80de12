// What people do with keys, whoever asks for it: the command line or the admin listener.
#pragma once

#include "config/secret.hpp"
#include "gateway/keys/key_record.hpp"
#include "routes/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

// As people write it; empty: not said.
struct key_wishes {
  std::string name;
  std::string expires;  // "30d", or 2026-12-01T08:00+01:00; "never" where it had an end
  std::string budget;   // "5 USD/month"; "none"
  std::string rate;     // "60/minute"; "none"
  std::string privacy;  // public, internal, private; "none"
  std::string team;     // "none" where it had one
  // "*" among them: all, as where nothing was ever said.
  std::vector<std::string> models;
  std::vector<std::string> tiers;
  std::vector<std::string> tags;
};

struct made_key {
  key_record record;
  config::secret key;  // to be shown once
};

// Each under the file's lock. Errors name the wish and the cure.
routes::result<made_key> create_key(const std::string& path, const key_wishes& wishes, std::int64_t now);
// Another secret under the same name: the old one ends at once.
routes::result<made_key> rotate_key(const std::string& path, std::string_view name);
// What is said takes the place of what was; the secret stays.
routes::result<key_record> change_key(const std::string& path, const key_wishes& wishes, std::int64_t now);
routes::result<key_record> revoke_key(const std::string& path, std::string_view name);

// "5 USD/month", "0.50 USD/day"; "60/minute". Nullopt with the reason in `why`.
std::optional<key_budget> read_budget(std::string_view text, std::string& why);
std::optional<key_rate> read_rate(std::string_view text, std::string& why);
std::string to_text(const key_budget& budget);
std::string to_text(const key_rate& rate);

}  // namespace nearfar::gateway
