#include "config/catalog_import.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <vector>

namespace nearfar::config {

namespace {

namespace json = boost::json;

constexpr double million = 1e6;
constexpr std::string_view header =
    "vendor,model_id,input_usd_per_mtok,output_usd_per_mtok,cached_input_usd_per_mtok,"
    "cache_write_usd_per_mtok,context_window_tokens,max_output_tokens,input_modalities,output_modalities,"
    "reasoning,tools,json,long_context_tier_usd_per_mtok,source,source_date\n";

struct row {
  std::string vendor;
  std::string id;
  std::optional<double> input;
  std::optional<double> output;
  std::optional<double> cached;
  std::optional<double> cache_write;
  std::optional<double> context;
  std::optional<double> max_output;
  std::string reads;
  std::string writes;
  std::optional<bool> reasoning;
  std::optional<bool> tools;
  std::optional<bool> json;
  std::string long_context;
};

// A list that is not what it should be: the first finding ends it.
class reader {
 public:
  explicit reader(std::string& why) : why_(why) {}
  bool failed() const { return !why_.empty(); }

  void wrong(std::string_view path, std::string_view what) {
    if (why_.empty()) why_ = fmt::format("`{}` {}", path, what);
  }

  const json::value* at(const json::object& in, std::string_view key) const {
    const auto* found = in.if_contains(key);
    return found == nullptr || found->is_null() ? nullptr : found;
  }

  std::string text(const json::object& in, std::string_view key, const std::string& path) {
    const auto* found = at(in, key);
    if (found == nullptr) return {};
    if (const auto* text = found->if_string()) return std::string(*text);
    wrong(path + "." + std::string(key), "is no text");
    return {};
  }

  // A number, or a text that is one (OpenRouter's prices). Nullopt: there is none.
  std::optional<double> number(const json::object& in, std::string_view key, const std::string& path) {
    const auto* found = at(in, key);
    if (found == nullptr) return std::nullopt;
    double value = 0;
    bool good = found->is_number();
    if (good) value = found->to_number<double>();
    if (const auto* text = found->if_string()) {
      const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), value);
      good = failed == std::errc{} && end == text->data() + text->size();
    }
    if (good && std::isfinite(value)) return value;
    wrong(path + "." + std::string(key), "is no number");
    return std::nullopt;
  }

  std::optional<bool> flag(const json::object& in, std::string_view key, const std::string& path) {
    const auto* found = at(in, key);
    if (found == nullptr) return std::nullopt;
    if (found->is_bool()) return found->get_bool();
    wrong(path + "." + std::string(key), "is neither true nor false");
    return std::nullopt;
  }

  std::vector<std::string> texts(const json::object& in, std::string_view key, const std::string& path) {
    std::vector<std::string> all;
    const auto* found = at(in, key);
    if (found == nullptr) return all;
    const auto* list = found->if_array();
    if (list == nullptr) wrong(path + "." + std::string(key), "is no list");
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      if (const auto* text = (*list)[i].if_string())
        all.emplace_back(*text);
      else
        wrong(fmt::format("{}.{}[{}]", path, key, i), "is no text");
    }
    return all;
  }

  // Of one token, as that of a million. A negative one means that it depends (OpenRouter's auto).
  std::optional<double> price(const json::object& in, std::string_view key, const std::string& path) {
    const auto value = number(in, key, path);
    if (!value || *value < 0) return std::nullopt;
    // Vendors' prices have no more digits; what is behind them is the conversion's.
    return std::round(*value * million * 1e6) / 1e6;
  }

 private:
  std::string& why_;
};

std::string joined(const std::vector<std::string>& all) {
  return fmt::format("{}", fmt::join(all, "|"));
}

bool has(const std::vector<std::string>& all, std::string_view one) {
  return std::ranges::find(all, one) != all.end();
}

std::string field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string field(const std::optional<double>& value) {
  if (!value) return {};
  if (*value == std::floor(*value) && *value < 1e15)
    return fmt::format("{}", static_cast<std::int64_t>(*value));
  return fmt::format("{}", *value);
}

std::string_view field(const std::optional<bool>& value) {
  return !value ? "" : *value ? "yes" : "no";
}

std::string line_of(const row& r, std::string_view source, std::string_view date) {
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", field(r.vendor), field(r.id),
                     field(r.input), field(r.output), field(r.cached), field(r.cache_write), field(r.context),
                     field(r.max_output), field(r.reads), field(r.writes), field(r.reasoning), field(r.tools),
                     field(r.json), field(r.long_context), source, date);
}

std::string tokens_of(double count) {
  return count >= 1000 ? fmt::format("{:g}k", count / 1000) : fmt::format("{:g}", count);
}

void append_price(std::string& to, std::string_view name, const std::optional<double>& price) {
  if (price) to += fmt::format(" {} {}", name, *price);
}

std::string tier_of(double tokens, const std::optional<double>& in, const std::optional<double>& out,
                    const std::optional<double>& cached) {
  if (!in && !out) return {};
  std::string tier = fmt::format(">{}:", tokens_of(tokens));
  append_price(tier, "in", in);
  append_price(tier, "out", out);
  append_price(tier, "cached", cached);
  return tier;
}

