// A preset: what nearfar knows of a kind of provider, as data (config/presets/*.yaml, built into the
// binary).
#pragma once

#include "config/diagnostic.hpp"
#include "config/dialect.hpp"
#include "config/model.hpp"
#include "config/quirks.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::config {

enum class auth_style : std::uint8_t { none, bearer, x_api_key, x_goog_api_key, api_key };

// Where a wire API is served. `{model}` in a path stands for the model's id, percent-encoded.
struct dialect_path {
  dialect speaks = dialect::openai_chat;
  std::string path;                // appended to the base: "/v1/chat/completions"
  std::string stream_path;         // of a streamed answer; empty: the same
  std::optional<auth_style> auth;  // where this one differs
};

// The base holds for every path: a vendor whose wire APIs live under different folders of one host has the
// bare host as its base, and the folders in the paths.
struct preset {
  std::string name;
  std::string title;                   // for people: "OpenRouter"
  std::string url;                     // base, empty: the user must give one
  std::vector<dialect_path> dialects;  // as listed; never empty
  std::string models_path;
  std::string health_path;  // empty: none
  auth_style auth = auth_style::bearer;
  bool stream_usage = true;                    // accepts stream_options.include_usage
  bool closing_stops_bill = true;              // `cancel: stops_bill | full_bill`
  bool loads_models = false;                   // a first query may wait for a load (the `load` clock applies)
  millis cache_life{std::chrono::minutes{5}};  // of a prompt cache after its last use
  std::string vendor;                          // vendor column of the catalog; empty: look the id up as it is
  std::vector<body_field> set;
  std::vector<body_field> prefill;   // has it read a prompt and generate nothing; empty: it cannot
  continuation hand_over;            // `continuation`
  std::vector<std::string> headers;  // fixed "name: value" lines
  config::quirks quirks;
};

// Null where it does not serve that. A client of such a dialect is passed on as it comes.
const dialect_path* path_for(const preset& of, dialect speaks);
// What a conversation in any other dialect becomes: the first chat-like one listed. Null where it has none.
const dialect_path* translated_into(const preset& of);

// Read once, at first use; safe from any thread, lives as long as the process.
std::span<const preset> presets();
const preset* find_preset(std::string_view name);
// The provider's own file's or the one shipped under that name; null where there is none. Lives as long as
// the provider.
const preset* preset_of(const provider& p);

// One preset file, by the same strict reader as the configuration; nullopt with errors in `out`.
std::optional<preset> parse_preset(std::string_view name, std::string_view text, diagnostics& out);

}  // namespace nearfar::config
