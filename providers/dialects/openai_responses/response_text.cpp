#include "providers/dialects/openai_responses/response_text.hpp"

#include "providers/dialects/openai_responses/item_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace nearfar::providers::openai_responses {

namespace {

struct echoed {
  std::string_view name;
  std::string_view otherwise;  // where the request does not say it
};

// What the vendor says of itself where nothing was asked. `store` is not among them: nothing is stored.
constexpr std::array<echoed, 18> echoes{{{"instructions", "null"},
                                         {"max_output_tokens", "null"},
                                         {"max_tool_calls", "null"},
                                         {"parallel_tool_calls", "true"},
                                         {"prompt_cache_key", "null"},
                                         {"reasoning", R"({"effort":null,"summary":null})"},
                                         {"safety_identifier", "null"},
                                         {"service_tier", "\"default\""},
                                         {"temperature", "null"},
                                         {"text", R"({"format":{"type":"text"}})"},
                                         {"tool_choice", "\"auto\""},
                                         {"tools", "[]"},
                                         {"top_logprobs", "0"},
                                         {"top_p", "null"},
                                         {"truncation", "\"disabled\""},
                                         {"user", "null"},
                                         {"metadata", "{}"},
                                         {"previous_response_id", "null"}}};

// The client's bytes on one line: an event has no line ends, and JSON has them between tokens only.
void append_on_one_line(std::string& to, std::string_view json) {
  for (const char c : json) to.push_back(c == '\n' || c == '\r' ? ' ' : c);
}

// The vendor says the format even where only the verbosity was asked.
void append_text_settings(std::string& to, std::string_view json) {
  if (!json.starts_with('{') || json.find("\"format\"") != std::string_view::npos) {
    append_on_one_line(to, json);
    return;
  }
  to.append(R"({"format":{"type":"text"})");
  const auto next = json.find_first_not_of(" \t\r\n", 1);
  if (next != std::string_view::npos && json[next] != '}') to.push_back(',');
  append_on_one_line(to, json.substr(1));
}

std::string_view word_of(response_status status) {
  switch (status) {
    case response_status::in_progress:
      return "in_progress";
    case response_status::completed:
      return "completed";
    case response_status::incomplete:
      return "incomplete";
    case response_status::failed:
      break;
  }
  return "failed";
}

void append_error(std::string& to, const client_error* why) {
  to.append(",\"error\":");
  if (why == nullptr) {
    to.append("null");
    return;
  }
  to.push_back('{');
  append_member(to, "code", failure_code(*why));
  to.push_back(',');
  append_member(to, "message", why->message);
  to.push_back('}');
}

void append_details(std::string& to, const response_text::ending& how) {
  to.append(",\"incomplete_details\":");
  if (how.status != response_status::incomplete) {
    to.append("null");
  } else if (how.why == chat::finish::content_filter) {
    to.append(R"({"reason":"content_filter"})");
  } else {
    to.append(R"({"reason":"max_output_tokens"})");
  }
}

}  // namespace

response_status status_of(chat::finish why) {
  switch (why) {
    case chat::finish::length:
    case chat::finish::content_filter:
      return response_status::incomplete;
    case chat::finish::error:
      return response_status::failed;
    default:
      return response_status::completed;
  }
}

client_error server_failure() {
  client_error why;
  why.status = 502;
  why.kind = routes::error_kind::server_error;
  why.code = "server_error";
  why.message = "the model's server failed";
  return why;
}

std::string_view failure_code(const client_error& why) {
  switch (why.kind) {
    case routes::error_kind::too_long:
      return "context_length_exceeded";
    case routes::error_kind::rate_limited:
      return "rate_limit_exceeded";
    case routes::error_kind::exhausted:
      return "insufficient_quota";
    default:
      return why.code.empty() ? std::string_view("server_error") : std::string_view(why.code);
  }
}

response_text::response_text(const answer_terms& terms)
    : model_(terms.model), terms_id_(terms.id), now_(terms.now) {
  read_echo(terms.asked == nullptr ? request_view{} : *terms.asked);
  name({}, {}, 0);
}

void response_text::read_echo(const request_view& asked) {
  for (const echoed& each : echoes) {
    echo_.append(",\"").append(each.name).append("\":");
    const auto said = std::find_if(asked.members.begin(), asked.members.end(),
                                   [&](const member& m) { return m.name == each.name; });
    const std::string_view value = said == asked.members.end()
                                       ? std::string_view{}
                                       : asked.body.substr(said->value.offset, said->value.length);
    if (value.empty() || value == "null") {
      echo_.append(each.otherwise);
    } else if (each.name == "text") {
      append_text_settings(echo_, value);
    } else {
      append_on_one_line(echo_, value);
    }
  }
}

void response_text::name(std::string_view id, std::string_view model, std::int64_t created) {
  constexpr std::string_view prefix = "resp_";
  const std::string_view named = id.empty() ? std::string_view(terms_id_) : id;
  id_ = named.starts_with(prefix) ? std::string(named) : fmt::format("{}{}", prefix, named);
  // The vendor takes ids of 64 characters at most back, and they are to be the query's own.
  const std::string_view own =
      terms_id_.empty() ? std::string_view(id_).substr(prefix.size()) : std::string_view(terms_id_);
  base_ = own.substr(0, 48);
  if (model_.empty()) model_ = model;
  created_ = created == 0 ? now_ : created;
}

std::string response_text::item_id(std::string_view kind, std::uint32_t index) const {
  return fmt::format("{}_{}_{}", kind, base_, index);
}

void response_text::append(std::string& to, const ending& how) const {
  to.push_back('{');
  append_member(to, "id", id_);
  fmt::format_to(std::back_inserter(to),
                 ",\"object\":\"response\",\"created_at\":{},\"status\":\"{}\",\"background\":false",
                 created_, word_of(how.status));
  append_error(to, how.failure);
  append_details(to, how);
  to.push_back(',');
  append_member(to, "model", model_);
  to.append(",\"output\":[").append(how.output).append("],\"store\":false").append(echo_);
  to.append(",\"usage\":");
  if (how.tokens == nullptr) {
    to.append("null");
  } else {
    append_usage(to, *how.tokens);
  }
  to.push_back('}');
}

}  // namespace nearfar::providers::openai_responses
