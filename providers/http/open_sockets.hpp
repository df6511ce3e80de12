// Every open or opening socket of one core, so that a link that goes down takes those along that used it:
// the peer's silence would tell only after many seconds.
#pragma once

#include "providers/link/link_table.hpp"
#include "routes/error.hpp"

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace nearfar::providers {

// What the kernel has measured on a connection (TCP_INFO), free of charge.
struct tcp_path {
  std::chrono::microseconds round_trip{0};
  std::uint32_t sent = 0;      // segments
  std::uint32_t repeated = 0;  // of them, again
  std::uint32_t unanswered_repeats = 0;

  // A round trip of 0.8 s or more, a tenth of at least 50 segments sent twice, or two repeats in a row
  // that nobody acknowledged.
  bool is_slow() const;
};

// nullopt: no TCP socket.
std::optional<tcp_path> measure_path(int native_handle);

// A member of the list; leaves it when it dies. Single-threaded.
class open_socket
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  open_socket() = default;
  open_socket(const open_socket&) = delete;
  open_socket& operator=(const open_socket&) = delete;
  virtual ~open_socket() = default;

  bool is_cut() const { return cut_; }

 protected:
  virtual int socket_handle() = 0;  // -1: none at the moment
  // What waits on it must end at once. Called at most once.
  virtual void on_cut() = 0;

 private:
  friend class open_sockets;
  bool cut_ = false;
};

class open_sockets {
 public:
  void add(open_socket& one) { all_.push_front(one); }
  // Cuts what used one of these ways; returns how many.
  std::size_t cut(std::span<const lost_path> lost);

 private:
  boost::intrusive::list<open_socket, boost::intrusive::constant_time_size<false>> all_;
};

// The error of a call whose socket was cut, of the kind that the call would have given.
routes::error cut_error(routes::error_kind kind, const std::string& place);
bool was_cut(const routes::error& e);

}  // namespace nearfar::providers
