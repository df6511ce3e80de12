#include "config/model_lists.hpp"

#include "config/preset.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>

namespace nearfar::config {

namespace {

namespace json = boost::json;

// Visible ASCII without what quotes, globs and escapes are made of.
bool is_listable(std::string_view id) {
  constexpr std::string_view never = "\"\\`*<>";
  return !id.empty() && id.size() <= max_listed_name && std::ranges::all_of(id, [&](char c) {
    return c > ' ' && c < '\x7f' && never.find(c) == std::string_view::npos;
  });
}

// Takes the ids out of an array of whatever `id_of` can read. False with the reason in `why`.
template <class IdOf>
bool take_ids(const json::array& from, const IdOf& id_of, std::string_view key,
              std::vector<std::string>& into, std::string& why) {
  if (from.size() > max_listed_models) {
    why = fmt::format("it lists {} models, more than {}", from.size(), max_listed_models);
    return false;
  }
  std::set<std::string_view> seen;
  for (const auto& one : from) {
    const json::value* id = id_of(one);
    if (id == nullptr || !id->is_string()) {
      why = fmt::format("an entry of it has no `{}`", key);
      return false;
    }
    const std::string_view name = id->get_string();
    if (!is_listable(name)) {
      why = "a model's name in it is empty, too long or not of plain visible letters";
      return false;
    }
    if (!seen.insert(name).second) {
      why = fmt::format("it lists `{}` twice", name);
      return false;
    }
    into.emplace_back(name);
  }
  return true;
}

// What an SDK has in its base url and we have in a path: "/v1" of "/v1/chat/completions".
std::string_view sdk_folder(std::string_view path) {
  constexpr std::array<std::string_view, 3> operations{"/chat/completions", "/messages", "/responses"};
  for (const auto operation : operations)
    if (path.ends_with(operation)) return path.substr(0, path.size() - operation.size());
  const auto model = path.find("/models/{model}");
  return model == std::string_view::npos ? std::string_view{} : path.substr(0, model);
}

// Theirs appends the version itself: "/anthropic" of "/anthropic/v1/messages".
std::string_view sdk_folder_of_anthropic(std::string_view path) {
  constexpr std::string_view operation = "/v1/messages";
  return path.ends_with(operation) ? path.substr(0, path.size() - operation.size()) : std::string_view{};
}

}  // namespace

std::string base_url(const provider& p) {
  const auto* known = preset_of(p);
  std::string url = !p.url.empty() || known == nullptr ? p.url : known->url;
  while (url.size() > 1 && url.ends_with('/')) url.pop_back();
  if (known == nullptr) return url;
  // SDKs want the version in the url, presets have it in the paths: either way of writing works.
  // A known vendor's host has the version below it, whether or not its own paths do (DeepSeek takes both).
  std::size_t longest = !known->url.empty() && url.ends_with("/v1") ? 3 : 0;
  for (const auto& each : known->dialects) {
    for (auto folder : {sdk_folder(each.path), sdk_folder_of_anthropic(each.path)})
      if (url.ends_with(folder)) longest = std::max(longest, folder.size());
  }
  url.resize(url.size() - longest);
  return url;
}

std::string list_url(const provider& p) {
  const auto* known = preset_of(p);
  if (p.runtime || known == nullptr || known->models_path.empty()) return {};
  const auto base = base_url(p);
  return base.empty() ? base : base + known->models_path;
}

std::optional<std::vector<std::string>> read_listed_models(std::string_view body, std::string& why) {
  if (body.size() > max_list_bytes) {
    why = fmt::format("its answer is longer than {} bytes", max_list_bytes);
    return std::nullopt;
  }
  boost::system::error_code ec;
  const auto parsed = json::parse(json::string_view(body.data(), body.size()), ec);
  const json::array* list = nullptr;
  std::string_view key = "id";
  if (!ec && parsed.is_array() && !parsed.get_array().empty()) {
    list = &parsed.get_array();  // Together
  } else if (const auto* top = ec ? nullptr : parsed.if_object()) {
    const auto* data = top->if_contains("data");
    // Ollama without a model says null.
    if (data != nullptr && data->is_null()) return std::vector<std::string>{};
    if (data != nullptr) {
      list = data->if_array();
    } else if (const auto* models = top->if_contains("models")) {
      list = models->if_array();  // Gemini
      key = "name";
    }
  }
  if (list == nullptr) {
    why = R"(its answer is not of the form {"data": [{"id": "..."}]})";
    return std::nullopt;
  }
  std::vector<std::string> out;
  const auto id_of = [&](const json::value& one) {
    return one.is_object() ? one.get_object().if_contains(key) : nullptr;
  };
  if (!take_ids(*list, id_of, key, out, why)) return std::nullopt;
  if (key == "id") return out;
  for (auto& id : out)
    if (id.starts_with("models/")) id.erase(0, std::string_view("models/").size());
  return out;
}

std::string list_file(std::string_view state_folder, std::string_view provider) {
  return fmt::format("{}/models/{}.json", state_folder, provider);
}

std::string list_text(const model_list& list) {
  json::array ids;
  for (const auto& id : list.ids) ids.emplace_back(id);
  return json::serialize(json::object{
             {"provider", list.provider}, {"url", list.url}, {"at", list.at}, {"ids", std::move(ids)}}) +
         "\n";
}

std::optional<model_list> read_list_text(std::string_view text) {
  boost::system::error_code ec;
  const auto parsed = json::parse(json::string_view(text.data(), text.size()), ec);
  const auto* top = ec ? nullptr : parsed.if_object();
  if (top == nullptr) return std::nullopt;
  const auto* provider = top->if_contains("provider");
  const auto* url = top->if_contains("url");
  const auto* at = top->if_contains("at");
  const auto* ids = top->if_contains("ids");
  const bool whole = provider != nullptr && provider->is_string() && url != nullptr && url->is_string() &&
                     at != nullptr && at->is_int64() && ids != nullptr && ids->is_array();
  if (!whole) return std::nullopt;
  model_list out{std::string(provider->get_string()), std::string(url->get_string()), at->get_int64(), {}};
  std::string why;
  const auto itself = [](const json::value& one) { return &one; };
  if (!take_ids(ids->get_array(), itself, "id", out.ids, why)) return std::nullopt;
  return out;
}

std::optional<model_list> kept_list(const std::string& state_folder, const provider& of) {
  // A name that is not one is reported elsewhere; it must not lead out of the folder meanwhile.
  if (of.name.find('/') != std::string::npos) return std::nullopt;
  std::ifstream in(list_file(state_folder, of.name), std::ios::binary);
  if (!in) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  auto list = read_list_text(text);
  if (!list || list->provider != of.name || list->url != list_url(of)) return std::nullopt;
  return list;
}

}  // namespace nearfar::config
