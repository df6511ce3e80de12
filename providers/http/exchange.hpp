// One request and its response on one connection. The caller owns the order of calls:
// send, read_head, read_body until it is empty and complete(), finish.
#pragma once

#include "providers/http/chunk_reader.hpp"
#include "providers/http/deadline.hpp"
#include "providers/http/pool.hpp"
#include "providers/http/response_head.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

namespace nearfar::providers {

// Single-threaded. cancel() may be called at any time on the core; the pending call returns an error
// of kind `cancelled`, and so does every later one that would wait. A clock that runs out gives kind
// `timeout`. open() may be called again for the next attempt: one object serves a session, and
// allocates nothing once its vectors have grown.
class exchange {
 public:
  exchange(pool& connections, deadline_queue& deadlines);
  ~exchange();  // an unfinished exchange closes its connection
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  // Connects (or reuses) and nothing more. Kinds: connect, dns, tls, timeout, cancelled. An unfinished
  // exchange is closed first.
  task<routes::result<void>> open(const origin& to, reuse how, std::chrono::milliseconds connect_time);

  // The first half of open: true when an idle connection was to be had at once. Spares a coroutine.
  bool open_idle(const origin& to, reuse how);

  // One gather write. EOF or reset on a reused connection is `stale`, else `reset`; where the peer has
  // answered before it closed (an error for a body it would not take), it is a success.
  task<routes::result<void>> send(std::span<const asio::const_buffer> pieces);

  // The first half of send: true when the socket took all of it at once. Otherwise send goes on from
  // there, with the same pieces.
  bool send_at_once(std::span<const asio::const_buffer> pieces);

  // The clock of the waiting that follows; nullopt: none. Kept until changed, or finish().
  void clock(std::optional<std::chrono::steady_clock::time_point> until);

  // The head stays valid until the first read_body. EOF or reset before any byte: `stale` on a reused
  // connection, else `reset`; within the head: `reset`. What is no HTTP is `bad_answer`.
  task<routes::result<const response_head*>> read_head();

  // The next decoded piece of the body; empty with complete(): the end. complete() may be true with the
  // last piece already. A body that ends before its framing says so is `broken`.
  //
  // A piece is valid until the next call that finds has_buffered() false: several buffered pieces may
  // be gathered.
  task<routes::result<std::string_view>> read_body();
  bool complete() const { return complete_; }
  // True when read_body can answer from bytes that are already here.
  bool has_buffered() const;
  // What read_body would give then, without a coroutine. Only after has_buffered().
  routes::result<std::string_view> read_buffered();

  // Gives a complete exchange's connection back to the pool; else closes it. Drops the clock.
  void finish();
  void cancel();
  bool cancelled() const { return cancelled_; }

  // Finished after a whole answer: what is kept for another open().
  bool is_done() const { return complete_ && !connection_ && !cancelled_; }
  bool is_open() const { return static_cast<bool>(connection_); }
  bool reused() const { return connection_ && connection_->reused(); }
  int native_handle() const { return connection_ ? connection_->native_handle() : -1; }

 private:
  enum class phase : std::uint8_t { before_answer, head, body };

  void expired();
  void begin();
  void begin_body();
  bool stopped() const { return cancelled_ || timed_out_; }
  std::string_view unread() const;
  routes::result<std::string_view> next_piece();
  // Of a read: how much room there is, and what came of one of the socket's own. 0 bytes: the end.
  std::size_t room_to_read();
  boost::system::result<std::size_t> took(boost::system::error_code ec, std::size_t count);
  task<boost::system::result<std::size_t>> read_more();
  routes::error classify(boost::system::error_code ec, phase now) const;

  pool& pool_;
  deadline clock_;
  connection_ptr connection_;
  response_head head_;
  chunk_reader chunks_;
  std::uint64_t left_ = 0;
  std::size_t consumed_ = 0;  // bytes at the front of input() that were handed out
  std::size_t sent_ = 0;      // by send_at_once, where that was not all
  bool complete_ = false;
  bool timed_out_ = false;
  bool cancelled_ = false;
  bool reusable_ = false;
  bool watched_ = false;  // a stream: its silent peer is probed
  std::function<void()> cancel_connect_;
};

}  // namespace nearfar::providers
