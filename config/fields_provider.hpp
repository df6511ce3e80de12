// The field table, part 2: providers and their models.
#pragma once

#include "config/field.hpp"
#include "config/model.hpp"

#include <array>

namespace nearfar::config {

inline constexpr auto tiers = std::to_array<choice_value<tier>>({
    {"device", tier::device, "on this machine"},
    {"self_hosted", tier::self_hosted, "a server of your own"},
    {"remote", tier::remote, "a vendor's API"},
});

inline constexpr auto runtime_kinds = std::to_array<choice_value<runtime_kind>>({
    {"llama-server", runtime_kind::llama_server, "llama.cpp's server"},
});

template <class Visitor>
void describe(Visitor& v, runtime_config& r) {
  v.field({.key = "kind", .doc = "the program", .fallback = "llama-server", .example = "llama-server"},
          r.kind, choice_kind<runtime_kind>{runtime_kinds});
  v.field(
      {.key = "binary", .doc = "its path; else PATH, then the state folder", .example = "~/bin/llama-server"},
      r.binary, path_kind{});
  v.field(
      {.key = "args", .doc = "appended to its command line", .fallback = "[]", .example = "[\"-t\", \"2\"]"},
      r.args, list_kind<text_kind>{});
  v.field({.key = "keep", .doc = "idle time before a model is unloaded", .fallback = "10m", .example = "10m"},
          r.keep, duration_kind);
  v.field({.key = "memory",
           .doc = "for all models of the provider; the least recently used leaves first",
           .example = "2GiB"},
          r.memory, bytes_kind);
}

template <class Visitor>
void describe(Visitor& v, queue_config& q) {
  v.field({.key = "max", .doc = "queries that may wait", .example = "32", .need = presence::required}, q.max,
          number_kind{quantity::plain, 0, 100'000});
  v.field({.key = "wait", .doc = "how long one may wait", .example = "30s", .need = presence::required},
          q.wait, duration_kind);
}

template <class Visitor>
void describe(Visitor& v, tls_config& t) {
  v.field({.key = "ca_file", .doc = "trust this bundle instead of the system's", .example = "~/ca.pem"},
          t.ca_file, path_kind{});
}

template <class Visitor>
void describe(Visitor& v, price& p) {
  v.field({.key = "input", .doc = "a million tokens in", .example = "3 USD/M", .need = presence::required},
          p.input, price_kind);
  v.field({.key = "output", .doc = "a million tokens out", .example = "15 USD/M", .need = presence::required},
          p.output, price_kind);
  v.field({.key = "cached", .doc = "a million tokens read from the prompt cache", .example = "0.3 USD/M"},
          p.cached, price_kind);
  v.field(
      {.key = "cache_write", .doc = "a million tokens written to the prompt cache", .example = "3.75 USD/M"},
      p.cache_write, price_kind);
  v.field({.key = "request",
           .doc = "every request that generates anything, besides its tokens",
           .fallback = "0 USD",
           .example = "0.01 USD"},
          p.request, number_kind{quantity::usd, 0, 1e6});
}

template <class Visitor>
void describe(Visitor& v, capabilities& c) {
  constexpr std::string_view fallback = "as the catalog or the preset says";
  v.field({.key = "tools", .doc = "calls tools", .fallback = fallback, .example = "true"}, c.tools,
          flag_kind{});
  v.field({.key = "images", .doc = "reads images", .fallback = fallback, .example = "true"}, c.images,
          flag_kind{});
  v.field({.key = "audio", .doc = "hears audio", .fallback = fallback, .example = "true"}, c.audio,
          flag_kind{});
  v.field({.key = "json", .doc = "answers by a JSON schema", .fallback = fallback, .example = "true"}, c.json,
          flag_kind{});
  v.field({.key = "stream", .doc = "streams its answer", .fallback = fallback, .example = "true"}, c.stream,
          flag_kind{});
}

inline constexpr auto continuation_kinds = std::to_array<choice_value<continuation_kind>>({
    {"native", continuation_kind::native, "it goes on with a last message of the assistant"},
    {"instruct", continuation_kind::instruct, "a turn of the user quotes the end and asks it to go on"},
    {"restart", continuation_kind::restart, "it begins again and is silenced while it repeats what was said"},
    {"none", continuation_kind::none, "it continues no answer"},
});

inline constexpr auto echo_habits = std::to_array<choice_value<echo_habit>>({
    {"never", echo_habit::never, "what comes is joined as it comes"},
    {"maybe", echo_habit::maybe, "what it repeats is dropped"},
});

template <class Visitor>
void describe(Visitor& v, continuation& c) {
  v.field({.key = "kind", .doc = "how it is asked", .fallback = "instruct", .example = "native"}, c.kind,
          choice_kind<continuation_kind>{continuation_kinds});
  v.field({.key = "echo",
           .doc = "does it repeat what was said before it goes on (`native` only)",
           .fallback = "never",
           .example = "maybe"},
          c.echo, choice_kind<echo_habit>{echo_habits});
  v.field({.key = "trim",
           .doc = "what was said is sent without white space at its end",
           .fallback = "false",
           .example = "true"},
          c.trim, flag_kind{});
  v.field({.key = "path",
           .doc = "appended to the base, where continuing has a path of its own",
           .example = "/beta/chat/completions"},
          c.path, text_kind{});
  v.field({.key = "message",
           .doc = "fields of the message that it goes on with",
           .fallback = "{}",
           .example = "{prefix: true}"},
          c.message, message_fields_kind{});
  v.field({.key = "set",
           .doc = "fields of the request body forced on such a query",
           .fallback = "{}",
           .example = "{continue_final_message: true, add_generation_prompt: false}"},
          c.set, body_fields_kind{});
}

template <class Visitor>
void describe(Visitor& v, target_model& m) {
  v.field({.key = "as", .doc = "our name for it", .fallback = "the upstream's id", .example = "qwen3-max"},
          m.as, name_kind{"model"});
  v.field(
      {.key = "file", .doc = "the GGUF file, for a runtime", .example = "~/models/qwen3-0.6b-q4_k_m.gguf"},
      m.file, path_kind{});
  v.field({.key = "context",
           .doc = "most tokens of input and output together",
           .fallback = "as the catalog says",
           .example = "8k"},
          m.context, tokens_kind);
  v.field({.key = "max_output",
           .doc = "most tokens of an answer",
           .fallback = "as the catalog says",
           .example = "4k"},
          m.max_output, tokens_kind);
  v.field({.key = "quality", .doc = "a score of your choice, higher is better", .example = "1150"}, m.quality,
          number_kind{quantity::plain, 0, 1e6});
  v.field({.key = "price",
           .doc = "`free`, or prices",
           .fallback = "as the catalog says; the device tier is free",
           .example = "free"},
          m.cost, cost_kind{});
  v.field({.key = "can", .doc = "what the model is able to do", .example = "{tools: true}"}, m.can,
          section_kind{});
  v.field({.key = "set",
           .doc = "fields of the request body forced on every query to it",
           .example = "{chat_template_kwargs: {enable_thinking: false}}"},
          m.set, body_fields_kind{});
  v.field({.key = "defaults",
           .doc = "the same where the client left the field out",
           .example = "{temperature: 0.2}"},
          m.defaults, body_fields_kind{});
  v.field(
      {.key = "continue", .doc = "may this target continue an answer that another began", .example = "false"},
      m.hand_over, flag_kind{});
}

template <class Visitor>
void describe(Visitor& v, provider& p) {
  v.field({.key = "tier", .doc = "where it is", .example = "self_hosted", .need = presence::required},
          p.where_it_is, choice_kind<tier>{tiers});
  v.field({.key = "preset",
           .doc = "what kind of server it is: one that is shipped, or a file of your own",
           .example = "vllm"},
          p, preset_kind{});
  v.field(
      {.key = "url", .doc = "its address", .fallback = "the preset's", .example = "http://192.168.1.20:8000"},
      p.url, url_kind{});
  v.field({.key = "runtime",
           .doc = "a supervised child process, started on demand (tier `device` only)",
           .example = "{kind: llama-server, keep: 10m, memory: 2GiB}"},
          p.runtime, section_kind{});
  v.field({.key = "key",
           .doc = "where its key is: `{env: NAME}`, `{file: path}`, or `client` for the caller's own",
           .example = "{env: OPENROUTER_API_KEY}"},
          p.key, secret_kind_ref{});
  v.field({.key = "optional",
           .doc = "key missing: the provider is absent and says so",
           .fallback = "false",
           .example = "true"},
          p.optional, flag_kind{});
  v.field({.key = "region", .doc = "for selectors", .example = "home"}, p.region, region_kind{});
  v.field({.key = "retention", .doc = "how long it keeps what it is sent, for selectors", .example = "none"},
          p.retention, retention_kind{});
  v.field(
      {.key = "labels", .doc = "words of your own, for selectors", .fallback = "[]", .example = "[fast, eu]"},
      p.labels, list_kind<name_kind>{{"label"}, list_form::one_alone});
  v.field({.key = "concurrent", .doc = "queries at once", .example = "8"}, p.concurrent,
          number_kind{quantity::plain, 1, 100'000});
  v.field({.key = "queue", .doc = "who waits when `concurrent` are busy", .example = "{max: 32, wait: 30s}"},
          p.queue, section_kind{});
  v.field({.key = "tls", .doc = "how it is verified", .example = "{ca_file: ~/ca.pem}"}, p.tls,
          section_kind{});
  v.field({.key = "continuation",
           .doc = "how it is asked to go on with an answer that another began",
           .fallback = "as the preset says",
           .example = "{kind: native, message: {prefix: true}, echo: maybe}"},
          p.hand_over, section_kind{});
  v.field(
      {.key = "models",
       .doc = "the upstream's ids with what you know of them, a list of ids, or `discover`: what it lists "
              "itself",
       .example = "{qwen3-32b: {price: free, quality: 1150}}",
       .need = presence::required},
      p, models_of_provider_kind{});
}

}  // namespace nearfar::config
