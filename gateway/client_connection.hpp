// One client's connection: its socket, its read buffer, its clock, and the watch for its going away.
#pragma once

#include "gateway/listen_address.hpp"
#include "providers/http/deadline.hpp"
#include "providers/io.hpp"

#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace nearfar::gateway {

struct core;

enum class client_phase : std::uint8_t { idle, busy };

// Lives on one core. Owned by its session's coroutine; pending handlers keep it alive.
class client_connection : public std::enable_shared_from_this<client_connection> {
 public:
  client_connection(core& on, providers::stream_socket socket, std::shared_ptr<const listen_address> from);
  ~client_connection();

  // Appends to input(). False: closed, reset, or the clock ran out (timed_out()).
  providers::task<bool> read_more();
  // The two halves of read_more around a read of socket(), for those who would wait in a frame of their
  // own. Nothing may be read where read_room() is empty.
  providers::asio::mutable_buffer read_room();
  bool took(const boost::system::error_code& ec, std::size_t got);
  // Reads into `to` and not into input(): for bodies. The same answers; `got` says how many bytes.
  providers::task<bool> read_into(char* to, std::size_t size, std::size_t& got);
  // Writes all of it, waiting for a slow client. False: the client is gone, or took nothing for two
  // minutes.
  providers::task<bool> write(std::span<const providers::asio::const_buffer> pieces);
  // The first half of write: true when the socket took all of it at once, which spares a coroutine.
  // Otherwise write goes on from there, with the same pieces.
  bool write_at_once(std::span<const providers::asio::const_buffer> pieces);
  // Writes whole or not at all, without waiting; for keep-alives from a clock's handler. Never while
  // write() is pending.
  bool write_now(std::string_view bytes);

  void clock(std::chrono::milliseconds from_now);
  void stop_clock();
  bool timed_out() const { return timed_out_; }

  // While a query is answered nobody reads the client: this notices that it went away, though not within
  // the first 20 ms: watching costs more than most of what a fast answer would save. The handler runs
  // at most once, on the core. Bytes of a next request end the watch quietly.
  void watch(std::function<void()> on_gone);
  void unwatch();
  bool gone() const { return gone_; }

  // The orderly end: half-closes, and where the client may still be sending reads a little more of it,
  // because closing on unread bytes sends a reset that destroys the answer on its way.
  enum class unread : std::uint8_t { none, some };
  providers::task<void> close_gently(unread rest);

  // Ends whatever is pending and every later operation.
  void abort();

  client_phase phase = client_phase::idle;

  boost::beast::flat_buffer& input() { return input_; }
  core& on() { return core_; }
  const listen_address& came_by() const { return *from_; }
  providers::stream_socket& socket() { return socket_; }

 private:
  void wait_for_news();
  void look();

  core& core_;
  providers::stream_socket socket_;
  std::shared_ptr<const listen_address> from_;
  boost::beast::flat_buffer input_;
  providers::deadline clock_;
  providers::deadline patience_;  // until the watch begins
  std::function<void()> on_gone_;
  std::size_t written_ = 0;  // by write_at_once, where that was not all
  bool waiting_ = false;     // a wait is queued at the socket; it may outlive its watch
  bool gone_ = false;
  bool timed_out_ = false;
};

}  // namespace nearfar::gateway