void append_tier(std::string& to, const std::string& tier) {
  if (!tier.empty()) to += (to.empty() ? "" : "; ") + tier;
}

// ---- OpenRouter -------------------------------------------------------------------------------

std::string long_context_of(reader& r, const json::object& pricing, const std::string& path) {
  std::string all;
  const auto* overrides = r.at(pricing, "overrides");
  const auto* list = overrides != nullptr ? overrides->if_array() : nullptr;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const auto* each = (*list)[i].if_object();
    // Others hold at some hours of the day: no price of long prompts.
    if (each == nullptr || r.at(*each, "min_prompt_tokens") == nullptr) continue;
    const auto here = fmt::format("{}.overrides[{}]", path, i);
    const auto from = r.number(*each, "min_prompt_tokens", here).value_or(0);
    append_tier(all, tier_of(from, r.price(*each, "prompt", here), r.price(*each, "completion", here),
                             r.price(*each, "input_cache_read", here)));
  }
  return all;
}

void read_pricing(reader& r, const json::object& from, const std::string& path, row& into) {
  into.input = r.price(from, "prompt", path);
  into.output = r.price(from, "completion", path);
  into.cached = r.price(from, "input_cache_read", path);
  into.cache_write = r.price(from, "input_cache_write", path);
  into.long_context = long_context_of(r, from, path);
}

const json::object* section(reader& r, const json::object& in, std::string_view key,
                            const std::string& path) {
  const auto* found = r.at(in, key);
  if (found == nullptr) return nullptr;
  if (const auto* object = found->if_object()) return object;
  r.wrong(path + "." + std::string(key), "is no object");
  return nullptr;
}

row openrouter_row(reader& r, const json::object& from, const std::string& path) {
  row out;
  out.vendor = "openrouter";
  out.id = r.text(from, "id", path);
  if (out.id.empty()) r.wrong(path + ".id", "is missing");
  if (const auto* pricing = section(r, from, "pricing", path))
    read_pricing(r, *pricing, path + ".pricing", out);
  out.context = r.number(from, "context_length", path);
  if (const auto* top = section(r, from, "top_provider", path))
    out.max_output = r.number(*top, "max_completion_tokens", path + ".top_provider");
  if (const auto* shape = section(r, from, "architecture", path)) {
    out.reads = joined(r.texts(*shape, "input_modalities", path + ".architecture"));
    out.writes = joined(r.texts(*shape, "output_modalities", path + ".architecture"));
  }
  if (r.at(from, "supported_parameters") != nullptr) {
    const auto takes = r.texts(from, "supported_parameters", path);
    out.tools = has(takes, "tools");
    out.json = has(takes, "structured_outputs") || has(takes, "response_format");
    out.reasoning = has(takes, "reasoning");
  }
  return out;
}

void read_openrouter(reader& r, const json::array& data, std::vector<row>& into, std::size_t& left_out) {
  for (std::size_t i = 0; i < data.size() && !r.failed(); ++i) {
    const auto path = fmt::format("data[{}]", i);
    const auto* model = data[i].if_object();
    if (model == nullptr) return r.wrong(path, "is no object");
    auto one = openrouter_row(r, *model, path);
    const bool writes_text = one.writes.empty() || one.writes.find("text") != std::string::npos ||
                             one.writes.find("embeddings") != std::string::npos;
    if (writes_text)
      into.push_back(std::move(one));
    else
      ++left_out;
  }
}

// ---- LiteLLM ----------------------------------------------------------------------------------

struct vendor_name {
  std::string_view theirs;
  std::string_view ours;
};

std::string vendor_of_litellm(std::string_view provider) {
  static constexpr std::array names{vendor_name{"gemini", "google"},
                                    vendor_name{"dashscope", "alibaba"},
                                    vendor_name{"moonshot", "moonshotai"},
                                    vendor_name{"meta_llama", "meta"},
                                    vendor_name{"together_ai", "together"},
                                    vendor_name{"fireworks_ai", "fireworks"},
                                    vendor_name{"text-completion-openai", "openai"}};
  const auto found = std::ranges::find(names, provider, &vendor_name::theirs);
  return std::string(found == names.end() ? provider : found->ours);
}

// input_cost_per_token_above_200k_tokens and its kin.
std::string litellm_tiers(reader& r, const json::object& from, const std::string& path) {
  constexpr std::string_view begin = "input_cost_per_token_above_";
  constexpr std::string_view end = "k_tokens";
  std::string all;
  for (const auto& member : from) {
    const std::string_view key = member.key();
    if (!key.starts_with(begin) || !key.ends_with(end) || key.size() <= begin.size() + end.size()) continue;
    const auto count = key.substr(begin.size(), key.size() - begin.size() - end.size());
    double thousands = 0;
    const auto [stop, failed] = std::from_chars(count.data(), count.data() + count.size(), thousands);
    if (failed != std::errc{} || stop != count.data() + count.size()) continue;
    const auto price = [&](std::string_view what) {
      return r.price(from, fmt::format("{}_above_{}k_tokens", what, count), path);
    };
    append_tier(all, tier_of(thousands * 1000, price("input_cost_per_token"), price("output_cost_per_token"),
                             price("cache_read_input_token_cost")));
  }
  return all;
}

