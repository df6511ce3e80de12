// A model server that does as it is told: answers like a vendor's, and fails in every way that a
// gateway has to survive. A library for tests, and `upstream_double`, a program, for people.
//
// One I/O thread of its own. Every method may be called from any thread. Control without the library:
// see double_control.hpp.
#pragma once

#include "tests/support/behaviour.hpp"
#include "tests/support/double_state.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nearfar::support {

struct double_options {
  std::string name = "double";  // begins the default answer, so that a test sees who gave it
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;                     // 0: the kernel chooses
  std::string unix_path{};                    // instead of host and port
  std::string certificate{};                  // PEM file; with private_key: TLS instead of plain
  std::string private_key{};                  // PEM file
  std::vector<std::string> models{"double"};  // GET /v1/models
  std::size_t keep_requests = 1'000;          // the newest, with their bodies; 0: counters only
};

class upstream_double {
 public:
  // Listens when it returns. Throws boost::system::system_error when it cannot.
  explicit upstream_double(double_options options = {});
  ~upstream_double();  // closes every connection
  upstream_double(const upstream_double&) = delete;
  upstream_double& operator=(const upstream_double&) = delete;

  std::uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:40123", "https://...", "unix:/path"

  void set_default(behaviour b) { state().set_default(std::move(b)); }
  void push(behaviour b, unsigned times = 1) { state().push(std::move(b), times); }
  double_counters counters() const { return state().counters(); }
  std::vector<recorded_request> requests() const { return state().requests(); }
  billed_tokens billed() const { return state().billed(); }
  std::vector<billed_request> bill() const { return state().bill(); }
  bool wait(const std::function<bool(const double_counters&)>& holds, millis at_most = millis{10'000}) const {
    return state().wait(holds, at_most);
  }
  // Lets so many more tokens (or ends) of gated answers go.
  void release(std::uint64_t count = 1) { state().release(count); }
  double_state& state() const;

  // The port stays bound, nobody listens: connects are refused. Open connections live on.
  void refuse();
  // Listens again.
  void listen();
  // As a killed process looks from outside: every connection reset, the port refuses.
  void kill();
  // FIN on every connection that waits for a request. A client may have read an answer before its
  // connection is idle here: wait for `completed` first.
  void close_idle();

  // GET /health and /v1/health: 200, or 503 with {"status":"loading model"} as llama-server says it.
  void set_healthy(bool healthy);

  // GET …/models: these, or exactly this answer instead.
  void set_models(std::vector<std::string> models);
  void set_list_answer(int status, std::string body);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::support
