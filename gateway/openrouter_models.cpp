#include "gateway/openrouter_models.hpp"

#include "gateway/visible_models.hpp"
#include "routes/client_wishes.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <vector>

namespace nearfar::gateway {

namespace json = boost::json;

namespace {

using candidates = std::span<const routes::target_index>;

const routes::target& shape_of(const deployment& of, routes::target_index i) {
  return of.policy->targets()[i];
}

// Per token and as text, as OpenRouter writes prices. "-1" is its word for a price that depends.
std::string per_token(std::optional<double> per_million) {
  if (!per_million) return "-1";
  auto text = fmt::format("{:.12f}", *per_million / 1e6);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

// What is dearer; unknown is dearer than any.
void raise(std::optional<double>& highest, std::optional<double> price, bool first) {
  if (first) {
    highest = price;
  } else if (highest && price) {
    highest = std::max(*highest, *price);
  } else {
    highest.reset();
  }
}

// The dearest of the targets: nobody pays more than the list says.
json::object pricing(const deployment& of, candidates targets) {
  std::optional<double> input;
  std::optional<double> output;
  bool first = true;
  for (const auto t : targets) {
    raise(input, shape_of(of, t).price_input, first);
    raise(output, shape_of(of, t).price_output, first);
    first = false;
  }
  return {{"prompt", per_token(input)}, {"completion", per_token(output)}};
}

json::value count_or_null(std::optional<std::uint64_t> count) {
  return count ? json::value(*count) : json::value(nullptr);
}

// What every target of the name has room for; null: none says.
std::optional<std::uint64_t> least_context(const deployment& of, candidates targets) {
  std::optional<std::uint64_t> least;
  for (const auto t : targets) {
    if (const auto own = shape_of(of, t).context) least = std::min(least.value_or(*own), *own);
  }
  return least;
}

template <class Has>
bool any_of(const deployment& of, candidates targets, Has has) {
  return std::ranges::any_of(targets, [&](auto t) { return has(shape_of(of, t)); });
}

json::object architecture(const deployment& of, candidates targets) {
  json::array inputs{"text"};
  std::string modality = "text";
  if (any_of(of, targets, [](const auto& t) { return t.images; })) {
    inputs.emplace_back("image");
    modality += "+image";
  }
  if (any_of(of, targets, [](const auto& t) { return t.audio; })) {
    inputs.emplace_back("audio");
    modality += "+audio";
  }
  return {{"input_modalities", std::move(inputs)},
          {"output_modalities", json::array{"text"}},
          {"modality", modality + "->text"},
          {"tokenizer", "Other"},
          {"instruct_type", nullptr}};
}

json::array parameters(const deployment& of, candidates targets) {
  routes::parameter_set all = 0;
  for (const auto t : targets) all |= routes::parameters_taken(shape_of(of, t), *of.config);
  json::array out;
  for (const auto word : routes::parameter_words) {
    if ((all & routes::parameter_bit(word)) != 0) out.emplace_back(word);
  }
  return out;
}

json::object model_object(const deployment& of, std::string_view id, candidates targets) {
  const auto& first = shape_of(of, targets.front());
  return {{"id", id},
          {"canonical_slug", id},
          {"name", id},
          // Names of a policy have no birthday; the field is compulsory.
          {"created", 0},
          {"description", ""},
          {"context_length", count_or_null(least_context(of, targets))},
          {"architecture", architecture(of, targets)},
          {"pricing", pricing(of, targets)},
          {"top_provider",
           {{"context_length", count_or_null(first.context)},
            {"max_completion_tokens", count_or_null(first.max_output)},
            {"is_moderated", false}}},
          {"per_request_limits", nullptr},
          {"supported_parameters", parameters(of, targets)},
          {"default_parameters", nullptr},
          {"supported_voices", nullptr},
          {"links", {{"details", fmt::format("/api/v1/models/{}/endpoints", id)}}}};
}

// As GET /v1/models lists them.
std::vector<std::string_view> served_names(const deployment& of) {
  std::vector<std::string_view> out;
  for (const auto& name : of.policy->public_names()) {
    if (!of.policy->resolve(name).empty()) out.push_back(name);
  }
  for (const auto& target : of.targets) {
    if (target.absent_why.empty()) out.push_back(target.name);
  }
  return out;
}

std::vector<routes::target_index> find(const deployment& of, const key_record* key, std::string_view& id) {
  routes::client_wishes ignored;
  routes::take_suffix(*of.policy, id, ignored);
  return targets_for(of, key, id);
}

bool has_all(const json::array& list, std::string_view words) {
  while (!words.empty()) {
    const auto comma = std::min(words.find(','), words.size());
    const auto word = words.substr(0, comma);
    if (std::ranges::none_of(list,
                             [&](const json::value& v) { return std::string_view(v.as_string()) == word; }))
      return false;
    words.remove_prefix(std::min(comma + 1, words.size()));
  }
  return true;
}

struct page_filter {
  std::size_t offset = 0;
  std::size_t limit = 0;  // 0: all
  std::string_view parameters;
  std::string_view inputs;
  std::string_view text;

  // What is wrong; empty: nothing.
  std::string take(std::string_view name, std::string_view value);
  bool lets(const json::object& model) const {
    if (!text.empty() && std::string_view(model.at("id").as_string()).find(text) == std::string_view::npos)
      return false;
    return has_all(model.at("supported_parameters").as_array(), parameters) &&
           has_all(model.at("architecture").at("input_modalities").as_array(), inputs);
  }
};

std::string page_filter::take(std::string_view name, std::string_view value) {
  if (name == "offset" || name == "limit") {
    auto& to = name == "offset" ? offset : limit;
    const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), to);
    const bool fine = bad == std::errc{} && end == value.data() + value.size();
    if (fine && (name == "offset" || (limit >= 1 && limit <= 1000))) return "";
    return "offset and limit are whole numbers, limit from 1 to 1000";
  }
  if (name == "key") return "";  // a credential: read before, and nothing to filter by
  if (name == "supported_parameters") {
    parameters = value;
  } else if (name == "input_modalities") {
    inputs = value;
  } else if (name == "q") {
    text = value;
  } else if (name != "output_modalities" || (value != "text" && value != "all")) {
    return "the list takes offset, limit, q, supported_parameters, input_modalities and output_modalities "
           "(text or all)";
  }
  return "";
}

// OpenRouter's numbers: 0 is healthy, what is below is not; the reference says no more of them.
int status_of(const routes::target_snapshot& now, routes::instant at) {
  if (now.absent || at < now.off_until) return -2;
  return now.breaker_admits && !now.parked.holds(at) ? 0 : -1;
}

json::object endpoint(const deployment& of, std::string_view model, routes::target_index i,
                      const routes::target_snapshot& now, routes::instant at) {
  const auto& t = shape_of(of, i);
  const auto& provider = of.config->providers[t.provider];
  const auto quantization = routes::quantization_of(t, *of.config);
  const routes::target_index one[] = {i};
  return {{"name", fmt::format("{} | {}", provider.name, t.upstream_model)},
          {"model_id", model},
          {"model_name", model},
          {"provider_name", provider.name},
          {"tag", t.name},
          {"quantization", quantization == "unknown" ? json::value(nullptr) : json::value(quantization)},
          {"context_length", count_or_null(t.context)},
          {"max_completion_tokens", count_or_null(t.max_output)},
          {"max_prompt_tokens", nullptr},
          {"pricing", pricing(of, one)},
          {"supported_parameters", parameters(of, one)},
          {"supports_implicit_caching", false},
          {"status", status_of(now, at)},
          {"uptime_last_30m", nullptr},
          {"latency_last_30m", nullptr},
          {"throughput_last_30m", nullptr}};
}

}  // namespace

