#include "tests/support/double_connection.hpp"

#include "tests/support/double_control.hpp"
#include "tests/support/json_text.hpp"

#include <fmt/format.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>

namespace nearfar::support {
namespace {

namespace asio = providers::asio;
using boost::system::error_code;
using clock_type = std::chrono::steady_clock;
using providers::stream_socket;
using providers::task;
using providers::use_result;

constexpr std::size_t small_read = 4'096;
constexpr std::size_t large_read = 65'536;
constexpr std::size_t read_ahead = 1U << 20U;  // pipelined bytes kept while an answer is played
constexpr millis release_poll{2};
constexpr std::size_t burst_limit = 16'384;

class plain final : public transport {
 public:
  explicit plain(stream_socket s) : socket_(std::move(s)) {}
  task<error_code> handshake() override { co_return error_code{}; }
  task<io_result> read_some(asio::mutable_buffer into) override {
    co_return co_await socket_.async_read_some(into, use_result);
  }
  task<io_result> write(std::string_view bytes) override {
    co_return co_await asio::async_write(socket_, asio::buffer(bytes), use_result);
  }
  stream_socket& socket() override { return socket_; }

 private:
  stream_socket socket_;
};

// Ends without close_notify: whoever reads to the end of a body must go by its framing.
class encrypted final : public transport {
 public:
  encrypted(stream_socket s, asio::ssl::context& tls) : stream_(std::move(s), tls) {}
  task<error_code> handshake() override {
    auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::server, use_result);
    co_return ec;
  }
  task<io_result> read_some(asio::mutable_buffer into) override {
    co_return co_await stream_.async_read_some(into, use_result);
  }
  task<io_result> write(std::string_view bytes) override {
    co_return co_await asio::async_write(stream_, asio::buffer(bytes), use_result);
  }
  stream_socket& socket() override { return stream_.next_layer(); }

 private:
  asio::ssl::stream<stream_socket> stream_;
};

std::string json_answer(int status, std::string_view body, bool keep_alive) {
  return fmt::format("HTTP/1.1 {} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{}\r\n{}",
                     status, reason_phrase(status), body.size(), keep_alive ? "" : "connection: close\r\n",
                     body);
}

// In the words of whom the request seems to be meant for.
std::string model_list(const request_head& head, const std::vector<std::string>& models) {
  const bool anthropic = head.has("anthropic-version");
  const bool gemini = head.path().find("/v1beta/") != std::string_view::npos && !head.has("authorization");
  const bool ollama = head.path().ends_with("/api/tags");
  std::string list;
  for (const auto& m : models) {
    if (!list.empty()) list += ',';
    std::string id;
    append_json_string(id, gemini ? "models/" + m : m);
    if (anthropic) {
      list += R"({"type":"model","id":)" + id + R"(,"display_name":)" + id +
              R"(,"created_at":"2026-01-01T00:00:00Z","max_input_tokens":200000,"max_tokens":64000})";
    } else if (gemini) {
      list += R"({"name":)" + id + R"(,"version":"1","displayName":)" + id +
              R"(,"inputTokenLimit":1048576,"outputTokenLimit":65536,)"
              R"("supportedGenerationMethods":["generateContent","countTokens"]})";
    } else if (ollama) {
      list += R"({"name":)" + id + R"(,"model":)" + id + R"(,"size":1,"details":{}})";
    } else {
      list += R"({"id":)" + id + R"(,"object":"model","created":1760000000,"owned_by":"double"})";
    }
  }
  if (anthropic) return R"({"data":[)" + list + R"(],"has_more":false,"first_id":null,"last_id":null})";
  if (gemini || ollama) return R"({"models":[)" + list + "]}";
  return R"({"object":"list","data":[)" + list + "]}";
}

}  // namespace

std::unique_ptr<transport> plain_transport(stream_socket socket) {
  return std::make_unique<plain>(std::move(socket));
}

std::unique_ptr<transport> tls_transport(stream_socket socket, asio::ssl::context& tls) {
  return std::make_unique<encrypted>(std::move(socket), tls);
}

double_connection::double_connection(std::unique_ptr<transport> wire, double_shared& shared)
    : wire_(std::move(wire)),
      shared_(shared),
      scratch_(small_read),
      wake_(wire_->socket().get_executor()),
      read_pause_(wire_->socket().get_executor()) {
  error_code ignored;
  wire_->socket().set_option(asio::ip::tcp::no_delay(true), ignored);  // fails on a unix socket, rightly
  number_ = shared_.state->connection_opened();
}

double_connection::~double_connection() {
  shared_.state->connection_closed();
}

void double_connection::start() {
  providers::spawn(wire_->socket().get_executor(), serve(shared_from_this()));
}

