#include "providers/dialects/openai_responses/request_writer.hpp"

#include "providers/dialects/openai_responses/fields.hpp"
#include "providers/dialects/openai_responses/item_writer.hpp"
#include "providers/dialects/openai_responses/tool_writer.hpp"
#include "providers/dialects/thoughts_wanted.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <string>

namespace nearfar::providers::openai_responses {

namespace json = boost::json;

namespace {

class writing {
 public:
  writing(const chat::chat_request& asked, const write_options& how) : asked_(asked), how_(how) {}

  bool run();
  std::string body();
  std::vector<std::string> take_notes() { return notes_.take(); }
  std::string problem;

 private:
  bool own() const { return asked_.from == config::dialect::openai_responses; }
  bool fail(std::string_view what);
  bool messages();
  bool tools();
  void limits();
  void reasoning();
  void text();
  void include();
  void extras();
  void unknown();
  void apply_quirks();

  const chat::chat_request& asked_;
  const write_options& how_;
  notes notes_;
  json::object root_;
};

bool writing::fail(std::string_view what) {
  if (problem.empty()) problem = what;
  return false;
}

// System texts beside the messages are one text here.
bool writing::messages() {
  std::string top;
  bool any_top = false;
  item_writer items(asked_.from, how_.issuer, notes_);
  for (const chat::message& each : asked_.messages) {
    if (!each.on_top) {
      if (!items.add(each)) return fail(items.problem());
      continue;
    }
    if (!each.extra.empty()) notes_.add("a message's own fields of another dialect: left out");
    for (const chat::part& part : each.parts) {
      if (part.kind != chat::part_kind::text) return fail("instructions: openai-responses takes text only");
      if (!part.extra.empty()) notes_.add("a part's own fields of another dialect: left out");
      if (any_top) top += "\n\n";
      top += part.text;
      any_top = true;
    }
  }
  if (any_top) root_["instructions"] = top;
  root_["input"] = items.take();
  return true;
}

bool writing::tools() {
  if (asked_.tools.empty()) {
    if (asked_.choose && own()) root_["tool_choice"] = write_choice(*asked_.choose, asked_);
    return true;
  }
  json::array list;
  for (const chat::tool& each : asked_.tools) {
    auto made = write_tool(each, asked_, notes_);
    if (!made) return fail("tools: a hosted tool of another dialect is not served by openai-responses");
    list.push_back(*std::move(made));
  }
  root_["tools"] = std::move(list);
  if (asked_.choose) root_["tool_choice"] = write_choice(*asked_.choose, asked_);
  if (asked_.choose && !asked_.choose->extra.empty() && !own()) {
    notes_.add("tool_choice's own fields of another dialect: left out");
  }
  return true;
}

void writing::limits() {
  if (asked_.parallel_calls) root_["parallel_tool_calls"] = *asked_.parallel_calls;
  if (asked_.max_output) {
    // Fewer are refused: "Expected a value >= 16".
    constexpr std::uint64_t least = 16;
    const bool few = !own() && *asked_.max_output < least;
    if (few) notes_.add("max_output_tokens: raised to 16, the least that openai-responses takes");
    root_["max_output_tokens"] = few ? least : *asked_.max_output;
  }
  if (asked_.temperature) root_["temperature"] = *asked_.temperature;
  if (asked_.top_p) root_["top_p"] = *asked_.top_p;
  if (asked_.top_logprobs) root_["top_logprobs"] = *asked_.top_logprobs;
}

// Budgets are the other vendors' way to say it.
std::string_view effort_of(const chat::reasoning& think) {
  if (!think.effort.empty()) return think.effort;
  if (think.enabled && !*think.enabled) return "none";
  if (!think.budget || *think.budget < 0) return {};
  if (*think.budget == 0) return "none";
  constexpr std::int64_t low = 2048;
  constexpr std::int64_t medium = 8192;
  return *think.budget <= low ? "low" : *think.budget <= medium ? "medium" : "high";
}

void writing::reasoning() {
  if (!asked_.think) return;
  const chat::reasoning& think = *asked_.think;
  json::object out;
  if (const auto effort = effort_of(think); !effort.empty()) out["effort"] = effort;
  if (think.effort.empty() && think.budget) notes_.add("reasoning budget: said as an effort");
  if (thoughts_wanted(asked_)) out["summary"] = "auto";
  if (own()) {
    for (const auto& each : think.extra) out[each.key()] = each.value();
  } else if (!think.extra.empty()) {
    notes_.add("reasoning's own fields of another dialect: left out");
  }
  if (!out.empty()) root_["reasoning"] = std::move(out);
}

void writing::text() {
  json::object out;
  if (asked_.format) out["format"] = write_format(*asked_.format, asked_, notes_);
  if (const json::object* more = object_at(asked_.extra, "text"); own() && more != nullptr) {
    for (const auto& each : *more) out[each.key()] = each.value();
  }
  if (const auto verbosity = string_at(asked_.extra, "verbosity");
      asked_.from == config::dialect::openai_chat && !verbosity.empty()) {
    out["verbosity"] = verbosity;
  }
  if (!out.empty()) root_["text"] = std::move(out);
}

void writing::include() {
  json::array list;
  list.push_back("reasoning.encrypted_content");
  if (asked_.logprobs == true) list.push_back("message.output_text.logprobs");
  if (const json::array* more = array_at(asked_.extra, "include"); own() && more != nullptr) {
    for (const json::value& each : *more) list.push_back(each);
  }
  root_["include"] = std::move(list);
}

// Members that both of the vendor's dialects have.
bool is_shared(std::string_view name) {
  for (const std::string_view each : {"metadata", "service_tier", "safety_identifier",
                                      "prompt_cache_retention", "prompt_cache_options", "moderation"}) {
    if (each == name) return true;
  }
  return false;
}

void writing::extras() {
  for (const auto& each : asked_.extra) {
    const std::string_view name = each.key();
    if (own() && (name == "text" || name == "include")) continue;
    const bool chat = asked_.from == config::dialect::openai_chat;
    if (own() || (chat && is_shared(name))) {
      root_[name] = each.value();
    } else if (!(chat && (name == "verbosity" || name == "store"))) {
      notes_.add("fields of another dialect's own: left out");
    }
  }
}

void writing::unknown() {
  if (!asked_.stop.empty()) notes_.add("stop: openai-responses has none");
  if (asked_.seed) notes_.add("seed: openai-responses has none");
  if (asked_.top_k) notes_.add("top_k: openai-responses has none");
  if (asked_.frequency_penalty) notes_.add("frequency_penalty: openai-responses has none");
  if (asked_.presence_penalty) notes_.add("presence_penalty: openai-responses has none");
}

void writing::apply_quirks() {
  if (how_.quirks == nullptr) return;
  for (const auto& [name, range] : how_.quirks->clamp) {
    json::value* found = root_.if_contains(name);
    const auto number = found == nullptr ? std::nullopt : number_of(*found);
    if (!number || (*number >= range.low && *number <= range.high)) continue;
    *found = std::clamp(*number, range.low, range.high);
    notes_.add(fmt::format("{}: brought into the target's range", name));
  }
  for (const std::string& name : how_.quirks->drop) {
    if (root_.stable_erase(name) != 0) notes_.add(fmt::format("{}: refused by the target", name));
  }
  for (const auto& [from, to] : how_.quirks->rename) {
    const json::value* found = root_.if_contains(from);
    if (found == nullptr) continue;
    json::value kept = *found;
    root_.stable_erase(from);
    root_[to] = std::move(kept);
  }
}

bool writing::run() {
  if (asked_.choices && *asked_.choices > 1) return fail("n: openai-responses gives one answer");
  root_["model"] = how_.model;
  if (!messages() || !tools()) return false;
  limits();
  reasoning();
  text();
  include();
  root_["store"] = false;
  root_["stream"] = how_.stream;
  if (!asked_.user.empty()) root_["user"] = asked_.user;
  if (!asked_.cache_key.empty()) root_["prompt_cache_key"] = asked_.cache_key;
  extras();
  // Refused where nothing is streamed.
  if (!how_.stream) root_.stable_erase("stream_options");
  unknown();
  apply_quirks();
  return true;
}

// The configuration's fields are JSON texts, and come last: what they say counts.
std::string writing::body() {
  const auto put = [&](const config::body_field& field) {
    boost::system::error_code failed;
    json::value value = json::parse(field.json, failed);
    if (!failed) root_[field.name] = std::move(value);
  };
  for (const config::body_field& each : how_.defaults) {
    if (!root_.contains(each.name)) put(each);
  }
  for (const config::body_field& each : how_.set) put(each);
  return json::serialize(root_);
}

}  // namespace

routes::result<written_request> write_request(const chat::chat_request& asked, const write_options& how) {
  writing out(asked, how);
  if (!out.run()) {
    auto refused = routes::make_error(routes::error_kind::bad_request, std::move(out.problem));
    refused.side = routes::error_side::internal;
    return refused;
  }
  written_request made;
  made.body = out.body();
  made.notes = out.take_notes();
  return made;
}

}  // namespace nearfar::providers::openai_responses