model_page openrouter_models(const deployment& of, const key_record* key, const query_parameters& wanted) {
  page_filter filter;
  for (const auto& [name, value] : wanted) {
    if (auto wrong = filter.take(name, value); !wrong.empty()) return {"", std::move(wrong)};
  }
  json::array page;
  std::size_t total = 0;
  for (const auto name : served_names(of)) {
    const auto targets = targets_for(of, key, name);
    if (targets.empty()) continue;
    auto model = model_object(of, name, targets);
    if (!filter.lets(model)) continue;
    if (total >= filter.offset && (filter.limit == 0 || page.size() < filter.limit))
      page.emplace_back(std::move(model));
    ++total;
  }
  json::value next(nullptr);
  if (filter.limit != 0 && filter.offset + filter.limit < total) {
    next = fmt::format("/api/v1/models?offset={}&limit={}", filter.offset + filter.limit, filter.limit);
  }
  return {json::serialize(
              json::object{{"data", std::move(page)}, {"total_count", total}, {"links", {{"next", next}}}}),
          ""};
}

std::optional<std::string> openrouter_model(const deployment& of, const key_record* key,
                                            std::string_view id) {
  const auto targets = find(of, key, id);
  if (targets.empty()) return std::nullopt;
  return json::serialize(json::object{{"data", model_object(of, id, targets)}});
}

std::optional<std::string> openrouter_endpoints(const deployment& of, const key_record* key,
                                                std::string_view id,
                                                std::span<const routes::target_snapshot> now,
                                                routes::instant at) {
  const auto targets = find(of, key, id);
  if (targets.empty()) return std::nullopt;
  json::array list;
  for (const auto t : targets) list.emplace_back(endpoint(of, id, t, now[t], at));
  return json::serialize(json::object{{"data",
                                       {{"id", id},
                                        {"name", id},
                                        {"created", 0},
                                        {"description", ""},
                                        {"architecture", architecture(of, targets)},
                                        {"endpoints", std::move(list)}}}});
}

std::string openrouter_zdr_endpoints(const deployment& of, const key_record* key,
                                     std::span<const routes::target_snapshot> now, routes::instant at) {
  json::array list;
  for (const auto& target : of.targets) {
    const bool keeps_nothing = target.tier == config::tier::device || target.from->retention == "none";
    if (keeps_nothing && may_reach(of, key, target.index))
      list.emplace_back(endpoint(of, target.name, target.index, now[target.index], at));
  }
  return json::serialize(json::object{{"data", std::move(list)}});
}

std::string openrouter_providers(const deployment& of) {
  json::array list;
  for (const auto& provider : of.config->providers) {
    list.emplace_back(json::object{{"name", provider.name},
                                   {"slug", provider.name},
                                   {"privacy_policy_url", nullptr},
                                   {"terms_of_service_url", nullptr},
                                   {"status_page_url", nullptr}});
  }
  return json::serialize(json::object{{"data", std::move(list)}});
}

}  // namespace nearfar::gateway
