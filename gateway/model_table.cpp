#include "gateway/model_table.hpp"

#include "config/preset.hpp"
#include "config/secret.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

namespace nearfar::gateway {

namespace {

namespace json = boost::json;

std::string_view word_of(config::tier tier) {
  switch (tier) {
    case config::tier::device:
      return "device";
    case config::tier::self_hosted:
      return "self_hosted";
    case config::tier::remote:
      return "remote";
  }
  return {};
}

// Empty: nothing is in its way.
std::string missing_of(const config::provider& p) {
  if (!config::resolve(p.key)) {
    return fmt::format("{} is not set{}", config::describe(p.key),
                       p.optional ? "" : ", and without it the gateway does not start");
  }
  return {};
}

std::string missing_of(const config::provider& p, const config::target_model& m) {
  std::error_code ignored;
  if (p.runtime && m.file && !std::filesystem::exists(*m.file, ignored)) return "there is no " + *m.file;
  return missing_of(p);
}

void append_catalog(model_row& to, const config::catalog_entry& from) {
  to.writes = from.writes;
  to.long_context = from.long_context;
  to.known_from = fmt::format("{} {}", from.imported ? "imported" : "catalog", from.date);
  if (from.reasoning) to.can.emplace_back("reasoning");
}

model_row row_of(const routes::target& t, const config::provider& p, const config::model_catalog& catalog) {
  model_row out;
  out.name = t.name;
  out.tier = word_of(t.tier);
  out.input = t.price_input;
  out.output = t.price_output;
  out.context = t.context;
  out.max_output = t.max_output;
  out.quality = t.quality;
  if (t.tools) out.can.emplace_back("tools");
  if (t.images) out.can.emplace_back("images");
  if (t.audio) out.can.emplace_back("audio");
  if (t.json) out.can.emplace_back("json");
  const auto* preset = config::preset_of(p);
  const auto* known = catalog.find(preset != nullptr ? preset->vendor : "", t.upstream_model);
  if (known != nullptr) append_catalog(out, *known);
  out.why = missing_of(p, p.models[t.model]);
  out.ready = out.why.empty();
  return out;
}

// A provider that has no target is a row too: else it would be absent in silence.
model_row row_of(const config::provider& p) {
  model_row out;
  out.name = p.name + "/*";
  out.tier = word_of(p.where_it_is);
  out.ready = false;
  out.why = missing_of(p);
  if (out.why.empty())
    out.why = p.discover && !p.listed_at
                  ? "its list has not been fetched: the gateway asks for it when it starts"
                  : "it lists no model";
  return out;
}

model_row row_of(const config::catalog_entry& e) {
  model_row out;
  out.name = fmt::format("{}/{}", e.vendor, e.id);
  out.input = e.input;
  out.output = e.output;
  out.context = e.context;
  out.max_output = e.max_output;
  if (e.tools.value_or(false)) out.can.emplace_back("tools");
  if (e.images) out.can.emplace_back("images");
  if (e.audio) out.can.emplace_back("audio");
  if (e.json.value_or(false)) out.can.emplace_back("json");
  append_catalog(out, e);
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string tokens(const std::optional<std::uint64_t>& count) {
  if (!count) return "?";
  if (*count >= 1'000'000) return fmt::format("{:.3g}M", static_cast<double>(*count) / 1e6);
  return *count >= 1000 ? fmt::format("{}k", *count / 1000) : fmt::format("{}", *count);
}

std::string money(const std::optional<double>& price) {
  return price ? fmt::format("{:g}", *price) : "?";
}

std::string state_of(const model_row& row) {
  if (!row.ready) return "absent: " + row.why;
  return row.tier.empty() ? "not configured" : "ready";
}

constexpr std::size_t columns = 9;
using cells = std::array<std::string, columns>;

cells cells_of(const model_row& row) {
  return {row.name,
          row.tier.empty() ? "-" : row.tier,
          money(row.input),
          money(row.output),
          tokens(row.context),
          tokens(row.max_output),
          row.can.empty() ? "-" : fmt::format("{}", fmt::join(row.can, ",")),
          row.quality ? std::to_string(*row.quality) : "-",
          state_of(row)};
}

template <class T>
void put(json::object& into, std::string_view key, const std::optional<T>& value) {
  if (value) into[key] = *value;
}

}  // namespace

std::vector<model_row> models_of(const routes::policy& of) {
  const auto& from = of.configuration();
  const config::model_catalog catalog(config::imported_catalog(from));
  std::vector<model_row> rows;
  for (std::size_t at = 0; at < from.providers.size(); ++at) {
    const auto& p = from.providers[at];
    if (p.models.empty()) rows.push_back(row_of(p));
    for (const auto& t : of.targets())
      if (t.provider == at) rows.push_back(row_of(t, p, catalog));
  }
  return rows;
}

std::vector<model_row> models_of(const config::model_catalog& of) {
  std::vector<model_row> rows;
  for (const auto& e : of.imported()) rows.push_back(row_of(e));
  for (const auto& e : config::catalog()) {
    const auto* in_force = of.find(e.vendor, e.id);
    if (in_force != nullptr && !in_force->imported) rows.push_back(row_of(e));
  }
  std::ranges::sort(rows, {}, &model_row::name);
  return rows;
}

void keep_matches(std::vector<model_row>& rows, std::string_view query) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < query.size();) {
    const auto end = std::min(query.find(' ', at), query.size());
    if (end > at) words.push_back(lower(query.substr(at, end - at)));
    at = end + 1;
  }
  std::erase_if(rows, [&](const model_row& row) {
    const auto text =
        lower(fmt::format("{} {} {} {}", row.name, row.tier, fmt::join(row.can, " "), state_of(row)));
    return !std::ranges::all_of(words,
                                [&](const auto& word) { return text.find(word) != std::string::npos; });
  });
}

std::string model_table(const std::vector<model_row>& rows) {
  std::vector<cells> all{{"target", "tier", "in", "out", "context", "max output", "can", "quality", "state"}};
  for (const auto& row : rows) all.push_back(cells_of(row));
  std::array<std::size_t, columns> widths{};
  for (const auto& line : all)
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string out;
  for (const auto& line : all) {
    for (std::size_t i = 0; i + 1 < columns; ++i) out += fmt::format("{:<{}}  ", line[i], widths[i]);
    out += line.back() + "\n";
  }
  return out;
}

std::string model_json(const std::vector<model_row>& rows) {
  json::array all;
  for (const auto& row : rows) {
    json::object one{{"target", row.name},
                     {"state", !row.ready         ? "absent"
                               : row.tier.empty() ? "not configured"
                                                  : "ready"}};
    if (!row.tier.empty()) one["tier"] = row.tier;
    if (!row.why.empty()) one["why"] = row.why;
    put(one, "input_usd_per_mtok", row.input);
    put(one, "output_usd_per_mtok", row.output);
    put(one, "context", row.context);
    put(one, "max_output", row.max_output);
    put(one, "quality", row.quality);
    one["can"] = json::array(row.can.begin(), row.can.end());
    if (!row.writes.empty()) one["writes"] = row.writes;
    if (!row.long_context.empty()) one["long_context_usd_per_mtok"] = row.long_context;
    if (!row.known_from.empty()) one["known_from"] = row.known_from;
    all.push_back(std::move(one));
  }
  return json::serialize(all) + "\n";
}

}  // namespace nearfar::gateway
