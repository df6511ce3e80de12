// One connection to a provider: plain, TLS or unix socket, with its read buffer.
#pragma once

#include "providers/http/deadline.hpp"
#include "providers/http/origin.hpp"
#include "providers/io.hpp"
#include "routes/error.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <cstddef>
#include <memory>
#include <span>

namespace nearfar::providers {

// Single-threaded: used on the core that made it. cancel() may be called at any time on that core
// (from a deadline, from the client's side); the pending operation then ends with operation_aborted.
class connection {
 public:
  virtual ~connection() = default;

  // Appends to input(); 0 with no error: end of stream. A TLS stream cut without close_notify is an
  // error.
  virtual task<boost::system::result<std::size_t>> read_some(std::size_t at_most) = 0;
  virtual task<boost::system::result<void>> write(std::span<const asio::const_buffer> pieces) = 0;

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
  boost::beast::flat_buffer input_;  // reserve(64 KiB) by whoever makes the connection
  unsigned uses_ = 0;
  std::string pool_key_;
};

using connection_ptr = std::unique_ptr<connection>;

}  // namespace nearfar::providers