void double_connection::close() {
  closed_ = true;
  error_code ignored;
  wire_->socket().shutdown(stream_socket::shutdown_both, ignored);
  wire_->socket().close(ignored);
  notify();
  read_pause_.cancel();
}

void double_connection::reset() {
  error_code ignored;
  wire_->socket().set_option(stream_socket::linger(true, 0), ignored);
  closed_ = true;
  wire_->socket().close(ignored);
  notify();
  read_pause_.cancel();
}

task<void> double_connection::serve(std::shared_ptr<double_connection> self) {
  if (co_await self->wire_->handshake()) co_return;
  providers::spawn(self->wire_->socket().get_executor(), keep_reading(self));
  while (co_await self->one_request()) {
  }
  if (!self->closed_) self->close();
}

// Reads all the time, also while an answer is played: that is how a client that went away is seen.
task<void> double_connection::keep_reading(std::shared_ptr<double_connection> self) {
  auto& me = *self;
  while (!me.closed_) {
    if (me.read_rate_ == 0 && me.in_.size() >= me.scratch_.size() && me.scratch_.size() == small_read) {
      me.scratch_.resize(large_read);
    }
    std::size_t room = me.scratch_.size();
    if (me.read_rate_ != 0) {
      room = std::clamp<std::size_t>(me.read_rate_ / 20, 1, room);
      me.read_pause_.expires_after(millis{50});
      co_await me.read_pause_.async_wait(use_result);
      if (me.closed_) break;
    }
    auto [ec, n] = co_await me.wire_->read_some(asio::buffer(me.scratch_.data(), room));
    me.shared_.state->bytes(n, 0);
    me.in_.append(me.scratch_.data(), n);
    if (ec) me.gone_ = true;
    me.notify();
    if (ec) break;
    while (me.playing_ && me.in_.size() > read_ahead && !me.closed_) {
      me.read_pause_.expires_after(millis{20});
      co_await me.read_pause_.async_wait(use_result);
    }
  }
}

void double_connection::notify() {
  wake_.cancel();
}

task<void> double_connection::changed_or(clock_type::time_point until) {
  wake_.expires_at(until);
  co_await wake_.async_wait(use_result);
}

task<bool> double_connection::take_head(request_head& out) {
  std::size_t end = 0;
  while ((end = in_.find("\r\n\r\n")) == std::string::npos) {
    if (gone_ || closed_) co_return false;
    co_await changed_or(clock_type::time_point::max());
  }
  auto parsed = parse_request_head(std::string_view(in_).substr(0, end + 4));
  in_.erase(0, end + 4);
  idle_ = false;
  if (parsed) {
    out = std::move(*parsed);
    co_return true;
  }
  const auto answer = json_answer(400, R"({"error":{"message":"not a request head"}})", false);
  co_await send(answer);
  co_return false;
}

task<bool> double_connection::take_body(const request_head& head, std::string& out) {
  const bool comes = head.chunked || head.content_length.value_or(0) > 0;
  if (comes && head.expect_continue) co_await send("HTTP/1.1 100 Continue\r\n\r\n");
  if (!head.chunked) {
    const auto length = static_cast<std::size_t>(head.content_length.value_or(0));
    in_.reserve(std::min<std::size_t>(length, std::size_t{64} << 20U));
    while (in_.size() < length) {
      if (gone_ || closed_) co_return false;
      co_await changed_or(clock_type::time_point::max());
    }
    out = in_.substr(0, length);
    in_.erase(0, length);
    co_return true;
  }
  for (;;) {
    if (auto whole = dechunk(in_, 0)) {
      out = std::move(whole->body);
      in_.erase(0, whole->end);
      co_return !whole->bad;
    }
    if (gone_ || closed_) co_return false;
    co_await changed_or(clock_type::time_point::max());
  }
}

task<bool> double_connection::one_request() {
  idle_ = true;
  request_head head;
  if (!co_await take_head(head)) co_return false;
  if (head.method == "POST") {
    for (const auto& d : shared_.dialects) {
      if (!d->serves(head.path())) continue;
      co_return co_await answer_model_request(std::move(head), *d);
    }
  }
  co_return co_await answer_other(head);
}

task<bool> double_connection::answer_model_request(request_head head, const dialect_writer& dialect) {
  recorded_request record;
  record.connection = number_;
  record.on_connection = ++requests_;
  record.head = head;
  const auto how = shared_.state->choose(record);
  const auto number = shared_.state->request_began(std::move(record));
  if (how->read_bytes_per_s != 0) {
    read_rate_ = how->read_bytes_per_s;
    error_code ignored;
    wire_->socket().set_option(stream_socket::receive_buffer_size(static_cast<int>(small_read)), ignored);
  }
  std::string body;
  if (!co_await take_body(head, body)) {
    shared_.state->request_ended({.number = number, .outcome = request_outcome::cancelled});
    co_return false;
  }
  shared_.state->body_received(number, body);
  read_rate_ = 0;
  playing_ = true;
  last_pause_end_ = clock_type::now();
  answer_identity who;
  who.name = shared_.name;
  who.number = number;
  answer_script script(how, dialect, head, std::move(body), std::move(who));
  billed_request bill{.number = number, .model = script.model(), .tokens = script.owed()};
  bill.outcome = co_await play(script, *how, bill);
  const bool left = bill.left || bill.outcome == request_outcome::cancelled;
  if (left && how->full_bill) bill.tokens = script.owed_for_all();
  playing_ = false;
  const bool completed = bill.outcome == request_outcome::completed;
  shared_.state->request_ended(std::move(bill));
  co_return completed&& script.keep_alive();
}

