// One connection to a provider: plain, TLS or unix socket, with its read buffer.
#pragma once

#include "providers/http/open_sockets.hpp"
#include "providers/io.hpp"
#include "routes/error.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace nearfar::providers {

// What one connection buffers of an answer. Reserved at once: growing it step by step costs 2.5 times
// the processor time of a request.
inline constexpr std::size_t input_size = 64 * 1024;

// Single-threaded: used on the core that made it. cancel() may be called at any time on that core
// (from a deadline, from the client's side); the pending operation then ends with operation_aborted.
//
// A connection whose link went down is_cut(): bytes that had arrived are still read, then every call ends.
class connection : public open_socket {
 public:
  // Appends to input(); 0 with no error: end of stream. A TLS stream cut without close_notify is an
  // error.
  virtual task<boost::system::result<std::size_t>> read_some(std::size_t at_most) = 0;
  // All of the pieces, which must outlive the call, but for the first `done` bytes.
  virtual task<boost::system::result<void>> write(std::span<const asio::const_buffer> pieces,
                                                  std::size_t done) = 0;

  // The socket, where its bytes are the stream's (null with TLS): whoever reads it into input() directly
  // spares the coroutine of read_some.
  virtual stream_socket* plain_socket() { return nullptr; }
  // The first half of write: how many bytes the socket takes at once (none with TLS).
  virtual boost::system::result<std::size_t> write_now(std::span<const asio::const_buffer>) {
    return std::size_t{0};
  }

  virtual void cancel() = 0;
  virtual void close() = 0;
  // False when the peer has closed or sent something while idle: not reusable. No system call that
  // blocks.
  virtual bool alive() = 0;
  virtual int native_handle() = 0;

  boost::beast::flat_buffer& input() { return input_; }
  bool reused() const { return uses_ > 1; }

 protected:
  friend class pool;
  connection() { input_.reserve(input_size); }

  boost::beast::flat_buffer input_;
  unsigned uses_ = 0;
  std::string pool_key_;

 private:
  int socket_handle() override { return native_handle(); }
  void on_cut() override;
};

using connection_ptr = std::unique_ptr<connection>;

// Takes a connected TCP or unix socket.
connection_ptr make_plain_connection(stream_socket socket);

// Without a system call that blocks: whether an idle socket is still open, and whether bytes wait.
enum class idle_state : std::uint8_t { quiet, readable, closed };
idle_state look_at_idle(int native_handle);

}  // namespace nearfar::providers
