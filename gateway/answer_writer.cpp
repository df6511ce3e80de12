#include "gateway/answer_writer.hpp"

#include "gateway/client_errors.hpp"
#include "gateway/limits/limit_words.hpp"
#include "providers/http/head_writer.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <iterator>

namespace nearfar::gateway {

namespace {

namespace asio = providers::asio;

constexpr std::chrono::seconds keep_alive_every{10};

bool chunked(const query_state& q) {
  return q.head.version >= 11;
}

using providers::head_writer;

// Clean: the id is ours, and the other texts were made with the deployment.
void put_own_fields(const query_state& q, head_writer& out, routes::target_index target) {
  out.put("x-nearfar-id: ");
  out.put(q.id);
  out.put("\r\n");
  if (target != routes::none_index) out.put(q.target(target).answer_fields);
  out.put(q.deployed->policy_fields_for(q.plan.rule));
  out.put("x-nearfar-attempts: ");
  out.put(q.attempts.size());
  out.put("\r\n");
}

void put_connection(query_state& q, head_writer& out) {
  if (!q.head.keep_alive || q.on.shared.draining.load(std::memory_order_relaxed))
    q.after = after_answer::close;
  if (q.after == after_answer::close) {
    out.put("connection: close\r\n");
  } else if (q.head.version < 11) {
    out.put("connection: keep-alive\r\n");
  }
}

void add_cors(const query_state& q, std::string& out) {
  add_field(out, "access-control-allow-origin", q.head.origin);
  add_field(
      out, "access-control-expose-headers",
      "x-nearfar-id, x-nearfar-target, x-nearfar-tier, x-nearfar-rule, x-nearfar-policy, x-nearfar-attempts, "
      "x-generation-id");
  add_field(out, "vary", "origin");
}

// What only some queries' answers bear, and the head's end.
void end_own_head(const query_state& q, std::string& out) {
  if (q.router && !q.router->id.empty()) add_field(out, "x-generation-id", q.router->id);
  if (q.limits != nullptr) add_pacing_fields(*q.limits, q.path.in, std::time(nullptr), out);
  if (!q.head.origin.empty()) add_cors(q, out);
  end_head(out);
}

asio::const_buffer buffer_of(std::string_view text) {
  return {text.data(), text.size()};
}

// Our own fields, whatever they are, take less.
constexpr std::size_t own_room = 512;

// Head of an answer whose body follows in pieces.
void write_stream_head(query_state& q, routes::target_index target, std::string_view fields) {
  {
    head_writer out(q.scratch.client_head, own_room + fields.size());
    put_status(out, 200);
    if (!fields.empty()) {
      out.put(fields);
    } else {
      out.put(q.path.as_array ? "content-type: application/json\r\n" : "content-type: text/event-stream\r\n");
    }
    if (target == routes::none_index) out.put("x-nearfar-target: pending\r\n");
    put_own_fields(q, out, target);
    if (chunked(q)) {
      out.put("transfer-encoding: chunked\r\n");
    } else {
      q.after = after_answer::close;  // the end of the connection is the end of the body
    }
    put_connection(q, out);
  }
  end_own_head(q, q.scratch.client_head);
}

// Head of an answer whose body is all there.
void write_whole_head(query_state& q, routes::target_index target, int status, std::string_view fields,
                      std::size_t body_size) {
  {
    head_writer out(q.scratch.client_head, own_room + fields.size());
    put_status(out, status);
    out.put(fields);
    put_own_fields(q, out, target);
    out.put("content-length: ");
    out.put(body_size);
    out.put("\r\n");
    put_connection(q, out);
  }
  end_own_head(q, q.scratch.client_head);
}

// As send_chunk, for a stream that is one JSON array.
providers::task<bool> send_elements(query_state& q, std::string_view before,
                                    std::span<const std::string_view> ready, std::string_view after,
                                    stream_end end) {
  std::string text;
  q.array->push(before, text);
  for (const auto piece : ready) q.array->push(piece, text);
  q.array->push(after, text);
  if (end == stream_end::whole) q.array->end(text);
  std::string out;
  if (!text.empty() && chunked(q))
    fmt::format_to(std::back_inserter(out), "{:x}\r\n{}\r\n", text.size(), text);
  if (!chunked(q)) out = std::move(text);
  if (chunked(q) && end == stream_end::whole) out += "0\r\n\r\n";
  q.scratch.pieces.push_back(buffer_of(out));
  co_return co_await q.client.write(q.scratch.pieces);
}

// One chunk of a stream, behind the head where that has not gone.
providers::task<bool> send_chunk(query_state& q, routes::target_index target, std::string_view fields,
                                 std::array<std::string_view, 2> around,
                                 std::span<const std::string_view> ready, stream_end end) {
  if (q.head_clock) q.head_clock->drop();
  auto& pieces = q.scratch.pieces;
  pieces.clear();
  if (q.client_head == head_state::not_sent) {
    write_stream_head(q, target, fields);
    pieces.push_back(buffer_of(q.scratch.client_head));
    q.client_head = head_state::sent;
    q.status = 200;
  }
  auto [before, after] = around;
  if (is_dressed(q) && q.asked().stream && target != routes::none_index) {
    before = dressed_events(q, target, before, ready, after);
    after = {};
    ready = {};
  }
  if (q.array) co_return co_await send_elements(q, before, ready, after, end);
  std::size_t size = before.size() + after.size();
  for (const auto piece : ready) size += piece.size();
  std::array<char, 20> size_line;
  const bool framed = chunked(q);
  if (size > 0) {
    if (framed) {
      const auto line_end = fmt::format_to(size_line.data(), "{:x}\r\n", size);
      pieces.push_back(buffer_of({size_line.data(), static_cast<std::size_t>(line_end - size_line.data())}));
    }
    if (!before.empty()) pieces.push_back(buffer_of(before));
    for (const auto piece : ready) pieces.push_back(buffer_of(piece));
    if (!after.empty()) pieces.push_back(buffer_of(after));
  }
  if (framed) {
    if (size > 0 && end == stream_end::whole) {
      pieces.push_back(buffer_of("\r\n0\r\n\r\n"));
    } else if (size > 0) {
      pieces.push_back(buffer_of("\r\n"));
    } else if (end == stream_end::whole) {
      pieces.push_back(buffer_of("0\r\n\r\n"));
    }
  }
  co_return pieces.empty() || q.client.write_at_once(pieces) || co_await q.client.write(pieces);
}

}  // namespace

void send_head_early(query_state& q) {
  if (q.client_head == head_state::not_sent) {
    write_stream_head(q, routes::none_index, {});
    if (q.client.write_now(q.scratch.client_head)) {
      q.client_head = head_state::sent_early;
      q.status = 200;
    }
  } else {
    const auto comment = keep_alive_for(q);
    q.client.write_now(chunked(q) ? fmt::format("{:x}\r\n{}\r\n", comment.size(), comment)
                                  : std::string(comment));
  }
  q.head_clock->set_after(keep_alive_every);
}

providers::task<bool> send_events(query_state& q, running_attempt& by, std::string_view extra,
                                  stream_end end) {
  auto& held = by.buffers->held;
  const bool sent =
      co_await send_chunk(q, by.target, by.buffers->passed, {std::string_view(held), extra}, by.ready, end);
  held.clear();
  by.ready = {};
  co_return sent;
}

providers::task<bool> send_whole(query_state& q, routes::target_index target, int status,
                                 std::string_view fields, std::string_view body) {
  if (q.head_clock) q.head_clock->drop();
  write_whole_head(q, target, status, fields, body.size());
  q.client_head = head_state::sent;
  q.status = status;
  const std::array<asio::const_buffer, 2> pieces{buffer_of(q.scratch.client_head), buffer_of(body)};
  co_return q.client.write_at_once(pieces) || co_await q.client.write(pieces);
}

void tell_shortage(const query_state& q, own_error& what) {
  if (q.limits == nullptr) return;
  if (what.code == "price_unknown" && q.limits->unpriced()) {
    const auto& of = *q.limits->unpriced();
    what.message = sentences(unpriced_text(of.where, of.target, *q.deployed->policy), what.message);
  }
  if (!q.limits->shortage()) return;
  const auto& shortage = *q.limits->shortage();
  what.message = sentences(shortage_text(shortage, *q.deployed->policy), what.message);
  if (const auto wait = shortage_wait(shortage, std::time(nullptr))) {
    what.retry_after = wait;
  } else {
    // Money does not come back while a client waits.
    what.retries = more_retries::pointless;
  }
}

providers::task<bool> send_error(query_state& q, const own_error& what) {
  if (q.client_head != head_state::not_sent) co_return co_await send_break(q, what.code, what.message);
  const auto told = own_words(what.status, what.code, what.message, q.id);
  const auto body = is_dressed(q) ? dressed_error(q, what) : error_body_for(q.path.in, told);
  std::string fields;
  add_field(fields, "content-type", "application/json");
  if (what.retry_after) {
    // Whole seconds, rounded up: a client that comes back early would be refused again.
    add_field(fields, "retry-after", static_cast<std::uint64_t>((what.retry_after->count() + 999) / 1000));
  }
  if (what.retries == more_retries::pointless) add_field(fields, "x-should-retry", "false");
  co_return co_await send_whole(q, routes::none_index, error_status_for(q.path.in, told), fields, body);
}

providers::task<bool> send_failure_as_it_came(query_state& q, routes::target_index target) {
  if (q.client_head != head_state::not_sent) {
    co_return co_await send_break(q, "upstream_error",
                                  "the target refused the query after the head had gone out");
  }
  if (is_dressed(q)) {
    const auto body = dressed_failure(q, target);
    std::string fields;
    add_field(fields, "content-type", "application/json");
    co_return co_await send_whole(q, target, q.failed_status == 200 ? 502 : q.failed_status, fields, body);
  }
  if (!in_clients_words(q)) {
    const auto told = relayed_error(q);
    const auto body = error_body_for(q.path.in, told);
    std::string fields;
    add_field(fields, "content-type", "application/json");
    co_return co_await send_whole(q, target, error_status_for(q.path.in, told), fields, body);
  }
  co_return co_await send_whole(q, target, q.failed_status, q.failed_fields, q.failed_body);
}

providers::task<bool> send_break(query_state& q, std::string_view code, std::string_view message) {
  constexpr int broken_answer = 502;
  const auto event = is_dressed(q) ? dressed_break(q, code, message)
                                   : break_event(q, own_words(broken_answer, code, message, q.id));
  q.after = after_answer::close;
  co_return co_await send_chunk(q, q.answered_by, {}, {std::string_view(event), {}}, {}, stream_end::open);
}

}  // namespace nearfar::gateway
