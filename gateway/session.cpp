#include "gateway/session.hpp"

#include "gateway/admin.hpp"
#include "gateway/barge_in.hpp"
#include "gateway/body_reader.hpp"
#include "gateway/chat_query.hpp"
#include "gateway/client_errors.hpp"
#include "gateway/core.hpp"
#include "gateway/identify.hpp"
#include "gateway/openrouter_api.hpp"
#include "gateway/openrouter_query.hpp"
#include "gateway/prewarm.hpp"
#include "gateway/query_path.hpp"
#include "gateway/request_head.hpp"
#include "gateway/simple_answer.hpp"
#include "gateway/visible_models.hpp"

#include <fmt/format.h>

#include <ctime>

namespace nearfar::gateway {

namespace {

// A connection may idle between requests longer than clients' own pools keep it (60 s is usual).
constexpr std::chrono::seconds idle_time{75};
constexpr std::chrono::seconds head_time{30};

std::string_view websocket_cure(std::string_view path) {
  if (path.ends_with("/responses"))
    return "WebSockets are not served; POST to /v1/responses with \"stream\": true";
  if (path.ends_with("/realtime"))
    return "the realtime API is not served; POST sound to /v1/audio/transcriptions, and the text to "
           "/v1/chat/completions with \"stream\": true";
  return "WebSockets are not served; POST to /v1/chat/completions with \"stream\": true";
}

class session {
 public:
  explicit session(client_connection& client) : client_(client) {}

  providers::task<void> run();

 private:
  providers::task<bool> read_head();
  providers::task<after_answer> answer();
  providers::task<after_answer> route_query();
  providers::task<after_answer> query(query_path asked);
  providers::task<after_answer> prewarm();
  providers::task<after_answer> say(int status, std::string_view code, std::string_view message);
  providers::task<after_answer> say_json(int status, std::string body);
  // The query, if the request is one.
  std::optional<query_path> query_asked() const;
  bool host_is_ours();
  // What answer() would refuse otherwise.
  bool may_ask();
  identity caller() { return identify(client_.on().keys, head_, scratch_.known_key, std::time(nullptr)); }
  bool draining() const { return client_.on().shared.draining.load(std::memory_order_relaxed); }

