#include "gateway/client_hints.hpp"

#include "providers/http/field_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace nearfar::gateway {

namespace {

constexpr std::uint64_t longest_deadline_ms = 24ULL * 3600 * 1000;

std::optional<config::privacy_level> privacy_of(std::string_view text) {
  if (text == "public") return config::privacy_level::public_;
  if (text == "internal") return config::privacy_level::internal;
  if (text == "private") return config::privacy_level::private_;
  return std::nullopt;
}

std::optional<std::uint64_t> milliseconds(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (bad != std::errc{} || end != text.data() + text.size() || out == 0 || out > longest_deadline_ms)
    return {};
  return out;
}

std::optional<double> usd(std::string_view text) {
  double out = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (bad != std::errc{} || end != text.data() + text.size() || !std::isfinite(out) || out < 0) return {};
  return out;
}

std::optional<hint_error> apply(std::string_view name, std::string_view value,
                                const config::configuration& config, routes::query& to) {
  if (providers::equal_fields(name, "x-nearfar-privacy")) {
    const auto level = privacy_of(value);
    if (!level) return hint_error{"x-nearfar-privacy takes public, internal or private"};
    to.privacy = std::max(to.privacy, *level);
  } else if (providers::equal_fields(name, "x-nearfar-tag")) {
    if (std::find(config.tags.begin(), config.tags.end(), value) == config.tags.end()) {
      return hint_error{
          fmt::format("x-nearfar-tag: this tag is not declared; the policy's tags are: {}",
                      config.tags.empty() ? "(none)" : fmt::format("{}", fmt::join(config.tags, ", ")))};
    }
    to.tag = value;
  } else if (providers::equal_fields(name, "x-nearfar-deadline-ms")) {
    to.deadline_ms = milliseconds(value);
    if (!to.deadline_ms) return hint_error{"x-nearfar-deadline-ms takes whole milliseconds, 1 to 86400000"};
  } else if (providers::equal_fields(name, "x-nearfar-first-token-ms")) {
    to.first_token_ms = milliseconds(value);
    if (!to.first_token_ms)
      return hint_error{"x-nearfar-first-token-ms takes whole milliseconds, 1 to 86400000"};
  } else if (providers::equal_fields(name, "x-nearfar-max-cost-usd")) {
    to.most_usd = usd(value);
    if (!to.most_usd) return hint_error{"x-nearfar-max-cost-usd takes an amount such as 0.02"};
  } else if (providers::equal_fields(name, "x-nearfar-explain")) {
    // No key is given leave to read the policy's reasons.
    return hint_error{
        "x-nearfar-explain: answers carry no trace; leave it out, and ask `nearfar explain --id` with what "
        "x-nearfar-id of the answer says"};
  } else if (!providers::equal_fields(name, "x-nearfar-supersedes") &&  // its id is read where it is used
             !providers::equal_fields(name, "x-nearfar-key")) {         // read before anything else
    return hint_error{fmt::format(
        "{} is no header of this gateway; it takes x-nearfar-key, x-nearfar-privacy, x-nearfar-tag, "
        "x-nearfar-deadline-ms, x-nearfar-first-token-ms, x-nearfar-max-cost-usd and x-nearfar-supersedes",
        name)};
  }
  return std::nullopt;
}

}  // namespace

std::string_view session_header(const request_head& head) {
  for (const auto& field : head.fields) {
    if (providers::equal_fields(field.name, "x-session-id")) return field.value;
  }
  return {};
}

std::optional<hint_error> apply_client_hints(const request_head& head, const config::configuration& config,
                                             routes::query& to) {
  to.privacy = config.default_privacy;
  for (const auto& field : head.fields) {
    if (field.is.known != providers::known_field::nearfar) continue;
    if (auto wrong = apply(field.name, field.value, config, to)) return wrong;
  }
  return std::nullopt;
}

}  // namespace nearfar::gateway
