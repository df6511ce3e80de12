// Why a caller is not let in. In the order of the metric's rows.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace nearfar::gateway {

enum class key_refusal : std::uint8_t { none, missing, unknown, expired, revoked, scope };

inline constexpr std::array<std::string_view, 6> key_refusal_words{"none",    "missing", "unknown",
                                                                   "expired", "revoked", "scope"};

}  // namespace nearfar::gateway
