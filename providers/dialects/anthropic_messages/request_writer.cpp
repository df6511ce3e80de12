#include "providers/dialects/anthropic_messages/request_writer.hpp"

#include "providers/dialects/anthropic_messages/block_writer.hpp"
#include "providers/dialects/anthropic_messages/closed_schema.hpp"
#include "providers/dialects/anthropic_messages/json_text.hpp"
#include "providers/dialects/anthropic_messages/thinking_writer.hpp"
#include "providers/dialects/anthropic_messages/tool_writer.hpp"
#include "providers/dialects/anthropic_messages/turn_writer.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <charconv>

namespace nearfar::providers::anthropic_messages {
namespace {

using openai_chat::append_json_string;

// Members of other dialects that clients send often, by name; the rest is only counted as left out.
constexpr std::string_view known_elsewhere[] = {
    "logit_bias", "metadata",   "min_p",    "modalities",         "moderation",
    "prediction", "provider",   "plugins",  "repetition_penalty", "safety_identifier",
    "store",      "transforms", "truncate", "verbosity",          "web_search_options",
    "top_a",      "audio",      "include",  "service_tier",       "previous_response_id",
};

std::string quoted(std::string_view text) {
  std::string to;
  append_json_string(to, text);
  return to;
}

std::string number_text(double number) {
  return to_json(json::value(number));
}

class request {
 public:
  explicit request(writing& work) : work_(work) {}

  bool run() {
    if (!refuse()) return false;
    written_turns turns;
    const std::string hint = format();
    if (!write_turns(work_, hint, turns)) return false;
    written_tools tools;
    if (!write_tools(work_, turns.called, tools)) return false;
    const auto think = write_thinking(work_, tools.forced, turns.loop_unthought);
    put("model", quoted(work_.how.model.empty() ? std::string_view{work_.asked.model} : work_.how.model));
    put("max_tokens", std::to_string(think.max_tokens));
    if (work_.how.stream) put("stream", "true");
    sampling(think.on);
    if (!think.thinking.empty()) put("thinking", think.thinking);
    output_config(think.effort);
    if (!tools.choice.empty()) put("tool_choice", tools.choice);
    metadata();
    extra();
    if (!tools.tools.empty()) put("tools", tools.tools);
    if (!turns.system.empty()) put("system", turns.system);
    put("messages", turns.messages);
    quirks();
    fields();
    return true;
  }

  std::string body() const {
    std::string to = "{";
    for (const auto& each : members_) {
      // Not append_key: the text may end in a brace, but never in an opening one after the first.
      if (to.size() > 1) to.push_back(',');
      append_json_string(to, each.first);
      to.append(":").append(each.second);
    }
    to.push_back('}');
    return to;
  }

 private:
  void put(std::string_view name, std::string text) {
    members_.emplace_back(std::string{name}, std::move(text));
  }

  bool refuse() {
    const auto& asked = work_.asked;
    if (asked.choices && *asked.choices > 1) return work_.fail("n: anthropic-messages gives one answer");
    if (asked.seed) work_.note("seed: anthropic-messages has none");
    if (asked.frequency_penalty) work_.note("frequency_penalty: anthropic-messages has none");
    if (asked.presence_penalty) work_.note("presence_penalty: anthropic-messages has none");
    if (asked.logprobs && *asked.logprobs) work_.note("logprobs: anthropic-messages has none");
    if (asked.top_logprobs) work_.note("top_logprobs: anthropic-messages has none");
    if (!asked.cache_key.empty()) work_.note("prompt_cache_key: anthropic-messages has none");
    return true;
  }

  // Sets `format_` or returns what the system text says instead.
  std::string format() {
    const auto& asked = work_.asked.format;
    if (!asked || asked->kind == chat::format_kind::text) return {};
    const bool native =
        !work_.how.quirks || work_.how.quirks->structured == config::structured_output::json_schema;
    if (asked->kind == chat::format_kind::json_object) {
      work_.note("response_format json_object: asked for in the system text");
      return "Answer with one JSON object and nothing else.";
    }
    if (!work_.own && (!asked->name.empty() || !asked->description.empty() || asked->strict))
      work_.note("name, description and strict of response_format: anthropic-messages has none");
    const auto closed =
        work_.own ? std::optional(closed_schema{asked->schema, false}) : close_schema(asked->schema);
    if (!native || !closed) {
      work_.note("response_format json_schema: asked for in the system text");
      return "Answer with one JSON value and nothing else. It must fit this JSON Schema:\n" +
             to_json(asked->schema);
    }
    format_ = "{\"type\":\"json_schema\"";
    append_key(format_, "schema");
    if (closed->changed) work_.note("response_format json_schema: its objects take no further members");
    append_json(format_, closed->schema);
    append_extra(format_, asked->extra, work_, "response_format");
    format_.push_back('}');
    return {};
  }

