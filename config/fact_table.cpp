#include "config/fact_table.hpp"

#include <algorithm>
#include <array>

namespace nearfar::config {

namespace {

using enum fact_shape;
using enum fact_source;

constexpr auto facts_of_the_policy = std::to_array<fact_info>({
    {"network", choice, sensed, "the way to the internet", "[offline, portal]", network_words},
    {"lan", choice, sensed, "the local network", "down", lan_words},
    {"metered", boolean, sensed, "traffic is paid by volume", "true"},
    {"roaming", boolean, sensed, "in a foreign mobile network", "true"},
    {"battery", number, sensed, "charge of the battery", "\"< 20%\"", {}, quantity::percent},
    {"charging", boolean, sensed, "the battery is being charged", "false"},
    {"thermal", choice, sensed, "how hot the device is", "[serious, critical]", thermal_words},
    {"privacy", choice, privacy, "how private the query is: header `x-nearfar-privacy`, else the default",
     "private", privacy_words},
    {"tag", name, client, "header `x-nearfar-tag`, one of `tags`", "voice"},
    {"key", name, caller, "name of the nearfar key of the caller", "[travel]"},
    {"team", name, caller, "team of the caller's key", "research"},
    {"model", name, client, "the model name that was asked for", "auto"},
    {"bucket",
     number,
     client,
     "stable hash of the conversation, else of the key, 0 to 100%",
     "\"< 5%\"",
     {},
     quantity::percent},
    {"input_tokens", number, client, "estimated length of the input", "\"> 6000\"", {}, quantity::tokens},
    {"output_tokens",
     number,
     client,
     "length of the answer that was asked for",
     "\"> 4k\"",
     {},
     quantity::tokens},
    {"tools", boolean, client, "the query offers tools", "true"},
    {"images", boolean, client, "the query holds images", "true"},
    {"audio", boolean, client, "the query holds or wants audio", "true"},
    {"json", boolean, client, "the query asks for JSON", "true"},
    {"stream", boolean, client, "the answer is streamed", "true"},
    {"dialect", choice, client, "the wire API of the query", "openai-chat", dialect_words},
    {"body_bytes", number, client, "size of the request body", "\"> 1MB\"", {}, quantity::bytes},
    {"deadline", number, client, "header `x-nearfar-deadline-ms`", "\"< 2s\"", {}, quantity::duration},
    {"first_token_budget",
     number,
     client,
     "header `x-nearfar-first-token-ms`",
     "\"< 500ms\"",
     {},
     quantity::duration},
    {"time", window, clock, "the time of day in a zone", "\"22:00-06:00 Europe/Berlin\""},
    {"weekday", weekday, clock, "the day of the week in a zone", "\"mon-fri Europe/Berlin\"", weekday_words},
    {"spend",
     number,
     ledger,
     "what the caller's key has spent since midnight",
     "\"> 5 USD\"",
     {},
     quantity::usd},
    {"header", fact_shape::header, client, "a header of the query, exact or with a `*` at the end",
     "{x-app: \"glasses*\"}"},
});

}  // namespace

std::span<const fact_info> fact_table() {
  return facts_of_the_policy;
}

const fact_info* find_fact(std::string_view name) {
  const auto found = std::ranges::find(facts_of_the_policy, name, &fact_info::name);
  return found == facts_of_the_policy.end() ? nullptr : &*found;
}

}  // namespace nearfar::config
