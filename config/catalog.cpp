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
  e.reasoning = c.get(row, "reasoning") == "yes";
  e.steps = c.get(row, "long_context_tier_usd_per_mtok");
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

const catalog_entry* find_exact(std::string_view vendor, std::string_view id) {
  const catalog_entry* alike = nullptr;
  for (const auto& e : catalog()) {
    if (!vendor.empty() && e.vendor != vendor) continue;
    if (e.id == id) return &e;
    if (alike == nullptr && same_id(e.id, id)) alike = &e;
  }
  return alike;
}

}  // namespace

std::span<const catalog_entry> catalog() {
  static const catalog_data data = read_catalog();
  return data.entries;
}

const catalog_entry* find_in_catalog(std::string_view vendor, std::string_view id) {
  if (const auto* found = find_exact(vendor, id)) return found;
  const auto slash = id.find('/');
  if (!vendor.empty() || slash == std::string_view::npos) return nullptr;
  return find_exact(vendor_of(id.substr(0, slash)), id.substr(slash + 1));
}

}  // namespace nearfar::config
