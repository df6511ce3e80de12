#include "gateway/query_line.hpp"

#include "gateway/charge.hpp"
#include "gateway/json_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace nearfar::gateway {

namespace {

void append_time(json_line& out) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  // The calendar part changes once a second and costs more than all the rest of the line.
  thread_local std::time_t second = 0;
  thread_local std::string calendar;
  if (now.tv_sec != second) {
    second = now.tv_sec;
    tm parts{};
    gmtime_r(&second, &parts);
    calendar = fmt::format("{{\"at\":\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.", parts.tm_year + 1900,
                           parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  }
  const auto millis = static_cast<unsigned>(now.tv_nsec / 1'000'000);
  const std::array<char, 5> rest{static_cast<char>('0' + millis / 100),
                                 static_cast<char>('0' + millis / 10 % 10),
                                 static_cast<char>('0' + millis % 10), 'Z', '"'};
  out.add(calendar);
  out.add(std::string_view(rest.data(), rest.size()));
}

// `key` with its punctuation: ,"name":
void add_text(json_line& out, std::string_view key, std::string_view value) {
  out.add(key);
  out.add_string(value);
}

void add_word(json_line& out, std::string_view key, std::string_view value) {
  out.add(key);
  out.add_word(value);
}

void add_number(json_line& out, std::string_view key, std::uint64_t value) {
  out.add(key);
  out.add_number(value);
}

// Milliseconds with one decimal.
void add_time(json_line& out, std::string_view key, std::chrono::microseconds value) {
  const auto tenths = static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0) + 50) / 100;
  add_number(out, key, tenths / 10);
  out.add('.');
  out.add(static_cast<char>('0' + tenths % 10));
}

// US dollars with eight decimals, rounded.
void write_cost(json_line& out, nano_usd cost) {
  constexpr nano_usd a_dollar = 100'000'000;
  const nano_usd rounded = cost / 10 + (cost % 10 >= 5 ? 1 : 0);
  out.add(",\"cost_usd_estimate\":");
  out.add_number(static_cast<std::uint64_t>(rounded / a_dollar));
  out.add('.');
  for (nano_usd unit = a_dollar / 10; unit > 0; unit /= 10)
    out.add(static_cast<char>('0' + rounded / unit % 10));
}

std::string_view way_name(config::continuation_kind kind) {
  switch (kind) {
    case config::continuation_kind::native:
      return "native";
    case config::continuation_kind::instruct:
      return "instruct";
    case config::continuation_kind::restart:
      return "restart";
    case config::continuation_kind::none:
      break;
  }
  return "";
}

// Who decided and who answered. All of it are names of the policy's, and a core's queries meet the same few
// again and again: each combination is written once.
struct known_names {
  std::uint64_t deployment = 0;  // its serial
  routes::target_index target = routes::none_index;
  std::uint16_t rule = routes::none_index;
  const routes::attempt_settings* how = nullptr;
  json_line text;

  bool are_of(const query_state& q) const {
    return deployment == q.deployed->serial && target == q.answered_by && rule == q.plan.rule && how == q.how;
  }
};

void write_names(known_names& out, const query_state& q) {
  out.deployment = q.deployed->serial;
  out.target = q.answered_by;
  out.rule = q.plan.rule;
  out.how = q.how;
  auto& text = out.text;
  text.clear();
  if (out.target != routes::none_index) add_text(text, ",\"target\":", q.target(out.target).name);
  if (out.rule != routes::none_index) add_text(text, ",\"rule\":", q.deployed->policy->rule_name(out.rule));
  if (out.how) add_text(text, ",\"attempts_entry\":", out.how->name);
  add_text(text, ",\"policy\":", q.deployed->policy->revision());
}

std::string_view names_of(const query_state& q) {
  // A place for each of the first targets; those that share one write it anew.
  thread_local std::array<known_names, 16> known;
  auto& place = known[q.answered_by % known.size()];
  if (!place.are_of(q)) write_names(place, q);
  return place.text.text();
}

void add_attempts(json_line& out, const query_state& q) {
  out.add(",\"attempts\":[");
  for (std::size_t i = 0; i < q.attempts.size(); ++i) {
    const auto& attempt = q.attempts[i];
    add_text(out, i > 0 ? ",{\"target\":" : "{\"target\":", q.target(attempt.target).name);
    out.add(",\"outcome\":\"");
    out.add(outcome_name(attempt));
    add_time(out, "\",\"ms\":", attempt.took);
    if (attempt.continues != config::continuation_kind::none)
      add_word(out, ",\"continues\":", way_name(attempt.continues));
    out.add('}');
  }
  out.add(']');
}

// Fixed words of the codecs, never the client's.
void add_notes(json_line& out, const query_state& q) {
  if (q.notes.empty()) return;
  out.add(",\"notes\":[");
  for (std::size_t i = 0; i < q.notes.size(); ++i) add_text(out, i > 0 ? "," : "", q.notes[i]);
  out.add(']');
}

}  // namespace

// By hand: a format string would be read again for every query.
std::string_view query_line(const query_state& q, std::chrono::microseconds took) {
  thread_local json_line out;
  out.clear();
  append_time(out);
  add_word(out, ",\"query\":", q.id);
  if (q.path.in != config::dialect::openai_chat) add_word(out, ",\"dialect\":", to_string(q.path.in));
  add_text(out, ",\"model\":", q.asked().model.substr(0, 200));
  out.add(names_of(q));
  add_word(out, ",\"end\":", end_name(q.end));
  add_number(out, ",\"status\":", static_cast<std::uint64_t>(q.status));
  out.add(q.asked().stream ? ",\"stream\":true" : ",\"stream\":false");
  if (!q.asked().tag.empty()) add_text(out, ",\"tag\":", q.asked().tag);
  if (q.key != nullptr) add_text(out, ",\"key\":", q.key->name);
  add_number(out, ",\"body_bytes\":", q.asked().body_bytes);
  if (q.first_token) add_time(out, ",\"first_token_ms\":", *q.first_token);
  add_time(out, ",\"ms\":", took);
  if (q.tokens) {
    add_number(out, ",\"tokens\":{\"input\":", q.tokens->input);
    add_number(out, ",\"output\":", q.tokens->output);
    add_number(out, ",\"cached\":", q.tokens->cached);
    out.add('}');
  }
  if (q.cost && !q.cost_is_unknown) write_cost(out, *q.cost);
  if (q.tokens_estimated) out.add(",\"tokens_estimated\":true");
  if (!q.finish_reason.empty()) add_text(out, ",\"finish\":", q.finish_reason);
  add_notes(out, q);
  add_attempts(out, q);
  out.add('}');
  return out.text();
}

std::string_view end_name(query_end end) {
  switch (end) {
    case query_end::complete:
      return "complete";
    case query_end::refused:
      return "refused";
    case query_end::failed:
      return "failed";
    case query_end::broken:
      return "broken";
    case query_end::gone:
      return "gone";
    case query_end::cancelled:
      return "cancelled";
    case query_end::superseded:
      return "superseded";
  }
  return "";
}

}  // namespace nearfar::gateway
