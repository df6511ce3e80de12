#include "providers/dialects/gemini/grounding.hpp"

#include "providers/dialects/gemini/dom.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <span>

namespace nearfar::providers::gemini {

namespace json = boost::json;

namespace {

json::value parsed(std::string_view text) {
  boost::system::error_code failed;
  auto v = json::parse({text.data(), text.size()}, failed);
  return failed ? json::value{} : v;
}

const json::object* object_in(const json::value* v) {
  return v ? v->if_object() : nullptr;
}

std::span<const json::value> list_in(const json::object& from, std::string_view name) {
  const auto* found = dom::find(from, name);
  const auto* list = found ? found->if_array() : nullptr;
  return list ? std::span<const json::value>(list->data(), list->size()) : std::span<const json::value>{};
}

json::object as_openai(const json::object& one) {
  json::object out;
  const auto* token = dom::find(one, "token");
  const auto* figure = dom::find(one, "logProbability");
  out["token"] = token ? *token : json::value("");
  out["logprob"] = figure ? *figure : json::value(0);
  out["bytes"] = nullptr;
  return out;
}

json::object as_google(const json::object& one) {
  json::object out;
  if (const auto* token = one.if_contains("token")) out["token"] = *token;
  if (const auto* figure = one.if_contains("logprob")) out["logProbability"] = *figure;
  return out;
}

}  // namespace

std::vector<std::string> annotations_of(std::string_view grounding, std::uint32_t& told) {
  std::vector<std::string> out;
  const auto root = parsed(grounding);
  const auto* object = root.if_object();
  if (!object) return out;
  const auto chunks = list_in(*object, "groundingChunks");
  for (std::size_t i = std::min<std::size_t>(told, chunks.size()); i < chunks.size(); ++i) {
    const auto* chunk = chunks[i].if_object();
    const auto* web = chunk ? object_in(dom::find(*chunk, "web")) : nullptr;
    if (!web) continue;
    json::object citation{{"start_index", 0}, {"end_index", 0}, {"url", ""}, {"title", ""}};
    if (const auto* uri = dom::find(*web, "uri")) citation["url"] = *uri;
    if (const auto* title = dom::find(*web, "title")) citation["title"] = *title;
    out.push_back(
        json::serialize(json::object{{"type", "url_citation"}, {"url_citation", std::move(citation)}}));
  }
  told = std::max(told, static_cast<std::uint32_t>(chunks.size()));
  return out;
}

std::string logprobs_of(std::string_view result) {
  const auto root = parsed(result);
  const auto* object = root.if_object();
  if (!object) return {};
  const auto chosen = list_in(*object, "chosenCandidates");
  const auto top = list_in(*object, "topCandidates");
  json::array content;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto* one = chosen[i].if_object();
    if (!one) continue;
    auto entry = as_openai(*one);
    json::array others;
    const auto* around = i < top.size() ? top[i].if_object() : nullptr;
    if (around) {
      for (const auto& each : list_in(*around, "candidates")) {
        if (const auto* other = each.if_object()) others.push_back(as_openai(*other));
      }
    }
    entry["top_logprobs"] = std::move(others);
    content.push_back(std::move(entry));
  }
  if (content.empty()) return {};
  return json::serialize(json::object{{"content", std::move(content)}});
}

std::string grounding_of(const std::vector<std::string>& annotations) {
  json::array chunks;
  for (const auto& each : annotations) {
    const auto v = parsed(each);
    const auto* object = v.if_object();
    const auto* citation = object ? object_in(object->if_contains("url_citation")) : nullptr;
    if (!citation) continue;
    json::object web;
    if (const auto* url = citation->if_contains("url")) web["uri"] = *url;
    if (const auto* title = citation->if_contains("title")) web["title"] = *title;
    chunks.push_back(json::object{{"web", std::move(web)}});
  }
  if (chunks.empty()) return {};
  return json::serialize(json::object{{"groundingChunks", std::move(chunks)}});
}

std::string logprobs_result_of(std::string_view logprobs) {
  const auto root = parsed(logprobs);
  const auto* object = root.if_object();
  if (!object) return {};
  json::array chosen;
  json::array top;
  for (const auto& each : list_in(*object, "content")) {
    const auto* one = each.if_object();
    if (!one) continue;
    chosen.push_back(as_google(*one));
    json::array others;
    for (const auto& other : list_in(*one, "top_logprobs")) {
      if (const auto* inner = other.if_object()) others.push_back(as_google(*inner));
    }
    top.push_back(json::object{{"candidates", std::move(others)}});
  }
  if (chosen.empty()) return {};
  return json::serialize(
      json::object{{"topCandidates", std::move(top)}, {"chosenCandidates", std::move(chosen)}});
}

}  // namespace nearfar::providers::gemini
