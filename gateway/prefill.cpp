#include "gateway/prefill.hpp"

#include "gateway/hand_over.hpp"
#include "gateway/request_encoding.hpp"
#include "providers/dialects/openai_chat/answer_reader.hpp"
#include "providers/dialects/openai_chat/continuation_writer.hpp"
#include "providers/dialects/openai_chat/request_reader.hpp"
#include "providers/http/request_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace nearfar::gateway {

namespace {

constexpr std::size_t answer_at_most = 256 * 1024;

// The preset's `prefill` over the target's own fields, and never a stream: nobody reads it.
std::vector<config::body_field> fields_for(const deployed_target& target) {
  auto all = target.preset->prefill;
  all.push_back({"stream", "false", {}});
  for (const auto& field : target.set) {
    const bool hidden =
        std::any_of(all.begin(), all.end(), [&](const auto& u) { return u.name == field.name; });
    if (!hidden) all.push_back(field);
  }
  return all;
}

routes::result<std::string> head_for(const deployed_target& target, const providers::origin& where,
                                     std::size_t size) {
  providers::upstream_request request{.to = where, .path = "/v1/chat/completions"};
  if (const auto* at = config::path_for(*target.preset, config::dialect::openai_chat))
    request.path = at->path;
  request.auth = target.preset->auth;
  request.fixed = target.preset->headers;
  request.key = &target.key;
  request.content_length = size;
  std::string out;
  if (auto wrote = providers::write_request_head(request, out); !wrote) return std::move(wrote).error();
  return out;
}

providers::task<routes::result<providers::usage>> ask(providers::exchange& call, const std::string& head,
                                                      const std::string& body, steady::time_point until) {
  const std::array<providers::asio::const_buffer, 2> pieces{
      providers::asio::const_buffer(head.data(), head.size()),
      providers::asio::const_buffer(body.data(), body.size())};
  call.clock(until);
  if (auto sent = co_await call.send(pieces); !sent) co_return std::move(sent).error();
  auto got = co_await call.read_head();
  if (!got) co_return std::move(got).error();
  const int status = (*got)->status;
  std::string answer;
  while (!call.complete() && answer.size() < answer_at_most) {
    const auto piece = co_await call.read_body();
    if (!piece) co_return piece.error();
    answer += *piece;
  }
  call.finish();
  answer.reserve(answer.size() + providers::openai_chat::body_padding);
  if (status != 200) {
    co_return providers::openai_chat::classify_failure(status, {}, answer, std::time(nullptr));
  }
  // An answer without text is what was asked for.
  const auto read = providers::openai_chat::read_answer(answer);
  co_return read && read->tokens ? *read->tokens : providers::usage{};
}

}  // namespace

bool can_prefill(const deployed_target& target) {
  // A reading ahead outlives the query, and with it the credential that its caller brought.
  return target.tier != config::tier::remote && !target.takes_callers_key() && target.preset &&
         !target.preset->prefill.empty() &&
         config::path_for(*target.preset, config::dialect::openai_chat) != nullptr;
}

std::string prefill_body(query_state& q, const deployed_target& target, std::string_view said,
                         config::continuation_kind way) {
  if (!said.empty() && way == config::continuation_kind::none) return {};
  const auto set = fields_for(target);
  const providers::handover::ask what{.said = said, .how = &target.continues, .kind = way};
  if (q.path.in != config::dialect::openai_chat) {
    const target_wire wire{.at = config::path_for(*target.preset, config::dialect::openai_chat),
                           .translates = true};
    auto made =
        translate_request(q, target, {.to = &wire, .set = set, .go_on = said.empty() ? nullptr : &what});
    return made ? std::move(made->body) : std::string{};
  }
  providers::openai_chat::request_changes changes;
  changes.model = target.upstream_model;
  changes.set = set;
  changes.defaults = target.defaults;
  const auto own = openrouter_changes(q, target.index);
  changes.without = own.without;
  if (own.provider) changes.instead = &*own.provider;
  providers::openai_chat::spliced_body body;
  if (said.empty()) {
    providers::openai_chat::splice(q.scratch.view, changes, body);
  } else {
    (void)providers::openai_chat::splice_continuation(q.scratch.view, changes, what, body);
  }
  std::string out;
  out.reserve(body.size);
  for (const auto piece : body.pieces) out += piece;
  return out;
}

providers::task<routes::result<providers::usage>> prefill(providers::exchange& call,
                                                          const deployed_target& target,
                                                          const providers::origin& where,
                                                          const std::string& body, prefill_clocks clocks) {
  const auto head = head_for(target, where, body.size());
  if (!head) co_return head.error();
  for (const auto how : {providers::reuse::allowed, providers::reuse::fresh_only}) {
    if (auto opened = co_await call.open(where, how, clocks.connect); !opened)
      co_return std::move(opened).error();
    auto read = co_await ask(call, *head, body, clocks.until);
    const bool stale = !read && read.error().kind == routes::error_kind::stale;
    if (!stale || how == providers::reuse::fresh_only) co_return read;
  }
  co_return routes::make_error(routes::error_kind::internal, "no connection");
}

}  // namespace nearfar::gateway
