#include "providers/dialects/gemini/generation_config.hpp"

#include "providers/dialects/gemini/dom.hpp"
#include "providers/dialects/gemini/schema.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/dialects/thoughts_wanted.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <limits>

namespace nearfar::providers::gemini {

namespace json = boost::json;

namespace {

constexpr std::size_t most_stops = 5;

// Google's own figures for OpenAI's words (its OpenAI-compatible endpoint).
constexpr std::int64_t low_budget = 1024;
constexpr std::int64_t medium_budget = 8192;
constexpr std::int64_t high_budget = 24576;
constexpr std::int64_t least_pro_budget = 128;  // a Pro model cannot be kept from thinking

class writer {
 public:
  writer(const chat::chat_request& asked, const write_options& how, std::vector<std::string>& notes)
      : asked_(asked),
        how_(how),
        notes_(notes),
        takes_(generation_of(how.model)),
        own_(asked.from == config::dialect::gemini) {}

  member_list run() {
    sampling();
    stops();
    format();
    thinking();
    const auto* more = asked_.extra.if_contains("generationConfig");
    if (own_ && more && more->is_object()) {
      for (const auto& [key, v] : more->get_object()) to_.put(dom::view(key), json::serialize(v));
    }
    return std::move(to_);
  }

 private:
  void sampling() {
    if (asked_.temperature) to_.put_number("temperature", *asked_.temperature);
    if (asked_.top_p) to_.put_number("topP", *asked_.top_p);
    if (asked_.top_k) to_.put("topK", std::to_string(*asked_.top_k));
    if (asked_.choices && (own_ || *asked_.choices > 1)) {
      to_.put("candidateCount", std::to_string(*asked_.choices));
    }
    if (asked_.max_output) to_.put("maxOutputTokens", std::to_string(*asked_.max_output));
    if (asked_.presence_penalty) to_.put_number("presencePenalty", *asked_.presence_penalty);
    if (asked_.frequency_penalty) to_.put_number("frequencyPenalty", *asked_.frequency_penalty);
    seed();
    if (asked_.logprobs && (own_ || *asked_.logprobs)) {
      to_.put("responseLogprobs", *asked_.logprobs ? "true" : "false");
    }
    if (asked_.top_logprobs) to_.put("logprobs", std::to_string(*asked_.top_logprobs));
  }

  // An int32 with Google: a longer one is folded, so that equal seeds stay equal.
  void seed() {
    if (!asked_.seed) return;
    std::int64_t value = *asked_.seed;
    if (value != static_cast<std::int32_t>(value)) {
      value &= std::numeric_limits<std::int32_t>::max();
      note(notes_, "seed: shortened to 31 bits");
    }
    to_.put("seed", std::to_string(value));
  }

  void stops() {
    if (asked_.stop.empty()) return;
    const std::size_t count = own_ ? asked_.stop.size() : std::min(asked_.stop.size(), most_stops);
    if (count < asked_.stop.size()) note(notes_, "stop: gemini takes five, the rest is left out");
    std::string list = "[";
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) list.push_back(',');
      openai_chat::append_json_string(list, asked_.stop[i]);
    }
    to_.put("stopSequences", list.append("]"));
  }

  void format() {
    if (!asked_.format) return;
    const auto& wanted = *asked_.format;
    if (wanted.kind != chat::format_kind::text) to_.put_text("responseMimeType", "application/json");
    if (own_) {
      for (const auto& [key, v] : wanted.extra) to_.put(dom::view(key), json::serialize(v));
    } else {
      if (!wanted.extra.empty()) note(notes_, "response format: gemini has no place for further fields");
      if (!wanted.name.empty() || !wanted.description.empty()) {
        note(notes_, "response format: gemini takes no name and no description");
      }
    }
    if (wanted.kind != chat::format_kind::json_schema || to_.find("responseSchema")) return;
    if (takes_ != generation::before_2_5) {
      to_.put("responseJsonSchema", json::serialize(wanted.schema));
      return;
    }
    bool changed = false;
    to_.put("responseSchema", json::serialize(to_openapi(wanted.schema, changed)));
    if (changed) note(notes_, "response format: the schema is rewritten to what the model knows");
  }