  void sampling(bool thinks) {
    const auto& asked = work_.asked;
    if (!asked.stop.empty()) stop();
    auto temperature = asked.temperature;
    auto top_p = asked.top_p;
    auto top_k = asked.top_k;
    if (!work_.own) {
      if (temperature && (*temperature < 0 || *temperature > 1)) {
        work_.note("temperature: brought into 0 to 1");
        temperature = std::clamp(*temperature, 0.0, 1.0);
      }
      if (thinks) bound_by_thinking(temperature, top_p, top_k);
      if (temperature && top_p) {
        work_.note("top_p: not together with temperature, left out");
        top_p.reset();
      }
    }
    if (temperature) put("temperature", number_text(*temperature));
    if (top_p) put("top_p", number_text(*top_p));
    if (top_k) put("top_k", std::to_string(*top_k));
  }

  void bound_by_thinking(std::optional<double>& temperature, std::optional<double>& top_p,
                         std::optional<std::int64_t>& top_k) {
    if (temperature && *temperature < 1) {
      work_.note("temperature: not together with thinking, left out");
      temperature.reset();
    }
    if (top_p && (*top_p < 0.95 || *top_p > 1)) {
      work_.note("top_p: below 0.95 not together with thinking, left out");
      top_p.reset();
    }
    if (top_k) work_.note("top_k: not together with thinking, left out");
    top_k.reset();
  }

  void stop() {
    std::string list;
    for (const std::string& each : work_.asked.stop) {
      if (!work_.own && is_blank(each)) {
        work_.note("a stop sequence of blanks: left out");
        continue;
      }
      if (!list.empty()) list.push_back(',');
      append_json_string(list, each);
    }
    if (!list.empty()) put("stop_sequences", "[" + list + "]");
  }

  void output_config(std::string_view effort) {
    std::string to = "{";
    if (!effort.empty()) append_member(to, "effort", effort);
    if (!format_.empty()) {
      append_key(to, "format");
      to.append(format_);
    }
    append_rest(to, "output_config");
    if (to.size() > 1) put("output_config", to + "}");
  }

  void metadata() {
    std::string to = "{";
    if (!work_.asked.user.empty()) append_member(to, "user_id", work_.asked.user);
    append_rest(to, "metadata");
    if (to.size() > 1) put("metadata", to + "}");
  }

  // What the parser could not place of a member that is put together anew.
  void append_rest(std::string& to, std::string_view member) {
    const json::object* rest = work_.own ? object_in(work_.asked.extra, member) : nullptr;
    if (!rest) return;
    for (const auto& each : *rest) {
      append_key(to, each.key());
      append_json(to, each.value());
    }
  }

  void extra() {
    for (const auto& each : work_.asked.extra) {
      const std::string_view name = each.key();
      if (work_.own) {
        if (name != "output_config" && name != "metadata") put(name, to_json(each.value()));
        continue;
      }
      if (name == "cache_control" && each.value().is_object()) {
        put(name, to_json(each.value()));
      } else if (std::find(std::begin(known_elsewhere), std::end(known_elsewhere), name) !=
                 std::end(known_elsewhere)) {
        work_.note(fmt::format("{}: anthropic-messages has none", name));
      } else {
        work_.note("further members of the body: left out");
      }
    }
  }

  void quirks() {
    if (!work_.how.quirks) return;
    const config::quirks& q = *work_.how.quirks;
    for (const std::string& name : q.drop) {
      const auto gone = std::erase_if(members_, [&](const auto& each) { return each.first == name; });
      if (gone > 0) work_.note(fmt::format("{}: the target refuses it", name));
    }
    for (const auto& [name, range] : q.clamp) {
      for (auto& each : members_) {
        if (each.first == name) clamp(each.second, name, range);
      }
    }
    for (const auto& [from, to] : q.rename) {
      for (auto& each : members_) {
        if (each.first == from) each.first = to;
      }
    }
  }

  void clamp(std::string& text, std::string_view name, const config::number_range& range) {
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return;
    const double into = std::clamp(value, range.low, range.high);
    if (into == value) return;
    work_.note(fmt::format("{}: brought into the target's range", name));
    text = number_text(into);
  }

  void fields() {
    const auto find = [this](std::string_view name) {
      return std::find_if(members_.begin(), members_.end(),
                          [&](const auto& each) { return each.first == name; });
    };
    for (const auto& each : work_.how.set) {
      const auto found = find(each.name);
      if (found != members_.end()) {
        found->second = each.json;
      } else {
        put(each.name, each.json);
      }
    }
    for (const auto& each : work_.how.defaults) {
      if (find(each.name) == members_.end()) put(each.name, each.json);
    }
  }

  writing& work_;
  std::string format_;
  std::vector<std::pair<std::string, std::string>> members_;
};

}  // namespace

routes::result<written_request> write_request(const chat::chat_request& asked, const write_options& how) {
  writing work{.asked = asked, .how = how};
  request made{work};
  if (made.run() && work.problem.empty()) {
    return written_request{.body = made.body(), .notes = std::move(work.notes)};
  }
  auto refused = routes::make_error(routes::error_kind::bad_request, std::move(work.problem));
  refused.side = routes::error_side::internal;
  return refused;
}

}  // namespace nearfar::providers::anthropic_messages
