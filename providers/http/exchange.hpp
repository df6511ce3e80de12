// One request and its response on one connection. The caller owns the order of calls:
// send, read_head, read_body until it is empty and complete(), finish.
#pragma once

#include "providers/http/chunk_reader.hpp"
#include "providers/http/pool.hpp"
#include "providers/http/response_head.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

namespace nearfar::providers {

// Single-threaded. cancel() may be called at any time on the core; the pending call returns an error
// of kind `cancelled`. A clock that runs out gives kind `timeout`.
class exchange {
 public:
  exchange(pool& connections, deadline_queue& deadlines);
  ~exchange();  // an unfinished exchange closes its connection

  // Connects (or reuses) and nothing more. Kinds: connect, dns, tls, timeout, cancelled.
  task<routes::result<void>> open(const origin& to, reuse how, std::chrono::milliseconds connect_time);

  // One gather write. EOF or reset on a reused connection is `stale`.
  task<routes::result<void>> send(std::span<const asio::const_buffer> pieces);

  // The clock of the waiting that follows; nullopt: none. Kept until changed.
  void clock(std::optional<std::chrono::steady_clock::time_point> until);

  // The head stays valid until the first read_body. EOF or reset before any byte: `stale` on a reused
  // connection, else `reset`.
  task<routes::result<const response_head*>> read_head();

  // The next decoded piece of the body, valid until the next call; empty with complete(): the end. A
  // body that ends before its framing says so is `broken`.
  task<routes::result<std::string_view>> read_body();
  bool complete() const { return complete_; }
  // True when read_body can answer from bytes that are already here.
  bool has_buffered() const;

  // Gives a complete exchange's connection back to the pool; else closes it.
  void finish();
  void cancel();

  bool is_open() const { return static_cast<bool>(connection_); }
  bool reused() const { return connection_ && connection_->reused(); }
  int native_handle() const { return connection_ ? connection_->native_handle() : -1; }

 private:
  routes::error classify(boost::system::error_code ec, const char* doing, bool any_byte) const;

  pool& pool_;
  deadline clock_;
  connection_ptr connection_;
  response_head head_;
  chunk_reader chunks_;
  std::uint64_t left_ = 0;
  std::size_t consumed_ = 0;  // bytes at the front of input() that were handed out
  bool complete_ = false;
  bool timed_out_ = false;
  bool cancelled_ = false;
  bool any_byte_ = false;
  std::function<void()> cancel_connect_;
};

}  // namespace nearfar::providers
