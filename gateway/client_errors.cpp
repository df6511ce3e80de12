#include "gateway/client_errors.hpp"

#include "providers/dialects/failure_signs.hpp"
#include "providers/dialects/openai_chat/error_writer.hpp"
#include "providers/dialects/openai_chat/leg_events.hpp"
#include "providers/dialects/signature.hpp"

#include <algorithm>
#include <ctime>

namespace nearfar::gateway {

using config::dialect;
using routes::error_kind;

std::string error_body_for(dialect in, const providers::client_error& why) {
  const auto* codec = in == dialect::openai_chat ? nullptr : providers::codec_of(in);
  return codec != nullptr ? codec->error_body(why) : providers::openai_chat::error_body(why);
}

int error_status_for(dialect in, const providers::client_error& why) {
  const auto* codec = in == dialect::openai_chat ? nullptr : providers::codec_of(in);
  return codec != nullptr ? codec->error_status(why) : why.status;
}

providers::client_error own_words(int status, std::string_view code, std::string_view message,
                                  std::string_view id) {
  providers::client_error out;
  out.status = status;
  out.kind = kind_of(status, code);
  out.code.assign(code);
  out.message.assign(message);
  out.id.assign(id);
  return out;
}

error_kind kind_of(int status, std::string_view code) {
  if (code == "context_length_exceeded") return error_kind::too_long;
  switch (status) {
    case 401:
    case 403:
      return error_kind::auth;
    case 402:
      return error_kind::exhausted;
    case 404:
      return error_kind::not_found;
    case 408:
    case 504:
      return error_kind::timeout;
    case 429:
      return error_kind::rate_limited;
    case 503:
    case 529:
      return error_kind::overloaded;
    default:
      return status >= 500 ? error_kind::server_error : error_kind::bad_request;
  }
}

bool in_clients_words(const query_state& q) {
  if (q.failed_speaks != q.path.in || q.failed_status == 200) return false;
  if (q.failed_kind != error_kind::too_long) return true;
  const auto signs = providers::read_failure(q.failed_body);
  switch (q.path.in) {
    case dialect::anthropic_messages:
      return signs.message.starts_with("prompt is too long");
    case dialect::openai_chat:
    case dialect::openai_responses:
      return signs.error && std::ranges::count(signs.words, "context_length_exceeded") != 0;
    default:
      return true;
  }
}

providers::client_error relayed_error(const query_state& q) {
  const auto signs = providers::read_failure(q.failed_body);
  providers::client_error out;
  out.status = q.failed_status != 200 ? q.failed_status : signs.status != 0 ? signs.status : 502;
  out.kind = q.failed_kind;
  const bool own_fault = out.kind == error_kind::too_long || out.kind == error_kind::refused;
  if (out.kind == error_kind::too_long || (own_fault && q.failed_status == 200)) out.status = 400;
  if (!signs.words.empty()) out.code = signs.words.front();
  out.message = !signs.said.empty() ? signs.said : "the target refused the query without a reason";
  out.id = q.id;
  return out;
}

std::string break_event(query_state& q, const providers::client_error& why) {
  std::string out;
  const auto* codec = providers::codec_of(q.path.in);
  if (q.writer == nullptr && (q.path.in == dialect::openai_chat || codec == nullptr)) {
    if (q.path.in != dialect::openai_chat) return "data: " + error_body_for(q.path.in, why) + "\n\n";
    // The stream is the first leg's to the client, whoever went on with it.
    const bool committed = q.so_far.has_value();
    return providers::openai_chat::error_event(
        committed ? std::string_view(q.so_far->id) : std::string_view(q.id),
        committed ? q.so_far->created : 0, committed ? std::string_view(q.so_far->model) : q.asked().model,
        why.code, why.message);
  }
  client_writer(q).fail(why, out);
  return out;
}

std::string_view keep_alive_for(const query_state& q) {
  const query_path& path = q.path;
  if (path.as_array) return "\n";
  // What Anthropic's own server sends; its SDKs pass over it.
  if (path.in == dialect::anthropic_messages) return "event: ping\ndata: {\"type\": \"ping\"}\n\n";
  if (q.router && !q.router->id.empty() && q.deployed->config->openrouter.comments)
    return ": OPENROUTER PROCESSING\n\n";
  return ": keep-alive\n\n";
}

providers::answer_terms terms_of(const query_state& q, dialect of_target) {
  return {.asked = &q.scratch.view,
          .model = q.asked().model,
          .id = q.id,
          .now = std::time(nullptr),
          .include_usage = q.asked().include_usage,
          .issuer = providers::chat::issuer_of(of_target)};
}

providers::stream_writer& client_writer(query_state& q) {
  if (q.writer) return *q.writer;
  if (q.path.in == dialect::openai_chat) {
    providers::begun_answer from;
    if (q.so_far) {
      from = q.so_far->begun;
    } else {
      from.id = q.id;
      from.model = q.asked().model;
    }
    q.writer = std::make_unique<providers::openai_chat::leg_events>(from);
    return *q.writer;
  }
  q.writer = providers::codec_of(q.path.in)->make_stream_writer(terms_of(q, q.path.in));
  if (q.so_far) {
    auto from = q.so_far->begun;
    // Text that stands in a closed block is among what came before.
    const bool closed = !from.before.empty() && from.before.back().kind == providers::chat::part_kind::text;
    if (!closed) from.said = q.so_far->said;
    q.writer->adopt(from);
  }
  return *q.writer;
}

}  // namespace nearfar::gateway
