#include "gateway/limits/limit_words.hpp"

#include "gateway/answer_head.hpp"
#include "gateway/utc_text.hpp"
#include "providers/http/field_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <iterator>
#include <span>

namespace nearfar::gateway {

namespace {

using config::limit_of;

// Down to what a cheap query costs, and no trailing zeros.
std::string dollars(std::int64_t nano) {
  auto text = fmt::format("{:.6f}", to_usd(nano));
  if (nano > 0 && nano < 1000) text = fmt::format("{:.9f}", to_usd(nano));
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text + " USD";
}

std::string amount(limit_of of, std::int64_t value) {
  switch (of) {
    case limit_of::cost:
      return dollars(value);
    case limit_of::tokens:
      return fmt::format("{} {}", value, value == 1 ? "token" : "tokens");
    case limit_of::requests:
      return fmt::format("{} {}", value, value == 1 ? "request" : "requests");
    case limit_of::concurrent:
      return fmt::format("{} at once", value == 1 ? "1 query" : fmt::format("{} queries", value));
  }
  return {};
}

std::string subject(const limit_standing& of) {
  switch (of.index) {
    case routes::key_budget_limit:
      return "the key's budget";
    case routes::key_rate_limit:
      return "the key's rate";
    case routes::query_cost_limit:
      return "x-nearfar-max-cost-usd";
    default:
      return fmt::format("limit `{}`", of.name);
  }
}

struct pacing_names {
  std::string_view limit;
  std::string_view remaining;
  std::string_view reset;
};

// [openai or anthropic][requests or tokens]
constexpr pacing_names names_of_pacing[2][2] = {
    {{"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"},
     {"x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"}},
    {{"anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining",
      "anthropic-ratelimit-requests-reset"},
     {"anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining",
      "anthropic-ratelimit-tokens-reset"}}};

std::int64_t left_of(const limit_standing& of) {
  return std::max<std::int64_t>(of.max - of.room.used - of.room.reserved, 0);
}

void add_pacing(const limit_standing& of, const pacing_names& names, std::string_view reset,
                std::string& out) {
  add_field(out, names.limit, static_cast<std::uint64_t>(of.max));
  add_field(out, names.remaining, static_cast<std::uint64_t>(left_of(of)));
  add_field(out, names.reset, reset);
}

// OpenAI's way to write how long: "1s", "6m0s", "20h30m0s".
std::string_view go_duration(std::int64_t seconds, std::span<char, 24> room) {
  char* at = room.data();
  char* const end = at + room.size();
  const auto add = [&](std::int64_t value, char unit) {
    at = std::to_chars(at, end - 1, value).ptr;
    *at++ = unit;
  };
  seconds = std::clamp<std::int64_t>(seconds, 0, 1'000'000'000'000);
  if (seconds >= 3600) add(seconds / 3600, 'h');
  if (seconds >= 60) add(seconds / 60 % 60, 'm');
  add(seconds % 60, 's');
  return {room.data(), at};
}

}  // namespace

std::string shortage_text(const limit_shortage& of, const routes::policy& rules) {
  const auto& where = of.where;
  std::string out = fmt::format("{}: {}", subject(where), amount(where.of, where.max));
  if (where.per) out += fmt::format(" per {}", config::to_string(*where.per));
  if (where.of == limit_of::concurrent) {
    return out + fmt::format(", and {} now. There is room again when {} ends.",
                             where.room.reserved == 1 ? "1 runs" : fmt::format("{} run", where.room.reserved),
                             where.room.reserved == 1 ? "it" : "one of them");
  }
  const char* spent = where.of == limit_of::cost ? "spent" : "used";
  fmt::format_to(std::back_inserter(out), ", {} {}", amount(where.of, where.room.used), spent);
  if (where.room.reserved > 0)
    fmt::format_to(std::back_inserter(out), " and {} held for queries under way",
                   amount(where.of, where.room.reserved));
  fmt::format_to(std::back_inserter(out), "; this one may take {} at {}.", amount(where.of, of.wanted),
                 rules.targets()[of.target].name);
  if (of.wanted > where.max) {
    out += " It is more than fits into an empty one: ask for less (max_tokens), or raise it.";
  } else if (where.room.until > 0) {
    fmt::format_to(std::back_inserter(out), " It begins anew at {}.", utc_text(where.room.until));
  }
  return out;
}

std::string unpriced_text(const limit_standing& where, routes::target_index target,
                          const routes::policy& rules) {
  auto out = fmt::format("{}: {}", subject(where), amount(where.of, where.max));
  if (where.per) out += fmt::format(" per {}", config::to_string(*where.per));
  return out + fmt::format("; what {} costs is not known, so nothing can be held against it.",
                           rules.targets()[target].name);
}

std::string sentences(std::string first, std::string_view second) {
  const auto word = second.substr(0, second.find(' '));
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  first += ' ';
  first += second;
  // Only a plain word: the name of a target is written as it is.
  if (!word.empty() && word.size() < second.size() && std::ranges::all_of(word, is_lower)) {
    auto& letter = first[first.size() - second.size()];
    letter = static_cast<char>(letter - 'a' + 'A');
  }
  return first;
}

std::optional<std::chrono::milliseconds> shortage_wait(const limit_shortage& of, std::int64_t now) {
  if (of.where.of == limit_of::cost || of.wanted > of.where.max) return std::nullopt;
  if (of.where.room.until == 0) return std::chrono::seconds(1);
  return std::chrono::seconds(std::max<std::int64_t>(of.where.room.until - now, 1));
}

void add_pacing_fields(const query_limits& of, config::dialect in, std::int64_t now, std::string& out) {
  if (in == config::dialect::gemini) return;
  const bool as_anthropic = in == config::dialect::anthropic_messages;
  const auto add = [&](limit_of counts, const pacing_names& names) {
    const auto at = of.tightest(counts);
    if (!at) return;
    if (as_anthropic) return add_pacing(*at, names, utc_text(at->room.until), out);
    std::array<char, 24> room;
    add_pacing(*at, names, go_duration(at->room.until - now, room), out);
  };
  const auto& names = names_of_pacing[as_anthropic ? 1 : 0];
  add(limit_of::requests, names[0]);
  add(limit_of::tokens, names[1]);
}

bool is_pacing_field(std::string_view name) {
  constexpr std::string_view openai = "x-ratelimit-";
  constexpr std::string_view anthropic = "anthropic-ratelimit-";
  const auto begins = [&](std::string_view with) {
    return name.size() > with.size() && providers::equal_any_case(name.substr(0, with.size()), with);
  };
  return begins(openai) || begins(anthropic);
}

}  // namespace nearfar::gateway