task<bool> double_connection::answer_other(const request_head& head) {
  std::string body;
  if (!co_await take_body(head, body)) co_return false;
  const auto path = head.path();
  control_answer out;
  if (path.starts_with("/_double/")) {
    out = control(*shared_.state, head.method, head.target, body);
  } else {
    shared_.state->other_request(head);
    if (head.method == "GET" && (path.ends_with("/models") || path.ends_with("/api/tags"))) {
      const std::lock_guard hold(shared_.lists_lock);
      if (shared_.list_answer) {
        out = *shared_.list_answer;
      } else {
        out.body = model_list(head, shared_.models);
      }
    } else if (head.method == "GET" && path.ends_with("/health")) {
      out.status = shared_.healthy ? 200 : 503;
      out.body = shared_.healthy
                     ? R"({"status":"ok"})"
                     : R"({"error":{"message":"Loading model","type":"unavailable_error","code":503}})";
    } else {
      out.status = 404;
      out.body =
          R"({"error":{"message":"no such path","type":"invalid_request_error","param":null,"code":null}})";
    }
  }
  const auto bytes = json_answer(out.status, out.body, head.keep_alive);
  const bool sent = co_await send(bytes);
  co_return sent&& head.keep_alive;
}

// `bill` follows what is on the wire.
task<request_outcome> double_connection::play(answer_script& script, const behaviour& how,
                                              billed_request& bill) {
  std::string pending;
  for (;;) {
    auto a = script.next();
    if (a.kind == action_kind::write) {
      pending += a.bytes;
      if (how.burst && pending.size() < burst_limit) continue;
    }
    if (!pending.empty()) {
      const bool sent = co_await send(pending, how.split_bytes);
      if (!sent) co_return request_outcome::cancelled;
      bill.tokens = script.owed();
      bill.whole = script.whole();
      pending.clear();
    }
    switch (a.kind) {
      case action_kind::write:
        break;
      case action_kind::pause:
      case action_kind::stall: {
        const bool there = co_await wait_playing(a);
        if (there) break;
        bill.left = true;
        co_return a.kind == action_kind::stall ? request_outcome::broken : request_outcome::cancelled;
      }
      case action_kind::gate: {
        const bool there = co_await wait_released();
        if (there) break;
        co_return request_outcome::cancelled;
      }
      case action_kind::cut:
        close();
        co_return request_outcome::broken;
      case action_kind::reset:
        reset();
        co_return request_outcome::broken;
      case action_kind::finish:
        co_return request_outcome::completed;
    }
  }
}

// False: the client went away.
task<bool> double_connection::wait_playing(const action& a) {
  const bool forever = a.kind == action_kind::stall;
  const auto end = forever ? clock_type::time_point::max() : last_pause_end_ + a.wait;
  while (!gone_ && !closed_) {
    const auto now = clock_type::now();
    if (now >= end) break;
    auto until = end;
    if (a.comment_every.count() > 0) until = std::min(until, now + a.comment_every);
    while (!gone_ && !closed_ && clock_type::now() < until) co_await changed_or(until);
    if (gone_ || closed_) break;
    if (until != end && !co_await send(a.bytes)) co_return false;
  }
  if (!forever) last_pause_end_ = end;
  co_return !gone_ && !closed_;
}

// False: the client went away.
task<bool> double_connection::wait_released() {
  while (!gone_ && !closed_) {
    if (shared_.state->take_release()) co_return true;
    co_await changed_or(clock_type::now() + release_poll);
  }
  co_return false;
}

task<bool> double_connection::send(std::string_view bytes, unsigned split) {
  while (!bytes.empty()) {
    if (gone_ || closed_) co_return false;
    const auto piece = bytes.substr(0, split == 0 ? bytes.size() : split);
    auto [ec, n] = co_await wire_->write(piece);
    shared_.state->bytes(0, n);
    if (ec) co_return false;
    bytes.remove_prefix(piece.size());
    if (split != 0 && !bytes.empty()) co_await changed_or(clock_type::now() + millis{1});
  }
  co_return true;
}

}  // namespace nearfar::support
