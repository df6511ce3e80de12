#include "providers/dialects/openrouter/provider_wishes.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace nearfar::providers::openrouter {
namespace {

namespace json = boost::json;
using config::order_by;

// Routing here has done what they say.
constexpr std::array<std::string_view, 2> done_here{"models", "route"};

constexpr std::array<std::string_view, 10> known_plugins{
    "auto-router", "auto-beta-router", "moderation",          "web",           "web-fetch",
    "file-parser", "response-healing", "context-compression", "pareto-router", "fusion"};

// `trace` and `debug` are OpenRouter's, too, but no routing minds them: they pass as they come. Word by word,
// not in a list: every member of every query is held against them, and so a length settles it.
bool is_own(std::string_view name) {
  return name == "provider" || name == "models" || name == "route" || name == "plugins" || name == "usage" ||
         name == "transforms" || name == "session_id";
}

routes::error wrong(std::string why) {
  auto out = routes::make_error(routes::error_kind::bad_request, std::move(why));
  out.side = routes::error_side::downstream;
  return out;
}

const member* find(const request_view& of, std::string_view name) {
  const auto at = std::ranges::find(of.members, name, &member::name);
  return at == of.members.end() ? nullptr : &*at;
}

std::string_view raw(const request_view& of, const member& m) {
  return of.body.substr(m.value.offset, m.value.length);
}

routes::result<json::value> parse(std::string_view name, std::string_view text) {
  boost::system::error_code ec;
  auto value = json::parse(json::string_view(text.data(), text.size()), ec);
  if (ec) return wrong(fmt::format("{} is not valid JSON", name));
  return value;
}

// Reads the members of one object, each by its name, and keeps the first error.
class reading {
 public:
  explicit reading(routes::client_wishes& into) : into_(into) {}

  bool provider(const json::value& v);
  bool models(const json::value& v);
  bool route(const json::value& v);
  bool plugins(const json::value& v);
  bool transforms(const json::value& v);
  // After all members: what one says of another.
  void finish(const request_view& from);

  std::string problem;

 private:
  bool fail(std::string why) {
    if (problem.empty()) problem = std::move(why);
    return false;
  }
  bool preference(std::string_view name, const json::value& v);
  bool limit(std::string_view name, const json::value& v);
  bool slugs(std::string_view name, const json::value& v, std::vector<std::string>& to);
  bool flag(std::string_view name, const json::value& v, bool& to);
  bool sort(const json::value& v);
  bool sort_word(const json::value& v);
  bool quantizations(const json::value& v);
  bool data_collection(const json::value& v);
  bool max_price(const json::value& v);
  bool median(std::string_view name, const json::value& v, std::optional<double>& to);