  bool is_pro() const { return how_.model.find("pro") != std::string_view::npos; }

  std::int64_t budget_of(std::string_view effort) {
    if (effort == "none") {
      if (!is_pro()) return 0;
      note(notes_, "reasoning: the model cannot be kept from thinking");
      return least_pro_budget;
    }
    if (effort == "minimal") return is_pro() ? least_pro_budget : low_budget / 2;
    if (effort == "low") return low_budget;
    return effort == "medium" ? medium_budget : high_budget;
  }

  std::string_view level_of(std::string_view effort) {
    if (effort == "none") note(notes_, "reasoning: the model cannot be kept from thinking");
    if (effort == "none" || effort == "minimal") return is_pro() ? "LOW" : "MINIMAL";
    if (effort == "low") return "LOW";
    return effort == "medium" ? "MEDIUM" : "HIGH";
  }

  static std::string_view effort_of(std::int64_t budget) {
    if (budget == 0) return "none";
    if (budget <= low_budget) return "low";
    return budget <= medium_budget ? "medium" : "high";
  }

  static bool is_known(std::string_view effort) {
    constexpr std::string_view words[] = {"none", "minimal", "low", "medium", "high", "xhigh", "max"};
    return std::find(std::begin(words), std::end(words), effort) != std::end(words);
  }

  void thinking() {
    if (!asked_.think) return;
    const auto& think = *asked_.think;
    member_list config;
    if (own_) {
      as_said(think, config);
    } else {
      if (!think.extra.empty()) note(notes_, "reasoning: gemini has no place for further fields");
      if (takes_ == generation::before_2_5) {
        note(notes_, "reasoning: the model does not think");
        return;
      }
      how_hard(think, config);
      const bool wanted = thoughts_wanted(asked_);
      if (wanted || think.shown) config.put("includeThoughts", wanted ? "true" : "false");
    }
    if (!config.empty()) to_.put("thinkingConfig", config.text());
  }

  void as_said(const chat::reasoning& think, member_list& config) {
    if (think.shown) config.put("includeThoughts", *think.shown ? "true" : "false");
    if (think.budget) config.put("thinkingBudget", std::to_string(*think.budget));
    if (!think.effort.empty()) {
      std::string level = think.effort;
      for (char& c : level) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
      }
      config.put_text("thinkingLevel", level);
    }
    for (const auto& [key, v] : think.extra) config.put(dom::view(key), json::serialize(v));
  }

  // A budget or a level, never both: that is refused.
  void how_hard(const chat::reasoning& think, member_list& config) {
    std::string_view effort = think.effort;
    if (think.enabled == false) effort = "none";
    if (!effort.empty() && !is_known(effort)) {
      note(notes_, "reasoning: the effort is no word that is known, left to the model");
      effort = {};
    }
    if (takes_ == generation::v2_5) {
      if (effort == "none" || (!think.budget && !effort.empty())) {
        config.put("thinkingBudget", std::to_string(budget_of(effort)));
      } else if (think.budget) {
        config.put("thinkingBudget", std::to_string(std::min(*think.budget, high_budget)));
        if (*think.budget > high_budget) note(notes_, "reasoning: the budget is cut to the model's");
      } else if (think.enabled == true) {
        config.put("thinkingBudget", "-1");
      }
      return;
    }
    if (effort.empty() && think.budget && *think.budget >= 0) {
      effort = effort_of(*think.budget);
      note(notes_, "reasoning: the budget is sent as a level");
    } else if (think.budget && *think.budget >= 0) {
      note(notes_, "reasoning: the model takes a level and no budget");
    }
    if (!effort.empty()) config.put_text("thinkingLevel", level_of(effort));
  }

  const chat::chat_request& asked_;
  const write_options& how_;
  std::vector<std::string>& notes_;
  generation takes_;
  bool own_;
  member_list to_;
};

}  // namespace

member_list generation_config(const chat::chat_request& asked, const write_options& how,
                              std::vector<std::string>& notes) {
  return writer(asked, how, notes).run();
}

}  // namespace nearfar::providers::gemini
