// One connection of the upstream double: reads requests, plays answer scripts.
#pragma once

#include "providers/io.hpp"
#include "tests/support/answer_script.hpp"
#include "tests/support/dialect_writer.hpp"
#include "tests/support/double_control.hpp"
#include "tests/support/double_state.hpp"

#include <boost/asio/ssl/context.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace nearfar::support {

// What all connections of a double share. Outlives them.
struct double_shared {
  double_state* state = nullptr;
  std::string name;
  std::mutex lists_lock;
  std::vector<std::string> models;            // under the lock
  std::optional<control_answer> list_answer;  // instead of them; under the lock
  std::vector<std::unique_ptr<dialect_writer>> dialects;
  std::atomic<bool> healthy{true};
};

// Bytes in and out of a socket, with or without TLS. Errors are values.
class transport {
 public:
  using io_result = std::tuple<boost::system::error_code, std::size_t>;

  virtual ~transport() = default;
  virtual providers::task<boost::system::error_code> handshake() = 0;
  virtual providers::task<io_result> read_some(providers::asio::mutable_buffer into) = 0;
  virtual providers::task<io_result> write(std::string_view bytes) = 0;
  virtual providers::stream_socket& socket() = 0;
};

std::unique_ptr<transport> plain_transport(providers::stream_socket socket);
std::unique_ptr<transport> tls_transport(providers::stream_socket socket, providers::asio::ssl::context& tls);

class double_connection : public std::enable_shared_from_this<double_connection> {
 public:
  double_connection(std::unique_ptr<transport> wire, double_shared& shared);
  ~double_connection();

  void start();  // keeps itself alive until the connection is closed
  void close();  // FIN
  void reset();  // RST
  bool idle() const { return idle_ && in_.empty(); }

 private:
  using task_void = providers::task<void>;

  static task_void serve(std::shared_ptr<double_connection> self);
  static task_void keep_reading(std::shared_ptr<double_connection> self);
  providers::task<bool> take_head(request_head& out);
  providers::task<bool> take_body(const request_head& head, std::string& out);
  providers::task<bool> one_request();
  providers::task<bool> answer_model_request(request_head head, const dialect_writer& dialect);
  providers::task<bool> answer_other(const request_head& head);
  providers::task<request_outcome> play(answer_script& script, const behaviour& how, billed_request& bill);
  providers::task<bool> wait_playing(const action& a);
  providers::task<bool> wait_released();
  providers::task<bool> send(std::string_view bytes, unsigned split = 0);
  task_void changed_or(std::chrono::steady_clock::time_point until);
  void notify();

  std::unique_ptr<transport> wire_;
  double_shared& shared_;
  std::uint64_t number_ = 0;
  std::uint64_t requests_ = 0;
  std::string in_;
  std::vector<char> scratch_;
  std::uint64_t read_rate_ = 0;
  bool idle_ = true;      // between requests
  bool playing_ = false;  // an answer
  bool gone_ = false;     // the client closed its side, or an error
  bool closed_ = false;   // by us
  providers::timer wake_;
  providers::timer read_pause_;
  std::chrono::steady_clock::time_point last_pause_end_;
};

}  // namespace nearfar::support
