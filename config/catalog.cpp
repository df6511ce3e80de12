#include "config/catalog.hpp"

#include "config/csv.hpp"
#include "config/embedded.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace nearfar::config {

namespace embedded_catalog {
std::span<const embedded_file> files();
}

namespace {

// Owns the text that the entries point into.
struct catalog_data {
  std::vector<csv_row> rows;
  std::vector<catalog_entry> entries;
};

class columns {
 public:
  explicit columns(const csv_row& header) : header_(header) {}

  std::string_view get(const csv_row& row, std::string_view name) const {
    const auto at = static_cast<std::size_t>(std::ranges::find(header_, name) - header_.begin());
    return at < row.size() ? std::string_view(row[at]) : std::string_view{};
  }

  template <class Number>
  std::optional<Number> number(const csv_row& row, std::string_view name) const {
    const auto text = get(row, name);
    Number value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
  }

 private:
  const csv_row& header_;
};

// Columns that only imported data has.
std::optional<bool> said(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return text == "yes";
}

catalog_entry entry_of(const columns& c, const csv_row& row) {
  catalog_entry e;
  e.vendor = c.get(row, "vendor");
  e.id = c.get(row, "model_id");
  e.input = c.number<double>(row, "input_usd_per_mtok");
  e.output = c.number<double>(row, "output_usd_per_mtok");
  e.cached = c.number<double>(row, "cached_input_usd_per_mtok");
  e.cache_write = c.number<double>(row, "cache_write_usd_per_mtok");
  e.context = c.number<std::uint64_t>(row, "context_window_tokens");
  e.max_output = c.number<std::uint64_t>(row, "max_output_tokens");
  const auto inputs = c.get(row, "input_modalities");
  e.images = inputs.find("image") != std::string_view::npos;
  e.audio = inputs.find("audio") != std::string_view::npos;
  e.reads = inputs;
  e.writes = c.get(row, "output_modalities");
  e.long_context = c.get(row, "long_context_tier_usd_per_mtok");
  e.reasoning = c.get(row, "reasoning") == "yes";
  e.tools = said(c.get(row, "tools"));
  e.json = said(c.get(row, "json"));
  e.date = c.get(row, "source_date");
  return e;
}

catalog_data read_catalog() {
  catalog_data data;
  for (const auto& file : embedded_catalog::files()) data.rows = parse_csv(file.text);
  if (data.rows.empty()) return data;
  const columns c(data.rows.front());
  for (std::size_t i = 1; i < data.rows.size(); ++i) data.entries.push_back(entry_of(c, data.rows[i]));
  return data;
}

bool is_shipped(std::string_view vendor) {
  return !vendor.empty() && std::ranges::find(catalog(), vendor, &catalog_entry::vendor) != catalog().end();
}

// OpenRouter's vendor -> the catalog's.
std::string_view vendor_of(std::string_view slug) {
  struct pair {
    std::string_view theirs;
    std::string_view ours;
  };
  static constexpr std::array names{pair{"qwen", "alibaba"}, pair{"x-ai", "xai"}, pair{"z-ai", "zai"},
                                    pair{"mistralai", "mistral"}, pair{"meta-llama", "meta"}};
  const auto found = std::ranges::find(names, slug, &pair::theirs);
  return found == names.end() ? slug : found->ours;
}

// "claude-haiku-4.5" and "claude-haiku-4-5" are one model.
bool same_id(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b,
                            [](char x, char y) { return (x == '.' ? '-' : x) == (y == '.' ? '-' : y); });
}

const catalog_entry* find_exact(std::span<const catalog_entry> in, std::string_view vendor,
                                std::string_view id) {
  const catalog_entry* alike = nullptr;
  for (const auto& e : in) {
    // What a reseller asks for a model is not what it costs elsewhere.
    if (vendor.empty() ? e.imported && !is_shipped(e.vendor) : e.vendor != vendor) continue;
    if (e.id == id) return &e;
    if (alike == nullptr && same_id(e.id, id)) alike = &e;
  }
  return alike;
}

const catalog_entry* find_by_maker(std::span<const catalog_entry> in, std::string_view id) {
  if (const auto* found = find_exact(in, "", id)) return found;
  const auto slash = id.find('/');
  if (slash == std::string_view::npos) return nullptr;
  return find_exact(in, vendor_of(id.substr(0, slash)), id.substr(slash + 1));
}

template <class T>
void fill(std::optional<T>& figure, const std::optional<T>& from) {
  if (!figure) figure = from;
}

// What was imported may tell of prices alone, or of abilities alone.
void fill(catalog_entry& e, const catalog_entry& from) {
  // One price without the other would be made of two sources.
  if (!e.input && !e.output) {
    e.input = from.input;
    e.output = from.output;
    e.cached = from.cached;
    e.cache_write = from.cache_write;
    e.long_context = from.long_context;
  }
  fill(e.context, from.context);
  fill(e.max_output, from.max_output);
  if (!e.reads.empty()) return;
  e.reads = from.reads;
  e.images = from.images;
  e.audio = from.audio;
}

}  // namespace

std::span<const catalog_entry> catalog() {
  static const catalog_data data = read_catalog();
  return data.entries;
}

const catalog_entry* find_in_catalog(std::string_view vendor, std::string_view id) {
  if (is_shipped(vendor)) return find_exact(catalog(), vendor, id);
  return find_by_maker(catalog(), id);
}

model_catalog::model_catalog(std::string_view imported) : rows_(parse_csv(imported)) {
  if (rows_.empty()) return;
  const columns c(rows_.front());
  for (std::size_t i = 1; i < rows_.size(); ++i) {
    auto e = entry_of(c, rows_[i]);
    if (e.vendor.empty() || e.id.empty()) continue;
    e.imported = true;
    if (const auto* shipped = find_in_catalog(e.vendor, e.id)) fill(e, *shipped);
    entries_.push_back(e);
  }
}

const catalog_entry* model_catalog::find(std::string_view vendor, std::string_view id) const {
  if (entries_.empty()) return find_in_catalog(vendor, id);
  if (!vendor.empty()) {
    if (const auto* found = find_exact(entries_, vendor, id)) return found;
    if (is_shipped(vendor)) return find_in_catalog(vendor, id);
  }
  if (const auto* found = find_by_maker(entries_, id)) return found;
  return find_in_catalog(vendor, id);
}

std::string catalog_file(std::string_view state_folder) {
  return std::string(state_folder) + "/catalog.csv";
}

std::string_view imported_catalog(const configuration& of) {
  const auto found = std::ranges::find(of.included, catalog_file(of.server.state), &included_file::path);
  return found == of.included.end() ? std::string_view{} : std::string_view(found->text);
}

}  // namespace nearfar::config