  client_connection& client_;
  request_head head_;
  body_reader body_;
  std::string known_host_;  // of this connection, and found to be ours
  query_scratch scratch_;
};

providers::task<bool> session::read_head() {
  auto& input = client_.input();
  client_.clock(idle_time);
  bool begun = false;
  for (;;) {
    if (input.size() > 0) {
      // A body is parsed where it lies, with readable bytes behind it: make the room before any span
      // of the head is taken, because making it may move the bytes.
      (void)input.prepare(providers::openai_chat::body_padding);
      const std::string_view bytes(static_cast<const char*>(input.data().data()), input.size());
      const auto parsed = parse_request_head(bytes, head_);
      if (!parsed) {
        client_.on().metrics.refused_heads.add();
        co_await send_simple(
            client_, nullptr,
            simple_error(parsed.error().status, parsed.error().code, parsed.error().message));
        co_return false;
      }
      if (*parsed) break;
      if (!begun) client_.clock(head_time);
      begun = true;
    }
    const auto room = client_.read_room();
    if (room.size() == 0) co_return false;
    const auto [ec, got] = co_await client_.socket().async_read_some(room, providers::use_result);
    if (!client_.took(ec, got)) co_return false;
  }
  client_.stop_clock();
  co_return true;
}

providers::task<void> session::run() {
  auto rest = client_connection::unread::none;
  while (!draining()) {
    client_.phase = client_phase::idle;
    if (!co_await read_head()) {
      rest = client_.input().size() > 0 ? client_connection::unread::some : client_connection::unread::none;
      break;
    }
    client_.phase = client_phase::busy;
    body_.begin(client_, head_);
    std::string_view body;
    // Nearly every query is one of these, and each coroutine on its way would be a frame allocated.
    const auto asked = query_asked();
    const bool straight = asked && may_ask() && body_.take_arrived(body);
    const auto after = straight ? co_await serve_query(client_.on(), client_, head_, *asked, body, scratch_)
                                : co_await answer();
    const bool consumed = body_.consume_request();
    if (!consumed) rest = client_connection::unread::some;
    if (after == after_answer::close || client_.gone() || !consumed) break;
  }
  client_.phase = client_phase::idle;
  co_await client_.close_gently(rest);
}

providers::task<after_answer> session::say(int status, std::string_view code, std::string_view message) {
  // In the words of whom the path belongs to.
  const auto asked = query_path_of(head_.path, head_.query);
  const auto in = asked ? asked->in : config::dialect::openai_chat;
  co_return co_await send_simple(
      client_, &head_,
      {status, "application/json", error_body_for(in, own_words(status, code, message, {})), {}});
}

providers::task<after_answer> session::say_json(int status, std::string body) {
  co_return co_await send_simple(client_, &head_, {status, "application/json", std::move(body), {}});
}

std::optional<query_path> session::query_asked() const {
  if (head_.method != "POST" || client_.came_by().role == listener_role::admin) return std::nullopt;
  return query_path_of(head_.path, head_.query);
}

bool session::host_is_ours() {
  // HTTP/1.0 clients may leave Host out; browsers, against whom it is checked, never speak 1.0.
  const bool says_host = head_.version >= 11 || !head_.host.empty();
  if (!says_host || (!known_host_.empty() && head_.host == known_host_)) return true;
  if (!client_.came_by().takes_host(head_.host)) return false;
  known_host_ = head_.host;
  return true;
}

bool session::may_ask() {
  return host_is_ours() && (head_.origin.empty() || client_.came_by().takes_origin(head_.origin)) &&
         !head_.upgrade_websocket;
}

providers::task<after_answer> session::answer() {
  if (!host_is_ours()) {
    co_return co_await say(
        421, "misdirected_request",
        fmt::format("Host `{}` is none of this listener's; add it to `server.hosts`", head_.host));
  }
  if (!head_.origin.empty() && !client_.came_by().takes_origin(head_.origin)) {
    co_return co_await say(
        403, "origin_not_allowed",
        fmt::format("a web page of {} may not use this gateway; add it to `server.origins`", head_.origin));
  }
  if (head_.upgrade_websocket) {
    co_return co_await say(400, "websocket_not_supported", websocket_cure(head_.path));
  }
  if (client_.came_by().role == listener_role::admin) {
    std::string_view body;
    if (const auto refused = co_await body_.read(body)) {
      co_return co_await say(refused->status, refused->code, refused->message);
    }
    if (body_.client_lost()) co_return after_answer::close;
    co_return co_await serve_admin(client_.on(), client_, head_, body, scratch_);
  }
  co_return co_await route_query();
}

providers::task<after_answer> session::query(query_path asked) {
  std::string_view body;
  if (const auto refused = co_await body_.read(body)) {
    co_return co_await say(refused->status, refused->code, refused->message);
  }
  if (body_.client_lost()) co_return after_answer::close;
  // A chunked body has moved the head.
  if (const auto again = query_path_of(head_.path, head_.query)) asked = *again;
  co_return co_await serve_query(client_.on(), client_, head_, asked, body, scratch_);
}

providers::task<after_answer> session::prewarm() {
  std::string_view body;
  if (const auto refused = co_await body_.read(body)) {
    co_return co_await say(refused->status, refused->code, refused->message);
  }
  if (body_.client_lost()) co_return after_answer::close;
  co_return co_await serve_prewarm(client_.on(), client_, head_, body, scratch_);
}

providers::task<after_answer> session::route_query() {
  const bool get = head_.method == "GET" || head_.method == "HEAD";
  if (head_.method == "OPTIONS") co_return co_await send_simple(client_, &head_, preflight());
  // Before a body is read: of a stranger nothing is.
  const auto who = wants_key(head_.path) ? caller() : identity{};
  if (who.refused != key_refusal::none) {
    client_.on().metrics.refused_keys[static_cast<std::size_t>(who.refused)].add();
    co_return co_await send_simple(client_, &head_, key_refused(head_, who));
  }
  if (const auto asked = query_path_of(head_.path, head_.query)) {
    if (head_.method == "POST") co_return co_await query(*asked);
    co_return co_await say(405, "method_not_allowed", "POST the request to this path");
  }
  if (head_.path == "/v1/prewarm" && head_.method == "POST") co_return co_await prewarm();
  const auto& deployed = *client_.on().deployed;
  if (get && head_.path == "/v1/models") co_return co_await say_json(200, visible_models(deployed, who.key));
  constexpr std::string_view one_model = "/v1/models/";
  if (get && head_.path.starts_with(one_model)) {
    const auto name = head_.path.substr(one_model.size());
    if (who.key != nullptr && targets_for(deployed, who.key, name).empty())
      co_return co_await say(404, "model_not_found",
                             "the key may not ask for this model; GET /v1/models lists others");
    co_return co_await send_simple(client_, &head_, model_entry(deployed, name));
  }
  if (is_openrouter_path(head_.path)) {
    if (!get) co_return co_await send_simple(client_, &head_, openrouter_error(405, "", "GET this path"));
    auto answer = co_await openrouter_get(client_.on(), head_, who.key);
    co_return co_await send_simple(client_, &head_, std::move(answer));
  }
  constexpr std::string_view one_query = "/v1/queries/";
  if (head_.path.starts_with(one_query)) {
    if (head_.method != "DELETE")
      co_return co_await say(405, "method_not_allowed", "DELETE cancels the query that x-nearfar-id names");
    auto answer = co_await cancel_query(client_.on(), head_.path.substr(one_query.size()),
                                        who.key != nullptr ? std::string_view(who.key->name) : "");
    co_return co_await send_simple(client_, &head_, std::move(answer));
  }
  if (head_.path == "/v1/prewarm")
    co_return co_await say(405, "method_not_allowed", "POST a chat completion request to this path");
  if (get && head_.path == "/healthz") co_return co_await say_json(200, R"({"status":"ok"})");
  if (get && head_.path == "/readyz")
    co_return co_await send_simple(client_, &head_, readiness(client_.on()));
  if (get && head_.path == "/") {
    co_return co_await send_simple(
        client_, &head_,
        {200,
         "text/plain; charset=utf-8",
         "nearfar: POST /v1/chat/completions, /v1/messages or /v1/responses, GET /v1/models, "
         "GET /readyz\n",
         {}});
  }
  co_return co_await send_simple(client_, &head_, unknown_path(head_.path));
}

}  // namespace

providers::task<void> serve_connection(std::shared_ptr<client_connection> client) {
  session one(*client);
  co_await one.run();
}

}  // namespace nearfar::gateway
