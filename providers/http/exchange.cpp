#include "providers/http/exchange.hpp"

#include "providers/http/error_text.hpp"
#include "providers/http/liveness.hpp"

#include <algorithm>
#include <utility>

namespace nearfar::providers {

using routes::error_kind;
using routes::make_error;

exchange::exchange(pool& connections, deadline_queue& deadlines)
    : pool_(connections), clock_(deadlines, [this] { expired(); }) {
  // Most heads fit: growing to it would be five allocations.
  constexpr std::size_t usual_fields = 32;
  head_.fields.reserve(usual_fields);
}

exchange::~exchange() = default;

// The pending operation, if any, ends with operation_aborted; if it has just ended well, its result
// stands and the flag stops the next one.
void exchange::expired() {
  timed_out_ = true;
  if (cancel_connect_) cancel_connect_();
  if (connection_) connection_->cancel();
}

void exchange::cancel() {
  cancelled_ = true;
  if (cancel_connect_) cancel_connect_();
  if (connection_) connection_->cancel();
}

void exchange::clock(std::optional<std::chrono::steady_clock::time_point> until) {
  timed_out_ = false;
  if (until)
    clock_.set(*until);
  else
    clock_.drop();
}

void exchange::begin() {
  connection_.reset();
  consumed_ = 0;
  sent_ = 0;
  left_ = 0;
  complete_ = false;
  reusable_ = true;
  watched_ = false;
  chunks_.reset();
}

bool exchange::open_idle(const origin& to, reuse how) {
  begin();
  if (stopped() || how != reuse::allowed) return false;
  connection_ = pool_.take_idle(to);
  return is_open();
}

task<routes::result<void>> exchange::open(const origin& to, reuse how,
                                          std::chrono::milliseconds connect_time) {
  if (open_idle(to, how)) co_return routes::result<void>();
  if (stopped()) co_return classify({}, phase::before_answer);
  auto made = co_await pool_.acquire(to, reuse::fresh_only, connect_time, &cancel_connect_);
  if (cancelled_) co_return classify({}, phase::before_answer);
  if (made) {
    connection_ = std::move(*made);
    co_return routes::result<void>();
  }
  if (timed_out_) co_return classify({}, phase::before_answer);
  co_return made.error();
}

bool exchange::send_at_once(std::span<const asio::const_buffer> pieces) {
  if (stopped()) return false;
  const auto sent = connection_->write_now(pieces);
  sent_ = sent ? *sent : 0;  // an error comes again, to be told by send
  return sent_ == asio::buffer_size(pieces);
}

task<routes::result<void>> exchange::send(std::span<const asio::const_buffer> pieces) {
  if (stopped()) co_return classify({}, phase::before_answer);
  const auto sent = co_await connection_->write(pieces, std::exchange(sent_, 0));
  if (sent) co_return routes::result<void>();
  if (stopped()) co_return classify(sent.error(), phase::before_answer);
  // A server that refuses a large body answers and closes while it is still being sent. The socket is
  // broken, so this read cannot wait.
  reusable_ = false;
  const auto early = co_await connection_->read_some(input_size);
  if (early && *early > 0) co_return routes::result<void>();
  co_return classify(sent.error(), phase::before_answer);
}

std::string_view exchange::unread() const {
  const auto bytes = connection_->input().cdata();
  return std::string_view(static_cast<const char*>(bytes.data()), bytes.size()).substr(consumed_);
}

// What was handed out is gone after; so every wait for more bytes begins.
std::size_t exchange::room_to_read() {
  connection_->input().consume(std::exchange(consumed_, 0));
  return input_size - connection_->input().size();
}

boost::system::result<std::size_t> exchange::took(boost::system::error_code ec, std::size_t count) {
  connection_->input().commit(count);
  if (ec && ec != asio::error::eof) return ec;
  return count;
}

task<boost::system::result<std::size_t>> exchange::read_more() {
  const auto room = room_to_read();
  auto* const socket = connection_->plain_socket();
  if (socket == nullptr) co_return co_await connection_->read_some(room);
  const auto [ec, count] = co_await socket->async_read_some(connection_->input().prepare(room), use_result);
  co_return took(ec, count);
}

task<routes::result<const response_head*>> exchange::read_head() {
  for (;;) {
    const auto bytes = unread();
    if (!bytes.empty()) {
      const auto size = parse_response_head(bytes, head_);
      if (!size) co_return size.error();
      if (*size) {
        consumed_ = **size;
        begin_body();
        co_return &head_;
      }
    }
    const auto now = bytes.empty() ? phase::before_answer : phase::head;
    if (stopped()) co_return classify({}, now);
    const auto n = co_await read_more();
    if (cancelled_ || !n) co_return classify(n ? boost::system::error_code() : n.error(), now);
    if (*n == 0) co_return classify(asio::error::eof, now);
  }
}

void exchange::begin_body() {
  reusable_ = reusable_ && head_.keep_alive;
  if (head_.content_type.starts_with("text/event-stream")) {
    watched_ = true;
    probe_while_silent(connection_->native_handle(), peer_probes::on);
  }
  left_ = head_.length;
  switch (head_.framing) {
    case body_framing::none:
      complete_ = true;
      break;
    case body_framing::length:
      complete_ = left_ == 0;
      break;
    case body_framing::chunked:
      // So that unread bytes are data: has_buffered() relies on it.
      consumed_ += chunks_.skip_framing(unread());
      complete_ = chunks_.done();
      break;
    case body_framing::until_close:
      break;
  }
}

// Empty: more bytes are needed, or the body is complete.
routes::result<std::string_view> exchange::next_piece() {
  const auto bytes = unread();
  if (head_.framing == body_framing::chunked) {
    const auto step = chunks_.feed(bytes);
    if (!step) {
      return make_error(error_kind::broken, step.error().context);
    }
    consumed_ += step->consumed;
    complete_ = chunks_.done();
    return step->data;
  }
  if (head_.framing == body_framing::until_close) {
    consumed_ += bytes.size();
    return bytes;
  }
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  consumed_ += n;
  left_ -= n;
  complete_ = left_ == 0;
  return bytes.substr(0, n);
}

task<routes::result<std::string_view>> exchange::read_body() {
  for (;;) {
    if (complete_) co_return std::string_view();
    const auto piece = next_piece();
    if (!piece || !piece->empty() || complete_) co_return piece;
    if (stopped()) co_return classify({}, phase::body);
    boost::system::result<std::size_t> n = std::size_t{0};
    if (auto* const socket = connection_->plain_socket()) {
      // As read_more, in this frame: a stream spends its life here, and when it wakes each frame is memory
      // that the processor has to fetch.
      const auto [ec, count] =
          co_await socket->async_read_some(connection_->input().prepare(room_to_read()), use_result);
      n = took(ec, count);
    } else {
      n = co_await read_more();
    }
    if (cancelled_ || !n) co_return classify(n ? boost::system::error_code() : n.error(), phase::body);
    if (*n > 0) continue;
    if (head_.framing != body_framing::until_close || connection_->is_cut())
      co_return classify(asio::error::eof, phase::body);
    complete_ = true;
  }
}

routes::result<std::string_view> exchange::read_buffered() {
  if (complete_) return std::string_view();
  return next_piece();
}

bool exchange::has_buffered() const {
  return complete_ || (connection_ && !unread().empty());
}

void exchange::finish() {
  clock(std::nullopt);
  if (!connection_) return;
  // Bytes behind a complete answer belong to no request: never to the next one.
  if (complete_ && reusable_ && unread().empty()) {
    connection_->input().consume(consumed_);
    consumed_ = 0;
    if (watched_) probe_while_silent(connection_->native_handle(), peer_probes::off);
    pool_.release(std::move(connection_));
  }
  connection_.reset();
}

routes::error exchange::classify(boost::system::error_code ec, phase now) const {
  static constexpr const char* where[] = {"before an answer", "within the head", "within the body"};
  const std::string place = where[static_cast<int>(now)];
  if (cancelled_) return make_error(error_kind::cancelled, "cancelled " + place, ec);
  if (timed_out_) return make_error(error_kind::timeout, "time was over " + place, ec);
  auto kind = now == phase::body ? error_kind::broken : error_kind::reset;
  // Never `stale`: a fresh connection would take the same dead way.
  if (connection_ && connection_->is_cut()) return cut_error(kind, place);
  if (now == phase::before_answer && reused()) kind = error_kind::stale;
  const std::string why = ec == asio::error::eof ? "connection closed" : reason(ec);
  return make_error(kind, why + " " + place, ec);
}

}  // namespace nearfar::providers
