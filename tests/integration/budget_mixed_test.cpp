// Whatever becomes of an answer - clients that go away, races, hand-overs, failures -, the ledger is what the
// upstream bills, and the limits count what the ledger says.
#include "tests/integration/bill_check.hpp"
#include "tests/integration/dialect_client.hpp"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include <random>
#include <thread>

namespace nearfar::tests {
namespace {

constexpr unsigned seeds = 20;
constexpr gateway::nano_usd token_price = 2'000;  // 2 USD per million
constexpr unsigned token_bytes = 4;
constexpr unsigned answer_tokens = 16;

// What a vendor bills of an answer that does not get through: a preset says which it is.
enum class billing : std::uint8_t {
  of_the_part,  // `cancel: stops_bill`
  of_it_all,    // `cancel: full_bill`
};

enum class fate : std::uint8_t {
  answered,
  leaves_after,       // the client, when so many tokens have come
  leaves_early,       // before anything has
  cut,                // after so many tokens, and goes on elsewhere
  error_event,        // the same
  cut_for_good,       // nobody goes on
  leaves_second_leg,  // goes on elsewhere, and then the client leaves
  failed,             // 500, then another answers
  limited,            // 429
  cut_before_head,
  cut_before_token,
  silent,      // until the clock moves on
  raced,       // silent, and another is asked beside it
  raced_late,  // its head has come
};
constexpr unsigned fates = 14;

// One query, its two targets, and what they do.
struct scene {
  unsigned number = 0;
  fate what = fate::answered;
  unsigned tokens = 0;  // before it breaks, or the client leaves
  unsigned more = 0;    // as of the second leg
  short_query query;
  behaviour first;
  behaviour second;
  std::string entry;  // of attempts
  bool alone = false;
  int status = -1;  // as the client sees it; 0: it has left
};

behaviour well() {
  behaviour b;
  b.tokens = answer_tokens;
  b.token_bytes = token_bytes;
  b.strict = false;  // these providers have no keys
  // A break before the head on a connection that was used before is no attempt, and has no row.
  b.close = support::closing::announced;
  return b;
}

behaviour gated_after(unsigned tokens) {
  auto b = well();
  b.gated = true;
  b.free_tokens = tokens;
  return b;
}

void breaks(behaviour& b, break_kind how, break_point where, unsigned after = 0) {
  b.break_with = how;
  b.break_at = where;
  b.after = after;
}

// Not for ever: where the retry budget has no race left, it answers after all.
constexpr millis long_silence{20'000};

void write_script(scene& s) {
  switch (s.what) {
    case fate::answered:
      break;
    case fate::leaves_after:
      s.first = gated_after(s.tokens);
      break;
    case fate::leaves_early:
      s.first.head_delay = millis{120'000};
      break;
    case fate::cut_for_good:
      s.alone = true;
      [[fallthrough]];
    case fate::cut:
      breaks(s.first, break_kind::cut, break_point::after_tokens, s.tokens);
      break;
    case fate::error_event:
      breaks(s.first, break_kind::error_event, break_point::after_tokens, s.tokens);
      break;
    case fate::leaves_second_leg:
      breaks(s.first, break_kind::cut, break_point::after_tokens, s.tokens);
      s.second = gated_after(s.tokens + s.more);
      break;
    case fate::failed:
      s.first.status = 500;
      break;
    case fate::limited:
      s.first.status = 429;
      s.first.retry_after = "3600";
      break;
    case fate::cut_before_head:
      breaks(s.first, break_kind::cut, break_point::before_head);
      break;
    case fate::cut_before_token:
      breaks(s.first, break_kind::cut, break_point::before_first_token);
      break;
    case fate::silent:
      breaks(s.first, break_kind::stall, break_point::before_head);
      s.entry = "first_token: 300ms";
      break;
    case fate::raced:
      s.first.head_delay = long_silence;
      s.entry = "race: {after: 50ms}";
      break;
    case fate::raced_late:
      s.first.first_token_delay = long_silence;
      s.entry = "race: {after: 50ms}";
      break;
  }
}

scene scene_of(unsigned number, billing how, std::mt19937& random) {
  scene s;
  s.number = number;
  s.what = static_cast<fate>(random() % fates);
  if (how == billing::of_it_all) {
    // What such a vendor bills of these, the gateway cannot know to the token: its estimate is the most.
    if (s.what == fate::error_event) s.what = fate::cut;
    if (s.what == fate::leaves_second_leg) s.what = fate::leaves_after;
  }
  s.tokens = 1 + random() % 6;
  s.more = 1 + random() % 3;
  s.query.model = fmt::format("q{}", number);
  // Where all is billed, the most that it may be is what it is; a second leg asks for fewer.
  s.query.max_tokens = how == billing::of_it_all ? answer_tokens : 3 * answer_tokens;
  s.first = s.second = well();
  write_script(s);
  s.first.full_bill = s.second.full_bill = how == billing::of_it_all;
  const bool any_form = s.what == fate::answered || s.what == fate::failed || s.what == fate::limited ||
                        s.what == fate::cut_before_head || s.what == fate::raced;
  if (any_form) s.query.in = client_dialects[random() % client_dialects.size()];
  const bool streams = any_form ? random() % 2 == 0 : s.what != fate::leaves_early;
  s.query.how = streams ? asking::streamed : asking::whole;
  return s;
}

policy_text policy_of(const std::vector<scene>& scenes, billing how) {
  policy_text out;
  out.threads = 2;
  out.rule = "order: listed";
  out.attempts = "first_token: 120s, stall: 120s";
  out.answer = "{device: 120s, self_hosted: 120s, remote: 120s}";
  out.models.clear();
  for (const auto& s : scenes) {
    for (const auto& [name, place] : {std::pair{'a', "{self_hosted}"}, std::pair{'b', "{remote}"}}) {
      out.providers += fmt::format(
          "  {0}{1}:\n    tier: self_hosted\n    preset: {3}\n    url: {2}/q{1}/v1\n"
          "    continuation: {{kind: restart}}\n"
          "    models: {{m: {{context: 64k, price: {{input: 0 USD/M, output: 2 USD/M}}}}}}\n",
          name, s.number, place, how == billing::of_it_all ? "openai-compatible" : "vllm");
    }
    out.models +=
        fmt::format("  q{0}: [a{0}/m{1}]\n", s.number, s.alone ? "" : fmt::format(", b{}/m", s.number));
    if (!s.entry.empty())
      out.attempt_entries +=
          fmt::format("  - {{name: e{0}, when: {{model: q{0}}}, {1}}}\n", s.number, s.entry);
  }
  out.more =
      "limits:\n"
      "  - {name: money, of: cost, max: 1000 USD, per: month}\n"
      "  - {name: tokens, of: tokens, max: 1000000000, per: month}\n"
      "  - {name: queries, of: requests, max: 1000000, per: month}\n"
      "  - {name: at-once, of: concurrent, max: 1000}\n";
  return out;
}

void tell(const upstream_double& to, const std::vector<scene>& scenes, behaviour scene::* which) {
  std::vector<std::pair<std::string, std::shared_ptr<const behaviour>>> by_path;
  by_path.reserve(scenes.size());
  for (const auto& s : scenes) {
    by_path.emplace_back(fmt::format("/q{}/", s.number), std::make_shared<const behaviour>(s.*which));
  }
  to.state().set_chooser([by_path](const support::recorded_request& r) {
    for (const auto& [path, how] : by_path) {
      if (r.head.path().starts_with(path)) return how;
    }
    return std::shared_ptr<const behaviour>{};
  });
}

bool has_reached(const upstream_double& at, const scene& s) {
  for (const auto& r : at.requests()) {
    if (r.head.path().starts_with(fmt::format("/q{}/", s.number)))
      return r.outcome != support::request_outcome::receiving;
  }
  return false;
}

// Reads so many tokens of a stream, and is gone.
void leave_after(raw_client& client, scene& s, unsigned tokens) {
  client.read_head();
  std::string text;
  while (text.size() < std::size_t{tokens} * token_bytes) {
    const auto event = client.read_event();
    if (!event) {
      s.status = -2;  // it ended before
      return;
    }
    text += support::text_of("data: " + event->data + "\n\n");
  }
  s.status = text.size() == std::size_t{tokens} * token_bytes ? 0 : -3;
}

void play(const gateway_under_test& gw, scene& s) {
  auto client = gw.client();
  client.set_deadline(millis{90'000});
  client.send(request_of(s.query));
  switch (s.what) {
    case fate::leaves_after:
      return leave_after(client, s, s.tokens);
    case fate::leaves_second_leg:
      return leave_after(client, s, s.tokens + s.more);
    case fate::leaves_early:
      if (eventually([&] { return has_reached(gw.self_hosted, s); })) s.status = 0;
      return;
    default: {
      const auto answer = client.read_answer();
      s.status = answer.complete ? answer.status : -answer.status;
    }
  }
}

void play_all(const gateway_under_test& gw, std::vector<scene>& scenes) {
  std::vector<std::thread> threads;
  threads.reserve(scenes.size());
  for (auto& s : scenes) {
    threads.emplace_back([&gw, &s] {
      try {
        play(gw, s);
      } catch (const std::exception&) {
        s.status = -1;
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

int wanted_status(fate what) {
  switch (what) {
    case fate::leaves_after:
    case fate::leaves_early:
    case fate::leaves_second_leg:
      return 0;
    case fate::cut_for_good:
      return -200;  // an error event, and no clean end
    default:
      return 200;
  }
}

void run(unsigned seed, billing how) {
  std::mt19937 random(seed);
  std::vector<scene> scenes(8 + random() % 9);
  for (unsigned i = 0; i < scenes.size(); ++i) scenes[i] = scene_of(i, how, random);
  gateway_under_test gw(policy_of(scenes, how));
  tell(gw.self_hosted, scenes, &scene::first);
  tell(gw.remote, scenes, &scene::second);
  play_all(gw, scenes);

  CAPTURE(seed);
  for (const auto& s : scenes) {
    CAPTURE(s.number, static_cast<int>(s.what), s.tokens);
    CHECK(s.status == wanted_status(s.what));
  }
  const bool all_there = settled(gw);
  INFO(both_bills(gw));
  REQUIRE(all_there);
  const auto rows = ledger_rows(gw);
  const auto sums = ledger_sums(rows);
  const auto billed = doubles_bill(gw);
  CHECK(sums.output == billed.completion);
  CHECK(sums.cost == static_cast<gateway::nano_usd>(billed.completion) * token_price);
  const auto money = account_of(gw, "money/month", sums.cost);
  CHECK(money.used == sums.cost);
  CHECK(money.reserved == 0);
  const auto queries = account_of(gw, "queries/month:requests", static_cast<std::int64_t>(scenes.size()));
  CHECK(queries.used == static_cast<std::int64_t>(scenes.size()));
  CHECK(queries.reserved == 0);
  std::int64_t tokens = 0;
  for (const auto& row : rows) tokens += static_cast<std::int64_t>(row.tokens.input + row.tokens.output);
  CHECK(account_of(gw, "tokens/month:tokens", tokens).used == tokens);
}

TEST_CASE("cancels, races, hand-overs and failures: the ledger is what the upstream bills", "[P4]") {
  for (unsigned seed = 1; seed <= seeds; ++seed) run(seed, billing::of_the_part);
}

TEST_CASE("the same with a vendor that bills whole answers, whether they get through or not", "[P4]") {
  for (unsigned seed = 1; seed <= seeds; ++seed) run(seed, billing::of_it_all);
}

}  // namespace
}  // namespace nearfar::tests
