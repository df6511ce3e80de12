// A gateway in this process with three upstream doubles behind it: device, self-hosted, remote.
#pragma once

#include "gateway/keys/key_edit.hpp"
#include "gateway/server.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/upstream_double.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::tests {

using support::behaviour;
using support::break_kind;
using support::break_point;
using support::http_answer;
using support::millis;
using support::raw_client;
using support::upstream_double;

using header_list = std::vector<std::pair<std::string, std::string>>;

// What a provider sees as its key.
inline constexpr std::string_view vendor_key = "sk-vendor-secret";

// A policy for the three doubles. Clocks are short enough for tests and long enough for a busy
// machine: what must not happen in a test never waits for them.
struct policy_text {
  std::string listen = "127.0.0.1:0";                        // `{folder}` is the temporary one
  std::string server;                                        // more keys of `server`, flow style
  std::string attempts = "first_token: 1500ms, stall: 20s";  // of the default entry, flow style
  std::string same_target = "1";
  std::string answer = "{device: 1500ms, self_hosted: 1500ms, remote: 20s}";
  std::string models =
      "  auto: [phone/small, homelab/medium, vendor/large]\n"
      "  near: [phone/small]\n"
      "  home: [homelab/medium]\n"
      "  far: [vendor/large]\n";
  std::string rule = "prefer: [device, self_hosted, remote]";  // of the default rule, flow style
  std::string guards;                                          // more of them, block style, indented by two
  std::string attempt_entries;        // before the default one, block style, indented by two
  std::string device_price = "free";  // of its target
  std::string self_hosted_price = "free";
  std::string remote_price = "free";
  std::string tags = "voice";
  std::vector<gateway::key_wishes> keys;  // made before the start
  std::string continuation;               // of every provider, flow style; empty: as the preset says
  // More of them, block style, indented by two; `{device}`, `{self_hosted}` and `{remote}` are the doubles'
  // urls.
  std::string providers;
  std::string more;  // whole top-level sections
  unsigned threads = 1;
  millis list_again{30'000};
  bool watch_links = true;
  bool from_file = false;  // written to `path()` and read from there, so that it can be edited
};

class gateway_under_test {
 public:
  explicit gateway_under_test(policy_text policy = {}, millis drain = millis{10'000});
  ~gateway_under_test();

  // Before every gateway: they must outlive it.
  upstream_double device{{.name = "device"}};
  upstream_double self_hosted{{.name = "self_hosted"}};
  upstream_double remote{{.name = "remote"}};

  gateway::server& server() { return *server_; }
  const std::string& folder() const { return folder_; }
  std::string address() const { return server_->addresses().front(); }
  raw_client client(int receive_buffer = 0) const { return raw_client(address(), receive_buffer); }

  // One query on a connection of its own.
  http_answer ask(std::string_view body, const header_list& fields = {}) const;
  http_answer admin(std::string_view method, std::string_view path, std::string_view body = {},
                    const header_list& fields = {}) const;
  // The value of a metric without labels, or with exactly these: `name{kind="x"}`.
  double metric(std::string_view name) const;
  // Waits until a metric has at least this value: settling comes after the last byte.
  bool metric_reaches(std::string_view name, double value) const;

  std::uint64_t upstream_requests() const;

  // With from_file: where the configuration is, and its text for other model names.
  std::string path() const { return folder_ + "/nearfar.yaml"; }
  std::string text_with(std::string_view models) const;

  // What the caller sends as the key that was made under this name.
  const std::string& key(const std::string& name) const { return keys_.at(name); }
  std::string key_file() const;
  // The ledger's file, also while the gateway runs.
  std::string ledger_file() const { return folder_ + "/state/ledger.db"; }
  // Ends the gateway and starts it again with the same state.
  void restart();

  // A second gateway from the same text; its refusal is in `why`.
  std::unique_ptr<gateway::server> another(std::string_view listen, std::string& why,
                                           std::string_view state = "state-of-another") const;

 private:
  std::string yaml(std::string_view listen, std::string_view state) const;
  std::string with_urls(std::string text) const;
  std::unique_ptr<gateway::server> start(const std::string& text, std::string& why) const;

  policy_text policy_;
  millis drain_;
  std::string folder_;
  std::map<std::string, std::string> keys_;
  std::unique_ptr<gateway::server> server_;
};

// Chat requests for the names of policy_text.
std::string chat(std::string_view model, std::string_view prompt = "How far is it?");
std::string chat_stream(std::string_view model, std::string_view prompt = "How far is it?");

// The whole answer text, of a stream or of JSON.
std::string answer_text(const http_answer& a);
// What a double of that name answers by itself.
std::string default_text(std::string_view name, unsigned tokens = 20);
// The error object's field of an error answer; empty: none.
std::string error_field(std::string_view body, std::string_view field);
// Polls, for what no event tells. False: the time ran out.
template <class Holds>
bool eventually(Holds holds, millis at_most = millis{30'000});
void short_rest();

template <class Holds>
bool eventually(Holds holds, millis at_most) {
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    short_rest();
  }
  return true;
}

}  // namespace nearfar::tests
