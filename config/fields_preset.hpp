// The field table, part 4: presets (config/presets/*.yaml).
#pragma once

#include "config/field.hpp"
#include "config/fields_provider.hpp"
#include "config/fields_quirks.hpp"
#include "config/preset.hpp"

#include <array>

namespace nearfar::config {

inline constexpr auto auth_styles = std::to_array<choice_value<auth_style>>({
    {"none", auth_style::none, "no key"},
    {"bearer", auth_style::bearer, "authorization: Bearer KEY"},
    {"x-api-key", auth_style::x_api_key, "x-api-key: KEY"},
    {"x-goog-api-key", auth_style::x_goog_api_key, "x-goog-api-key: KEY"},
    {"api-key", auth_style::api_key, "api-key: KEY"},
});

inline constexpr auto cancel_bills = std::to_array<choice_value<bool>>({
    {"stops_bill", true, "closing the connection stops generation and billing"},
    {"full_bill", false, "the whole answer may be billed all the same"},
});

template <class Visitor>
void describe(Visitor& v, dialect_path& d) {
  v.field({.key = "path",
           .doc = "appended to the base; `{model}` is the model's id",
           .example = "/v1/messages",
           .need = presence::required},
          d.path, text_kind{});
  v.field({.key = "stream_path",
           .doc = "the same for a streamed answer",
           .fallback = "as `path`",
           .example = "\"/v1beta/models/{model}:streamGenerateContent?alt=sse\""},
          d.stream_path, text_kind{});
  v.field({.key = "auth",
           .doc = "how the key travels there",
           .fallback = "as the preset's",
           .example = "x-api-key"},
          d.auth, choice_kind<auth_style>{auth_styles});
}

template <class Visitor>
void describe(Visitor& v, preset& p) {
  v.field({.key = "title", .doc = "for people", .example = "OpenRouter", .need = presence::required}, p.title,
          text_kind{});
  v.field({.key = "url",
           .doc = "base address; without one the user gives it",
           .example = "https://openrouter.ai/api"},
          p.url, url_kind{});
  v.field({.key = "dialects",
           .doc = "the wire APIs it serves and their paths; the first conversation is what others become",
           .example = "{openai-chat: /v1/chat/completions}",
           .need = presence::required},
          p.dialects, dialects_kind{});
  v.field({.key = "models_path", .doc = "appended to the base", .example = "/v1/models"}, p.models_path,
          text_kind{});
  v.field({.key = "health_path", .doc = "appended to the base", .example = "/health"}, p.health_path,
          text_kind{});
  v.field({.key = "auth", .doc = "how the key travels", .fallback = "bearer", .example = "bearer"}, p.auth,
          choice_kind<auth_style>{auth_styles});
  v.field({.key = "stream_usage",
           .doc = "accepts stream_options.include_usage",
           .fallback = "true",
           .example = "true"},
          p.stream_usage, flag_kind{});
  v.field({.key = "cancel",
           .doc = "what closing a stream does to the bill",
           .fallback = "stops_bill",
           .example = "full_bill"},
          p.closing_stops_bill, choice_kind<bool>{cancel_bills});
  v.field({.key = "loads_models",
           .doc = "a first query may wait for a load",
           .fallback = "false",
           .example = "true"},
          p.loads_models, flag_kind{});
  v.field({.key = "cache_life",
           .doc = "how long a prompt cache lives after its last use",
           .fallback = "5m",
           .example = "10m"},
          p.cache_life, duration_kind);
  v.field({.key = "vendor", .doc = "vendor column of the catalog", .example = "openai"}, p.vendor,
          text_kind{});
  v.field({.key = "set", .doc = "body fields it must be sent", .example = "{usage: {include: true}}"}, p.set,
          body_fields_kind{});
  v.field({.key = "prefill",
           .doc = "body fields that have it read a prompt into its cache and generate nothing",
           .example = "{n_predict: 0, cache_prompt: true}"},
          p.prefill, body_fields_kind{});
  v.field({.key = "continuation",
           .doc = "how it is asked to go on with an answer that another began",
           .fallback = "{kind: instruct}",
           .example = "{kind: native, message: {prefix: true}, path: /beta/chat/completions}"},
          p.hand_over, section_kind{});
  v.field({.key = "headers", .doc = "fixed lines", .example = "[\"x-title: nearfar\"]"}, p.headers,
          list_kind<text_kind>{});
  v.field({.key = "quirks",
           .doc = "where it departs from the dialect that others are translated into",
           .example = "{limit: max_tokens, drop: [logit_bias]}"},
          p.quirks, section_kind{});
}

}  // namespace nearfar::config
