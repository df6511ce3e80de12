// What a provider with `models: discover` said it serves. Kept as a file in the state folder, so that a start
// and a check without the network know the last list.
#pragma once

#include "config/model.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::config {

struct model_list {
  std::string provider;
  std::string url;      // that was asked; the list of another address is not this provider's
  std::int64_t at = 0;  // Unix seconds
  std::vector<std::string> ids;
};

// A list is an answer from outside: what is beyond this is refused as a whole.
inline constexpr std::size_t max_listed_models = 2'000;
inline constexpr std::size_t max_list_bytes = 4 * 1024 * 1024;
inline constexpr std::size_t max_listed_name = 200;

// The provider's address as requests use it: its own, else its preset's, without a slash at the end and
// without what an SDK of one of the preset's dialects has in its base url ("/v1", "/api/anthropic") and the
// preset in its paths.
std::string base_url(const provider& p);
// Where it lists its models. Empty: nowhere.
std::string list_url(const provider& p);

// The ids of `{"data": [{"id": "..."}]}`, of a bare list of such entries (Together), or of
// `{"models": [{"name": "models/..."}]}` (Gemini). Nullopt with the reason in `why`: no such JSON, too many,
// twice the same, or a name that is not of visible ASCII, which could not stand in a header or a log.
std::optional<std::vector<std::string>> read_listed_models(std::string_view body, std::string& why);

// STATE/models/PROVIDER.json.
std::string list_file(std::string_view state_folder, std::string_view provider);
std::string list_text(const model_list& list);
std::optional<model_list> read_list_text(std::string_view text);

// Finds the list of a provider while a file is read; `so_far` has its `server` already.
using list_lookup = std::function<std::optional<model_list>(const configuration& so_far, const provider& of)>;
// That of the state folder, if it is of the same address.
std::optional<model_list> kept_list(const std::string& state_folder, const provider& of);

}  // namespace nearfar::config
