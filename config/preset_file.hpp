// Presets by name and by file, as a provider names them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::config {

// `./presets/mine.yaml`: what ends so is a file, resolved as every path of the configuration.
bool names_preset_file(std::string_view written);

// Well known places that no preset can serve yet: what to do instead. Nullopt for all other names.
std::optional<std::string_view> preset_of_later(std::string_view name);

inline constexpr std::size_t max_preset_bytes = 1024 * 1024;

// The text of a file of at most that size, or nullopt with the reason in `why`.
std::optional<std::string> read_preset_file(const std::string& path, std::string& why);

}  // namespace nearfar::config
