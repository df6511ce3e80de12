#include "providers/dialects/gemini/request_writer.hpp"

#include "providers/dialects/gemini/content_writer.hpp"
#include "providers/dialects/gemini/dom.hpp"
#include "providers/dialects/gemini/generation_config.hpp"
#include "providers/dialects/gemini/tool_writer.hpp"
#include "providers/dialects/signature.hpp"

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>

namespace nearfar::providers::gemini {

namespace json = boost::json;

namespace {

// Members of the other dialects that are named when they are left out; the rest is told of as one.
constexpr std::string_view known_fields[] = {"logit_bias",
                                             "metadata",
                                             "store",
                                             "service_tier",
                                             "prediction",
                                             "modalities",
                                             "audio",
                                             "web_search_options",
                                             "verbosity",
                                             "safety_identifier",
                                             "truncation",
                                             "include",
                                             "previous_response_id",
                                             "conversation",
                                             "background",
                                             "cache_control",
                                             "container",
                                             "mcp_servers",
                                             "context_management",
                                             "min_p",
                                             "repetition_penalty"};

bool is_nested(std::string_view name) {
  return name == "generationConfig" || name == "toolConfig";
}

void leave_out(const chat::chat_request& asked, std::vector<std::string>& notes) {
  if (asked.parallel_calls == false) note(notes, "parallel_tool_calls: gemini cannot be kept from them");
  if (!asked.user.empty()) note(notes, "user: gemini has none");
  if (!asked.cache_key.empty()) note(notes, "prompt_cache_key: gemini has none");
  if (asked.from == config::dialect::gemini) return;
  for (const auto& [key, v] : asked.extra) {
    const std::string_view name = dom::view(key);
    const auto* known = std::find(std::begin(known_fields), std::end(known_fields), name);
    if (known == std::end(known_fields)) {
      note(notes, "a field of another dialect: gemini has none such");
    } else {
      note(notes, fmt::format("{}: gemini has none", *known));
    }
  }
}

class writer {
 public:
  writer(const chat::chat_request& asked, const write_options& how) : asked_(asked), how_(how) {
    if (how.quirks) quirks_ = *how.quirks;
  }

  routes::result<written_request> run() {
    const bool own = asked_.from == config::dialect::gemini;
    const auto takes = generation_of(how_.model);
    const auto issuer = how_.issuer.empty() ? chat::issuer_of(config::dialect::gemini) : how_.issuer;
    const bool gemma = how_.model.find("gemma-") != std::string_view::npos;
    content_writer turns({asked_.from, takes, issuer, &out_.notes}, own || !gemma);
    const auto written = turns.write(asked_.messages);
    if (written.has_error()) return written.error();

    if (const auto system = turns.system(); !system.empty()) body_.put("systemInstruction", system);
    body_.put("contents", turns.contents());
    const auto tools = write_tools(asked_, takes, out_.notes);
    if (!tools.empty()) body_.put("tools", tools);
    choice_ = tool_config(asked_, out_.notes);
    if (tools.empty() && !own) choice_ = {};  // refused where there is nothing to choose from
    settings_ = generation_config(asked_, how_, out_.notes);
    if (own) {
      for (const auto& [key, v] : asked_.extra) {
        if (!is_nested(dom::view(key))) body_.put(dom::view(key), json::serialize(v));
      }
    }
    leave_out(asked_, out_.notes);
    apply_quirks();
    for (const auto& each : how_.set) apply(each, true);
    for (const auto& each : how_.defaults) apply(each, false);
    if (!choice_.empty()) body_.put("toolConfig", choice_.text());
    if (!settings_.empty()) body_.put("generationConfig", settings_.text());
    out_.body = body_.text();
    return std::move(out_);
  }

 private:
  void apply_quirks() {
    for (const auto& name : quirks_.drop) {
      if (body_.find(name) || settings_.find(name)) {
        note(out_.notes, "a field that the provider refuses is left out");
      }
      body_.drop(name);
      settings_.drop(name);
    }
    for (const auto& [from, to] : quirks_.rename) {
      body_.rename(from, to);
      settings_.rename(from, to);
    }
    for (const auto& [name, range] : quirks_.clamp) clamp(name, range);
  }

  void clamp(std::string_view name, const config::number_range& range) {
    const auto* text = settings_.find(name);
    if (!text) return;
    double value = 0;
    const auto read = std::from_chars(text->data(), text->data() + text->size(), value);
    if (read.ec != std::errc{} || (value >= range.low && value <= range.high)) return;
    settings_.put_number(name, std::clamp(value, range.low, range.high));
    note(out_.notes, "a number beyond the provider's range is brought into it");
  }

  void apply(const config::body_field& field, bool replace) {
    boost::system::error_code failed;
    const auto v = is_nested(field.name) ? json::parse(field.json, failed) : json::value{};
    if (!failed && v.is_object()) {
      auto& into = field.name == "toolConfig" ? choice_ : settings_;
      for (const auto& [key, each] : v.get_object()) {
        if (replace || !into.find(dom::view(key))) into.put(dom::view(key), json::serialize(each));
      }
      return;
    }
    if (replace || !body_.find(field.name)) body_.put(field.name, field.json);
  }

  const chat::chat_request& asked_;
  const write_options& how_;
  config::quirks quirks_;
  written_request out_;
  member_list body_;
  member_list choice_;
  member_list settings_;
};

}  // namespace

routes::result<written_request> write_request(const chat::chat_request& asked, const write_options& how) {
  return writer(asked, how).run();
}

}  // namespace nearfar::providers::gemini
