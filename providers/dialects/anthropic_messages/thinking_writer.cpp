#include "providers/dialects/anthropic_messages/thinking_writer.hpp"

#include "providers/dialects/anthropic_messages/json_text.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

namespace nearfar::providers::anthropic_messages {
namespace {

constexpr std::uint64_t usual_output = 8192;
constexpr std::uint64_t least_budget = 1024;  // of the API

struct level {
  std::string_view said;
  std::string_view effort;
  std::uint64_t budget;
};

constexpr level levels[] = {
    {"minimal", "low", 1024}, {"low", "low", 1024},      {"medium", "medium", 8192},
    {"high", "high", 16384},  {"xhigh", "xhigh", 24576}, {"max", "max", 32000},
};

const level* level_of(std::string_view effort) {
  for (const level& each : levels) {
    if (each.said == effort) return &each;
  }
  return nullptr;
}

std::string_view effort_of_budget(std::uint64_t budget) {
  if (budget <= 2048) return "low";
  return budget <= 8192 ? "medium" : "high";
}

void append_display(std::string& to, const chat::reasoning& asked) {
  if (asked.shown) append_member(to, "display", *asked.shown ? "summarized" : "omitted");
}

std::string simple(std::string_view type, const chat::reasoning* asked) {
  std::string to = "{";
  append_member(to, "type", type);
  if (asked) append_display(to, *asked);
  to.push_back('}');
  return to;
}

class thinking {
 public:
  thinking(writing& work, bool forced, bool unthought)
      : work_(work), forced_(forced), unthought_(unthought) {}

  written_thinking run() {
    limit();
    const auto& asked = work_.asked.think;
    if (!asked) return std::move(out_);
    if (work_.own) {
      own(*asked);
    } else {
      foreign(*asked);
    }
    return std::move(out_);
  }

 private:
  void limit() {
    const std::uint64_t most = work_.how.max_output;
    const auto& asked = work_.asked.max_output;
    said_ = asked && (work_.own || *asked > 0);
    out_.max_tokens = said_ ? *asked : most > 0 ? most : usual_output;
    if (!work_.own && most > 0 && out_.max_tokens > most) {
      work_.note("max_tokens: lowered to the model's limit");
      out_.max_tokens = most;
    }
  }

  void own(const chat::reasoning& asked) {
    out_.effort = asked.effort;
    const bool typed = asked.extra.contains("type");
    if (!asked.enabled && !typed && !asked.budget && !asked.shown) return;
    std::string to = "{";
    if (!typed) {
      append_member(to, "type",
                    asked.enabled && !*asked.enabled     ? "disabled"
                    : asked.budget && *asked.budget >= 0 ? "enabled"
                                                         : "adaptive");
    }
    if (asked.budget && *asked.budget >= 0) {
      append_key(to, "budget_tokens");
      to.append(std::to_string(*asked.budget));
    }
    append_display(to, asked);
    for (const auto& each : asked.extra) {
      append_key(to, each.key());
      append_json(to, each.value());
    }
    to.push_back('}');
    out_.thinking = std::move(to);
  }

  void foreign(const chat::reasoning& asked) {
    if (!asked.extra.empty()) work_.note("further members of the reasoning settings: left out");
    const config::effort_style style =
        work_.how.quirks ? work_.how.quirks->effort : config::effort_style::reasoning_effort;
    const bool budgets = style == config::effort_style::thinking_object;
    if (!budgets && style != config::effort_style::reasoning_effort) {
      return work_.note("reasoning effort: the target has none");
    }
    if ((asked.enabled && !*asked.enabled) || asked.effort == "none" ||
        (asked.budget && *asked.budget == 0)) {
      out_.thinking = simple("disabled", nullptr);
      return;
    }
    const level* wanted = level_of(asked.effort);
    if (!wanted && !asked.effort.empty())
      work_.note("reasoning effort: a word that anthropic-messages has not");
    const bool counted = asked.budget && *asked.budget > 0;
    if (!wanted && !counted && !asked.enabled && !asked.budget) {
      if (asked.shown) work_.note("whether reasoning is shown: left out, none is asked for");
      return;
    }
    if (budgets) {
      by_budget(asked,
                counted ? static_cast<std::uint64_t>(*asked.budget) : (wanted ? *wanted : levels[2]).budget);
    } else {
      by_effort(asked, wanted, counted);
    }
  }

  bool refused() {
    if (forced_) work_.note("thinking: not together with a required call, left out");
    return forced_;
  }

  void by_effort(const chat::reasoning& asked, const level* wanted, bool counted) {
    if (wanted) {
      out_.effort.assign(wanted->effort);
      if (counted) work_.note("thinking budget: the effort stands for it");
    } else if (counted) {
      out_.effort.assign(effort_of_budget(static_cast<std::uint64_t>(*asked.budget)));
      work_.note("thinking budget: written as an effort");
    }
    if (refused()) return;
    out_.on = true;
    out_.thinking = simple("adaptive", &asked);
  }

  void by_budget(const chat::reasoning& asked, std::uint64_t budget) {
    if (refused()) return;
    if (unthought_) {
      return work_.note("thinking: the turn at hand was begun without a thought of the target's, left out");
    }
    budget = std::max(budget, least_budget);
    if (!said_) {
      const std::uint64_t most = work_.how.max_output;
      out_.max_tokens = most > 0 ? most : usual_output + budget;
    }
    if (out_.max_tokens <= least_budget)
      return work_.note("thinking: max_tokens leaves no room for it, left out");
    if (budget >= out_.max_tokens) {
      work_.note("thinking budget: lowered below max_tokens");
      budget = std::max(least_budget, out_.max_tokens - out_.max_tokens / 4);
      budget = std::min(budget, out_.max_tokens - 1);
    }
    out_.on = true;
    std::string to = "{\"type\":\"enabled\"";
    append_key(to, "budget_tokens");
    to.append(std::to_string(budget));
    append_display(to, asked);
    to.push_back('}');
    out_.thinking = std::move(to);
  }

  writing& work_;
  bool forced_;
  bool unthought_;
  bool said_ = false;
  written_thinking out_;
};

}  // namespace

written_thinking write_thinking(writing& work, bool forced, bool unthought) {
  return thinking{work, forced, unthought}.run();
}

}  // namespace nearfar::providers::anthropic_messages
