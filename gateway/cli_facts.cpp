#include "gateway/cli_facts.hpp"

#include "config/moment.hpp"
#include "config/zones.hpp"
#include "providers/dialects/openai_chat/request_reader.hpp"
#include "routes/given_facts.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

namespace nearfar::gateway {
namespace {

bool say(const routes::given_text& verdict) {
  if (!verdict.taken) {
    fmt::print(stderr, "nearfar: {}{}{}\n", verdict.problem, verdict.help.empty() ? "" : ": ", verdict.help);
  }
  return verdict.taken;
}

bool say(std::string problem, std::string help = {}) {
  return say(routes::given_text{false, std::move(problem), std::move(help)});
}

bool read_body(const std::string& file, std::string& into) {
  if (file == "-") {
    into.assign(std::istreambuf_iterator<char>(std::cin), {});
    return true;
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return say(fmt::format("cannot read {}", file));
  into.assign(std::istreambuf_iterator<char>(in), {});
  return true;
}

bool apply_request(const std::string& file, routes::situation& to) {
  std::string body;
  if (!read_body(file, body)) return false;
  const auto length = body.size();
  body.append(providers::openai_chat::body_padding, '\0');
  providers::openai_chat::request_reader reader;
  providers::request_view view;
  const auto read = reader.read(std::string_view(body).substr(0, length), view);
  if (!read) return say(fmt::format("{}: {}", file, read.error().context));
  view.facts.in = routes::dialect::openai_chat;
  view.facts.body_bytes = length;
  to.read_from_body(view.facts);
  return true;
}

void set_clock(std::int64_t moment, routes::situation& to) {
  std::vector<std::int32_t> offsets;
  for (const auto& zone : to.rules().zones())
    offsets.push_back(config::zone_offset(zone, moment).value_or(0));
  to.set_clock(moment, std::move(offsets), config::machine_offset(moment));
}

bool apply_time(const std::string& text, unsaid_time unsaid, routes::situation& to) {
  if (!text.empty()) {
    const auto moment = config::parse_moment(text);
    if (!moment)
      return say(fmt::format("`{}` is no point in time", text), "write it as 2026-11-22T23:30+01:00");
    set_clock(*moment, to);
    return true;
  }
  // `until` counts from the real now in either case.
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  set_clock(std::chrono::duration_cast<std::chrono::seconds>(now).count(), to);
  if (unsaid == unsaid_time::monday_noon) {
    to.give("time", std::string("12:00"));
    to.give("weekday", std::string("mon"));
  }
  return true;
}

bool give(const char* fact, const std::string& value, routes::situation& to) {
  return value.empty() || say(routes::give_text(to, fact, value));
}

bool give_header(const std::string& text, routes::situation& to) {
  const auto at = text.find_first_of("=:");
  if (at == std::string::npos || at == 0)
    return say(fmt::format("`{}` gives no value", text), "write --header NAME=VALUE");
  const auto value = text.find_first_not_of(' ', at + 1);
  return say(routes::give_text(to, "header:" + text.substr(0, at),
                               value == std::string::npos ? std::string() : text.substr(value)));
}

// A name that everybody may ask for stands in where no model was said.
void choose_model(const fact_flags& flags, routes::situation& to) {
  if (!flags.model.empty()) {
    to.give("model", flags.model);
  } else if (to.model().empty()) {
    to.give("model", std::string("auto"));
  }
}

}  // namespace

void add_fact_flags(CLI::App& command, fact_flags& into) {
  command.add_option("--model", into.model, "Model name that is asked for (default: auto)")
      ->type_name("NAME");
  command.add_option("--fact", into.facts, "A fact, as network=offline, battery=12%, metered=unknown")
      ->type_name("FACT=VALUE");
  command.add_option("--privacy", into.privacy, "public, internal or private")->type_name("LEVEL");
  command.add_option("--tag", into.tag, "One of the file's tags")->type_name("TAG");
  command.add_option("--key", into.key, "Name of the caller's key")->type_name("NAME");
  command.add_option("--team", into.team, "Team of the caller's key")->type_name("NAME");
  command.add_option("--input-tokens", into.input_tokens, "Length of the input, as 5000 or 8k")
      ->type_name("N");
  command.add_option("--output-tokens", into.output_tokens, "Length of the answer that is asked for")
      ->type_name("N");
  command.add_option("--header", into.headers, "A header of the query")->type_name("NAME=VALUE");
  command.add_option("--time", into.time, "The moment, as 2026-11-22T23:30+01:00")->type_name("TIME");
  command.add_option("--down", into.down, "A provider or target taken as out of reach")->type_name("TARGET");
  command.add_flag("--tools", into.tools, "The query offers tools");
  command.add_flag("--images", into.images, "The query holds images");
  command.add_flag("--audio", into.audio, "The query holds audio");
  command.add_flag("--stream", into.stream, "The answer is streamed");
  command
      .add_option("--request", into.request,
                  "Body of an OpenAI chat request; other flags come on top; - reads it")
      ->type_name("FILE");
}

bool apply(const fact_flags& flags, unsaid_time unsaid, routes::situation& to) {
  if (!flags.request.empty() && !apply_request(flags.request, to)) return false;
  choose_model(flags, to);
  if (!say(routes::check_model(to))) return false;
  if (!apply_time(flags.time, unsaid, to)) return false;
  for (const char* fact : {"tools", "images", "audio", "stream"}) {
    const std::string_view name(fact);
    const bool on = name == "tools"    ? flags.tools
                    : name == "images" ? flags.images
                    : name == "audio"  ? flags.audio
                                       : flags.stream;
    if (on) to.give(name, true);
  }
  if (!give("privacy", flags.privacy, to) || !give("tag", flags.tag, to) || !give("key", flags.key, to) ||
      !give("team", flags.team, to) || !give("input_tokens", flags.input_tokens, to) ||
      !give("output_tokens", flags.output_tokens, to)) {
    return false;
  }
  for (const auto& header : flags.headers) {
    if (!give_header(header, to)) return false;
  }
  for (const auto& fact : flags.facts) {
    if (!say(routes::give_text(to, fact))) return false;
  }
  for (const auto& name : flags.down) {
    if (!say(routes::take_down_text(to, name))) return false;
  }
  return say(routes::check_model(to));
}

}  // namespace nearfar::gateway
