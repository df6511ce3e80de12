#include "gateway/metrics.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace nearfar::gateway {

namespace {

using cores = std::span<const core_metrics* const>;

template <class Get>
std::uint64_t sum(cores from, Get get) {
  std::uint64_t total = 0;
  for (const auto* core : from) total += get(*core).get();
  return total;
}

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

struct plain_metric {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  counter core_metrics::* which;
};

constexpr auto plain_metrics = std::to_array<plain_metric>({
    {"nearfar_connections_total", "counter", "connections accepted", &core_metrics::connections},
    {"nearfar_open_connections", "gauge", "connections open now", &core_metrics::open_connections},
    {"nearfar_queries_total", "counter", "queries read", &core_metrics::queries},
    {"nearfar_attempts_total", "counter", "calls of a target", &core_metrics::attempts},
    {"nearfar_queued_total", "counter", "queries that waited for a place at a busy provider",
     &core_metrics::queued},
    {"nearfar_stale_connections_total", "counter",
     "pooled connections that the server had closed (no attempt is counted)", &core_metrics::stale},
    {"nearfar_races_total", "counter", "second attempts started beside a silent first one",
     &core_metrics::races},
    {"nearfar_races_won_total", "counter", "races that the second attempt won", &core_metrics::races_won},
    {"nearfar_hand_overs_total", "counter", "broken streams that another target was asked to go on with",
     &core_metrics::hand_overs},
    {"nearfar_continued_answers_total", "counter", "whole answers of more than one leg",
     &core_metrics::continued},
    {"nearfar_cut_connections_total", "counter", "connections cut because their link went down",
     &core_metrics::cut},
    {"nearfar_prewarms_total", "counter", "prewarms asked for", &core_metrics::prewarms},
    {"nearfar_prefills_total", "counter", "prompts that prewarms had a target read", &core_metrics::prefills},
    {"nearfar_standby_prefills_total", "counter",
     "prompts and answers so far that a device target read ahead on a degraded link",
     &core_metrics::standby_prefills},
    {"nearfar_standby_tokens_total", "counter", "tokens that those read anew", &core_metrics::standby_tokens},
    {"nearfar_standby_used_total", "counter", "broken streams continued by a target that stood by",
     &core_metrics::standby_used},
    {"nearfar_cancelled_queries_total", "counter", "queries ended by their id", &core_metrics::cancelled},
    {"nearfar_superseded_queries_total", "counter", "queries that a newer one replaced",
     &core_metrics::superseded},
    {"nearfar_broken_streams_total", "counter", "streams that broke after the first content token",
     &core_metrics::broken},
    {"nearfar_bad_events_total", "counter", "malformed events skipped", &core_metrics::bad_events},
    {"nearfar_refused_heads_total", "counter", "request heads refused before routing",
     &core_metrics::refused_heads},
    {"nearfar_input_tokens_total", "counter", "input tokens as upstreams reported",
     &core_metrics::input_tokens},
    {"nearfar_output_tokens_total", "counter", "output tokens as upstreams reported",
     &core_metrics::output_tokens},
    {"nearfar_cached_tokens_total", "counter", "input tokens from prompt caches",
     &core_metrics::cached_tokens},
});

void expose_plain(std::string& out, cores from) {
  for (const auto& [name, type, help, which] : plain_metrics) {
    head(out, name, type, help);
    const auto get = [to = which](const core_metrics& m) -> const counter& { return m.*to; };
    fmt::format_to(std::back_inserter(out), "{} {}\n", name, sum(from, get));
  }
}

void expose_answers(std::string& out, cores from) {
  head(out, "nearfar_answers_total", "counter", "answers by status class, 0 where the client went away");
  for (std::size_t i = 0; i < 6; ++i) {
    fmt::format_to(std::back_inserter(out), "nearfar_answers_total{{class=\"{}\"}} {}\n",
                   i == 0 ? "gone" : fmt::format("{}xx", i),
                   sum(from, [&](const core_metrics& m) -> const counter& { return m.by_status[i]; }));
  }
  head(out, "nearfar_answers_by_tier_total", "counter", "whole answers by the tier that gave them");
  constexpr std::array<std::string_view, 3> tiers{"device", "self_hosted", "remote"};
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    fmt::format_to(std::back_inserter(out), "nearfar_answers_by_tier_total{{tier=\"{}\"}} {}\n", tiers[i],
                   sum(from, [&](const core_metrics& m) -> const counter& { return m.by_tier[i]; }));
  }
}

void expose_failures(std::string& out, cores from) {
  head(out, "nearfar_attempt_failures_total", "counter", "attempts that failed, by kind");
  for (std::size_t i = 1; i <= static_cast<std::size_t>(routes::error_kind::internal); ++i) {
    fmt::format_to(std::back_inserter(out), "nearfar_attempt_failures_total{{kind=\"{}\"}} {}\n",
                   routes::to_string(static_cast<routes::error_kind>(i)),
                   sum(from, [&](const core_metrics& m) -> const counter& { return m.failures[i]; }));
  }
}

void expose_refused_keys(std::string& out, cores from) {
  head(out, "nearfar_refused_keys_total", "counter",
       "callers that were not let in, by what was wrong with their key");
  for (std::size_t i = 1; i < key_refusal_words.size(); ++i) {
    fmt::format_to(std::back_inserter(out), "nearfar_refused_keys_total{{reason=\"{}\"}} {}\n",
                   key_refusal_words[i],
                   sum(from, [&](const core_metrics& m) -> const counter& { return m.refused_keys[i]; }));
  }
}

void expose_histogram(std::string& out, cores from, std::string_view name, std::string_view help,
                      histogram core_metrics::* which) {
  head(out, name, "histogram", help);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < latency_bounds.size(); ++i) {
    below += sum(from, [&](const core_metrics& m) -> const counter& { return (m.*which).buckets[i]; });
    fmt::format_to(std::back_inserter(out), "{}_bucket{{le=\"{}\"}} {}\n", name, latency_bounds[i], below);
  }
  below += sum(from, [&](const core_metrics& m) -> const counter& { return (m.*which).buckets.back(); });
  const auto micros = sum(from, [&](const core_metrics& m) -> const counter& { return (m.*which).sum_us; });
  fmt::format_to(std::back_inserter(out), "{}_bucket{{le=\"+Inf\"}} {}\n{}_sum {}\n{}_count {}\n", name,
                 below, name, static_cast<double>(micros) / 1e6, name, below);
}

}  // namespace

void histogram::observe(double seconds) {
  std::size_t i = 0;
  while (i < latency_bounds.size() && seconds > latency_bounds[i]) ++i;
  buckets[i].add();
  sum_us.add(static_cast<std::uint64_t>(seconds * 1e6));
}

std::string expose(cores from) {
  std::string out;
  expose_plain(out, from);
  expose_answers(out, from);
  expose_failures(out, from);
  expose_refused_keys(out, from);
  expose_histogram(out, from, "nearfar_first_token_seconds", "query read to first content token, streams",
                   &core_metrics::first_token);
  expose_histogram(out, from, "nearfar_query_seconds", "query read to end of the answer",
                   &core_metrics::duration);
  return out;
}

}  // namespace nearfar::gateway
