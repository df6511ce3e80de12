#include "config/preset_table.hpp"

#include "config/fields_preset.hpp"
#include "config/preset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

namespace nearfar::config {

namespace {

int group_of(const preset& p) {
  if (p.url.empty()) return 2;
  return p.url.starts_with("https:") ? 0 : 1;
}

std::string dialects_of(const preset& p) {
  std::string all;
  for (const auto& each : p.dialects)
    all += fmt::format("{}`{}`", all.empty() ? "" : "<br>", to_string(each.speaks));
  return all;
}

std::string auth_of(auth_style style) {
  return std::string(std::ranges::find(auth_styles, style, &choice_value<auth_style>::value)->word);
}

// The preset's, then what differs by dialect.
std::string auths_of(const preset& p) {
  std::string all = "`" + auth_of(p.auth) + "`";
  for (const auto& each : p.dialects)
    if (each.auth) all += fmt::format("<br>`{}`: `{}`", to_string(each.speaks), auth_of(*each.auth));
  return all;
}

std::string_view continuation_of(const preset& p) {
  return std::ranges::find(continuation_kinds, p.hand_over.kind, &choice_value<continuation_kind>::value)
      ->word;
}

std::string time_of(millis time) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(time).count();
  return minutes % 60 == 0 ? fmt::format("{}h", minutes / 60) : fmt::format("{}m", minutes);
}

std::string row(const preset& p) {
  return fmt::format("| `{}` | {} | {} | {} | {} | `{}` | {} | {} | {} |\n", p.name, p.title,
                     p.url.empty() ? "give `url`" : "`" + p.url + "`", dialects_of(p), auths_of(p),
                     continuation_of(p), p.closing_stops_bill ? "stops the bill" : "may cost it all",
                     time_of(p.cache_life), p.models_path.empty() ? "no" : "yes");
}

}  // namespace

std::string preset_table() {
  std::vector<const preset*> all;
  for (const auto& p : presets()) all.push_back(&p);
  std::ranges::sort(all, {},
                    [](const preset* p) { return std::tuple(group_of(*p), std::string_view(p->name)); });
  std::string out =
      "| preset | what | address | dialects | key | continues | a cancel | cache lives | lists models |\n"
      "|---|---|---|---|---|---|---|---|---|\n";
  for (const auto* p : all) out += row(*p);
  return out;
}

}  // namespace nearfar::config