  routes::client_wishes& into_;
  bool requires_parameters_ = false;
};

std::optional<double> amount(const json::value& v) {
  double out = 0;
  if (v.is_number()) {
    out = v.to_number<double>();
  } else if (v.is_string()) {  // the reference types prices as strings, its examples send numbers
    const auto& text = v.as_string();
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (bad != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  } else {
    return std::nullopt;
  }
  if (!(out >= 0) || out > 1e9) return std::nullopt;
  return out;
}

bool reading::provider(const json::value& v) {
  if (v.is_null()) return true;
  if (!v.is_object()) return fail("provider must be an object");
  for (const auto& [key, value] : v.as_object()) {
    if (!value.is_null() && !preference(key, value)) return false;
  }
  return true;
}

bool reading::preference(std::string_view name, const json::value& v) {
  if (name == "order") return slugs("provider.order", v, into_.order);
  if (name == "only") return slugs("provider.only", v, into_.only);
  if (name == "ignore") return slugs("provider.ignore", v, into_.ignore);
  if (name == "allow_fallbacks") return flag("provider.allow_fallbacks", v, into_.fallbacks);
  if (name == "require_parameters") return flag("provider.require_parameters", v, requires_parameters_);
  if (name == "data_collection") return data_collection(v);
  if (name == "zdr") {
    bool asked = false;
    if (!flag("provider.zdr", v, asked)) return false;
    into_.no_retention = into_.no_retention || asked;
    return true;
  }
  if (name == "quantizations") return quantizations(v);
  if (name == "sort") return sort(v);
  if (name == "max_price") return max_price(v);
  return limit(name, v);
}

bool reading::limit(std::string_view name, const json::value& v) {
  if (name == "preferred_min_throughput")
    return median("provider.preferred_min_throughput", v, into_.min_throughput);
  if (name == "preferred_max_latency") {
    std::optional<double> seconds;
    if (!median("provider.preferred_max_latency", v, seconds)) return false;
    if (seconds) into_.max_latency = routes::millis(static_cast<std::int64_t>(*seconds * 1000));
    return true;
  }
  if (name == "enforce_distillable_text") {
    bool asked = false;
    if (!flag("provider.enforce_distillable_text", v, asked)) return false;
    return !asked || fail("provider.enforce_distillable_text: nothing here knows which models permit it");
  }
  return fail(
      "provider has a field that is not known here; it takes order, only, ignore, allow_fallbacks, "
      "require_parameters, data_collection, zdr, quantizations, sort, max_price, preferred_min_throughput "
      "and "
      "preferred_max_latency");
}

bool reading::slugs(std::string_view name, const json::value& v, std::vector<std::string>& to) {
  const auto no = [&] {
    return fail(fmt::format("{} must be an array of at most {} strings", name, routes::max_slugs));
  };
  if (!v.is_array() || v.as_array().size() > routes::max_slugs) return no();
  for (const auto& each : v.as_array()) {
    if (!each.is_string() || each.as_string().size() > 300) return no();
    to.emplace_back(each.as_string());
  }
  return true;
}

bool reading::flag(std::string_view name, const json::value& v, bool& to) {
  if (!v.is_bool()) return fail(fmt::format("{} must be true or false", name));
  to = v.as_bool();
  return true;
}

bool reading::data_collection(const json::value& v) {
  const auto* word = v.if_string();
  if (!word || (*word != "allow" && *word != "deny"))
    return fail("provider.data_collection must be \"allow\" or \"deny\"");
  if (*word == "deny") into_.no_retention = true;
  return true;
}

bool reading::sort(const json::value& v) {
  const auto* object = v.if_object();
  if (!object) return sort_word(v);
  for (const auto& [key, value] : *object) {
    if (value.is_null()) continue;
    if (key == "by") {
      if (!sort_word(value)) return false;
    } else if (key == "partition") {
      const auto* word = value.if_string();
      if (!word || (*word != "model" && *word != "none"))
        return fail("provider.sort.partition must be \"model\" or \"none\"");
      into_.across_models = *word == "none";
    } else {
      return fail("provider.sort takes by and partition");
    }
  }
  return true;
}

bool reading::sort_word(const json::value& v) {
  const auto* word = v.if_string();
  if (word && *word == "price") {
    into_.sort = order_by::price;
  } else if (word && *word == "throughput") {
    into_.sort = order_by::throughput;
  } else if (word && *word == "latency") {
    into_.sort = order_by::latency;
  } else if (word && *word == "exacto") {
    into_.sort = order_by::quality;
  } else {
    return fail("provider.sort must be \"price\", \"throughput\", \"latency\" or \"exacto\"");
  }
  return true;
}

bool reading::quantizations(const json::value& v) {
  if (!v.is_array()) return fail("provider.quantizations must be an array of strings");
  for (const auto& each : v.as_array()) {
    const auto* word = each.if_string();
    const auto bits = word ? routes::quantization_bits({word->data(), word->size()}) : 0;
    if (bits == 0) {
      return fail(
          fmt::format("provider.quantizations takes {}", fmt::join(routes::quantization_words, ", ")));
    }
    into_.quantizations = static_cast<routes::quantization_set>(into_.quantizations | bits);
  }
  return true;
}

bool reading::max_price(const json::value& v) {
  if (!v.is_object()) return fail("provider.max_price must be an object of prices in USD");
  for (const auto& [key, value] : v.as_object()) {
    if (value.is_null()) continue;
    const auto usd = amount(value);
    if (!usd) return fail("provider.max_price takes numbers of USD, 0 or more");
    if (key == "prompt") {
      into_.max_price_input = usd;
    } else if (key == "completion") {
      into_.max_price_output = usd;
    } else {
      return fail("provider.max_price takes prompt and completion; other prices are not known here");
    }
  }
  return true;
}

bool reading::median(std::string_view name, const json::value& v, std::optional<double>& to) {
  if (const auto* object = v.if_object()) {
    for (const auto& [key, value] : *object) {
      if (value.is_null()) continue;
      if (key != "p50")
        return fail(fmt::format("{} takes a number or p50; no other percentile is kept", name));
      if (!median(name, value, to)) return false;
    }
    return true;
  }
  if (v.is_number()) to = amount(v);
  return to || fail(fmt::format("{} must be a number, 0 or more", name));
}

bool reading::models(const json::value& v) {
  if (v.is_null()) return true;
  const auto no = [&] {
    return fail(fmt::format("models must be an array of at most {} names", routes::max_fallback_models));
  };
  if (!v.is_array() || v.as_array().size() > routes::max_fallback_models) return no();
  for (const auto& each : v.as_array()) {
    if (!each.is_string() || each.as_string().empty() || each.as_string().size() > 300) return no();
    into_.models.emplace_back(each.as_string());
  }
  return true;
}

// The older way to say `provider.sort.partition`.
bool reading::route(const json::value& v) {
  if (v.is_null()) return true;
  const auto* word = v.if_string();
  if (!word || (*word != "fallback" && *word != "sort"))
    return fail("route must be \"fallback\" or \"sort\"; use provider.sort");
  if (*word == "sort") into_.across_models = true;
  return true;
}

bool reading::plugins(const json::value& v) {
  if (v.is_null()) return true;
  if (!v.is_array()) return fail("plugins must be an array of objects");
  for (const auto& each : v.as_array()) {
    const auto* object = each.if_object();
    const auto* id = object ? object->if_contains("id") : nullptr;
    if (!id || !id->is_string()) return fail("plugins: each is an object with an id");
    const auto& word = id->as_string();
    if (std::ranges::find(known_plugins, std::string_view(word.data(), word.size())) == known_plugins.end())
      return fail(
          fmt::format("plugins: no plugin has this id; known are {}", fmt::join(known_plugins, ", ")));
    const auto* enabled = object->if_contains("enabled");
    const bool off = enabled && enabled->is_bool() && !enabled->as_bool();
    into_.openrouter_only = into_.openrouter_only || !off;
  }
  return true;
}

// The older way to switch the plugin `context-compression` on. Its empty list switches it off.
bool reading::transforms(const json::value& v) {
  if (v.is_null()) return true;
  if (!v.is_array()) return fail("transforms must be an array of strings");
  for (const auto& each : v.as_array()) {
    const auto* word = each.if_string();
    if (!word || *word != "middle-out") return fail("transforms knows \"middle-out\" only");
    into_.openrouter_only = true;
  }
  return true;
}

void reading::finish(const request_view& from) {
  if (!requires_parameters_) return;
  for (const auto& each : from.members) into_.required |= routes::parameter_bit(each.name);
}

}  // namespace

bool has_own_members(const request_view& of) {
  return std::ranges::any_of(of.members, [](const member& each) { return is_own(each.name); });
}

routes::result<void> read_wishes(const request_view& from, routes::client_wishes& into) {
  reading walk(into);
  using reader = bool (reading::*)(const json::value&);
  struct row {
    std::string_view name;
    reader read;
  };
  constexpr std::array<row, 5> rows{{{"provider", &reading::provider},
                                     {"models", &reading::models},
                                     {"route", &reading::route},
                                     {"plugins", &reading::plugins},
                                     {"transforms", &reading::transforms}}};
  for (const auto& [name, read] : rows) {
    const auto* at = find(from, name);
    if (!at) continue;
    auto value = parse(name, raw(from, *at));
    if (!value) return std::move(value).error();
    if (!(walk.*read)(*value)) return wrong(std::move(walk.problem));
  }
  walk.finish(from);
  return {};
}

namespace {

bool has_slugs(std::string_view field) {
  return field == "order" || field == "only" || field == "ignore";
}

// OpenRouter's own provider may be called as one of ours; to leave it out is what the client wants there,
// too.
bool is_of_openrouter(std::string_view field, std::string_view slug, const config::configuration& from) {
  if (!routes::is_own_slug(slug, from)) return true;
  const bool a_tier = slug == "device" || slug == "self_hosted" || slug == "remote";
  const auto named = [&](const config::provider& p) { return p.name == slug && p.preset == "openrouter"; };
  return field == "ignore" && !a_tier && std::ranges::none_of(from.providers, named);
}

json::object without_own_slugs(const json::object& asked, const config::configuration& from) {
  json::object out;
  for (const auto& [key, value] : asked) {
    if (!has_slugs(key) || !value.is_array()) {
      out.emplace(key, value);
      continue;
    }
    json::array left;
    for (const auto& each : value.as_array()) {
      const auto& word = each.as_string();
      if (is_of_openrouter(key, {word.data(), word.size()}, from)) left.push_back(each);
    }
    // Nothing but our own names: they chose the target, and there nothing is left to choose.
    if (!left.empty() || value.as_array().empty()) out.emplace(key, std::move(left));
  }
  return out;
}

}  // namespace

member_changes changes_for(const request_view& of, const routes::target& target,
                           const config::configuration& from) {
  member_changes out;
  const bool theirs = routes::is_openrouter(target, from);
  for (const auto& each : of.members) {
    const bool done = std::ranges::find(done_here, each.name) != done_here.end();
    if (theirs ? done : is_own(each.name)) out.without.emplace_back(each.name);
  }
  const auto* provider = find(of, "provider");
  if (!theirs || !provider) return out;
  const auto value = parse("provider", raw(of, *provider));
  if (!value || !value->is_object()) return out;
  auto left = without_own_slugs(value->as_object(), from);
  if (left.empty()) {
    out.without.emplace_back("provider");
  } else if (left != value->as_object()) {
    out.provider = config::body_field{"provider", json::serialize(left), {}};
  }
  return out;
}

}  // namespace nearfar::providers::openrouter
