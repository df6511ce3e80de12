// Stretches of the calendar in which limits, budgets and rates count.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nearfar::config {

enum class period : std::uint8_t { minute, hour, day, month };

inline constexpr std::array<std::string_view, 4> period_words{"minute", "hour", "day", "month"};

constexpr std::string_view to_string(period p) {
  return period_words[static_cast<std::size_t>(p)];
}

constexpr std::optional<period> period_of(std::string_view word) {
  for (std::size_t i = 0; i < period_words.size(); ++i) {
    if (period_words[i] == word) return static_cast<period>(i);
  }
  return std::nullopt;
}

}  // namespace nearfar::config