std::string litellm_reads(reader& r, const json::object& from, const std::string& path) {
  if (r.at(from, "supported_modalities") != nullptr)
    return joined(r.texts(from, "supported_modalities", path));
  std::string all = "text";
  if (r.flag(from, "supports_vision", path).value_or(false)) all += "|image";
  if (r.flag(from, "supports_audio_input", path).value_or(false)) all += "|audio";
  if (r.flag(from, "supports_pdf_input", path).value_or(false)) all += "|pdf";
  return all;
}

row litellm_row(reader& r, std::string_view name, const json::object& from, const std::string& path) {
  row out;
  const auto provider = r.text(from, "litellm_provider", path);
  out.vendor = vendor_of_litellm(provider);
  const auto prefix = provider + "/";
  out.id = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
  out.input = r.price(from, "input_cost_per_token", path);
  out.output = r.price(from, "output_cost_per_token", path);
  out.cached = r.price(from, "cache_read_input_token_cost", path);
  out.cache_write = r.price(from, "cache_creation_input_token_cost", path);
  out.context = r.number(from, "max_input_tokens", path);
  out.max_output = r.number(from, "max_output_tokens", path);
  out.reads = litellm_reads(r, from, path);
  out.writes = joined(r.texts(from, "supported_output_modalities", path));
  out.reasoning = r.flag(from, "supports_reasoning", path);
  out.tools = r.flag(from, "supports_function_calling", path);
  out.json = r.flag(from, "supports_response_schema", path);
  out.long_context = litellm_tiers(r, from, path);
  return out;
}

void read_litellm(reader& r, const json::object& top, std::vector<row>& into, std::size_t& left_out) {
  static constexpr std::array<std::string_view, 4> modes{"chat", "completion", "responses", "embedding"};
  for (const auto& member : top) {
    if (r.failed()) return;
    const std::string_view name = member.key();
    if (name == "sample_spec") continue;  // explains the others, in prose
    const std::string path(name);
    const auto* model = member.value().if_object();
    if (model == nullptr) return r.wrong(path, "is no object");
    const auto mode = r.text(*model, "mode", path);
    if (!mode.empty() && std::ranges::find(modes, mode) == modes.end()) {
      ++left_out;
      continue;
    }
    if (r.at(*model, "litellm_provider") == nullptr) return r.wrong(path + ".litellm_provider", "is missing");
    into.push_back(litellm_row(r, name, *model, path));
  }
}

// ---- both -------------------------------------------------------------------------------------

std::optional<json::value> parse(std::string_view text, std::string& why) {
  json::stream_parser parser;
  boost::system::error_code ec;
  const auto read = parser.write_some(text.data(), text.size(), ec);
  if (!ec && read < text.size() && text.find_first_not_of(" \t\r\n", read) != std::string_view::npos)
    ec = json::error::extra_data;
  if (!ec) parser.finish(ec);
  if (!ec) return parser.release();
  const auto before = text.substr(0, std::min(read, text.size()));
  const auto line = std::ranges::count(before, '\n') + 1;
  const auto start = before.rfind('\n');
  const auto column = start == std::string_view::npos ? before.size() + 1 : before.size() - start;
  why = fmt::format("line {}, column {}: {}", line, column, ec.message());
  return std::nullopt;
}

bool looks_like_litellm(const json::object& top) {
  return std::ranges::any_of(top, [](const auto& member) {
    const auto* each = member.value().if_object();
    return each != nullptr && each->contains("litellm_provider");
  });
}

}  // namespace

std::optional<catalog_import> import_catalog(std::string_view text, std::string_view date, std::string& why) {
  why.clear();
  const auto parsed = parse(text, why);
  if (!parsed) return std::nullopt;
  reader r(why);
  catalog_import out;
  std::vector<row> rows;
  const auto* top = parsed->if_object();
  const auto* data = top != nullptr ? top->if_contains("data") : nullptr;
  if (data != nullptr && data->is_array()) {
    out.source = "OpenRouter";
    read_openrouter(r, data->get_array(), rows, out.left_out);
  } else if (top != nullptr && looks_like_litellm(*top)) {
    out.source = "LiteLLM";
    read_litellm(r, *top, rows, out.left_out);
  } else {
    why =
        R"(it is neither OpenRouter's list ({"data": [{"id": ...}]}) nor LiteLLM's ({"MODEL": {"litellm_provider": ...}}))";
  }
  if (why.empty() && rows.empty()) why = "it holds no model";
  if (!why.empty()) return std::nullopt;
  out.csv = header;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const auto& each : rows) {
    if (!seen.emplace(each.vendor, each.id).second) continue;
    out.csv += line_of(each, out.source, date);
    ++out.models;
  }
  return out;
}

}  // namespace nearfar::config
