// A long session of an agent with tools over two targets of one model, with a failure in the middle: where
// each turn goes, and whether the prompts that get there let a prompt cache hit.
#include "tests/integration/gateway_under_test.hpp"
#include "tests/integration/raw_member.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <memory>

namespace nearfar::tests {
namespace {

namespace json = boost::json;

constexpr unsigned turns = 60;
constexpr unsigned failing_turn = 31;

enum class client_kind : std::uint8_t { messages, chat };

// What an agent keeps between its turns: its history as JSON text, which it sends again unchanged, as the
// answers came.
class agent {
 public:
  explicit agent(client_kind kind) : kind_(kind) {
    add(R"({"role":"user","content":"Make the tests of this folder pass: \"größer\" ≠ \u00e9."})");
  }

  std::string path() const {
    return kind_ == client_kind::messages ? "/v1/messages?beta=true" : "/v1/chat/completions";
  }

  header_list fields() const {
    if (kind_ == client_kind::chat) return {{"authorization", "Bearer none"}};
    return {{"x-api-key", "none"},
            {"anthropic-version", "2023-06-01"},
            {"anthropic-beta", "interleaved-thinking-2025-05-14"}};
  }

  std::string request() const {
    constexpr std::string_view schema =
        R"({"type":"object","properties":{"path":{"type":"string"},"lines":{"type":"array","items":{"type":"integer"}}},"required":["path"]})";
    if (kind_ == client_kind::messages)
      return fmt::format(
          R"({{"model":"agent","max_tokens":4096,"thinking":{{"type":"adaptive"}},"metadata":{{"user_id":"user_1_session_7"}},)"
          R"("system":[{{"type":"text","text":"You are an agent.","cache_control":{{"type":"ephemeral"}}}}],)"
          R"("tools":[{{"name":"read_file","description":"Reads","input_schema":{}}}],"messages":[{}]}})",
          schema, history_);
    return fmt::format(
        R"({{"model":"agent","tools":[{{"type":"function","function":{{"name":"read_file","description":"Reads","parameters":{}}}}}],)"
        R"("messages":[{{"role":"system","content":"You are an agent."}},{}]}})",
        schema, history_);
  }

  // Takes a turn over into the history and answers its calls. The number of them.
  std::size_t hear(const std::string& body) {
    return kind_ == client_kind::messages ? hear_messages(body) : hear_chat(body);
  }

 private:
  void add(std::string_view message) {
    if (!history_.empty()) history_ += ',';
    history_ += message;
  }

  std::size_t hear_messages(std::string_view body) {
    const auto content = raw_member(body, "content");
    add(fmt::format(R"({{"role":"assistant","content":{}}})", content));
    std::string results;
    std::size_t calls = 0;
    for (const auto block : raw_elements(content)) {
      if (raw_member(block, "type") != "\"tool_use\"") continue;
      results += fmt::format(R"({}{{"type":"tool_result","tool_use_id":{},"content":"line {}\nü"}})",
                             calls++ == 0 ? "" : ",", raw_member(block, "id"), ++line_);
    }
    add(fmt::format(R"({{"role":"user","content":[{}]}})", results));
    return calls;
  }

  std::size_t hear_chat(std::string_view body) {
    const auto choices = raw_elements(raw_member(body, "choices"));
    const auto message = raw_member(choices.at(0), "message");
    add(message);
    const auto calls = raw_elements(raw_member(message, "tool_calls"));
    for (const auto call : calls) {
      add(fmt::format(R"({{"role":"tool","tool_call_id":{},"content":"line {}\nü"}})", raw_member(call, "id"),
                      ++line_));
    }
    return calls.size();
  }

  client_kind kind_;
  std::string history_;
  unsigned line_ = 0;
};

// Every turn thinks and calls: twice on every fourth one. Ids are the double's own and never the same.
void work_as_model(const upstream_double& on, std::string_view name) {
  on.state().set_chooser([name = std::string(name), asked = std::make_shared<std::atomic<unsigned>>(0)](
                             const support::recorded_request&) {
    const unsigned number = ++*asked;
    auto how = std::make_shared<behaviour>();
    how->text = fmt::format("Turn {} of {}: läse weiter.", number, name);
    how->reasoning = fmt::format("Thought {} \"quoted\".", number);
    for (unsigned i = 0; i <= (number % 4 == 0 ? 1U : 0U); ++i) {
      how->tool_calls.push_back({fmt::format("toolu_{}_{}_{}", name, number, i), "read_file",
                                 fmt::format(R"({{"path":"src/{}.cpp","lines":[1,{}]}})", number, i)});
    }
    if (number == failing_turn) how->status = 500;
    return how;
  });
}

// The session's targets, in the order of the model's list: `first` is the one that it begins at.
struct pair_of_targets {
  upstream_double claude{{.name = "claude"}};
  upstream_double lab{{.name = "lab"}};

  policy_text policy(std::string_view first, std::string_view second) const {
    policy_text out;
    constexpr std::string_view provider =
        "  {}:\n    tier: remote\n    preset: {}\n    url: {}\n    key: {{file: vendor.key}}\n"
        "    models: {{m: {{context: 200k, price: free, can: {{tools: true}}}}}}\n";
    out.providers = fmt::format(provider, "claude", "anthropic", claude.url()) +
                    fmt::format(provider, "lab", "openai-compatible", lab.url());
    out.models += fmt::format("  agent: [{}/m, {}/m]\n", first, second);
    out.more = "stick: {by: conversation, for: 10m}\n";
    out.rule = "order: listed";
    return out;
  }
};

// What a prompt cache is looked up by, in the order in which the vendors lay it out.
struct prompt {
  std::string tools;
  std::string system;
  std::string messages;  // without the closing bracket
};

prompt prompt_of(const support::recorded_request& r) {
  const auto messages = raw_member(r.body, "messages");
  REQUIRE(messages.size() > 2);
  return {std::string(raw_member(r.body, "tools")), std::string(raw_member(r.body, "system")),
          std::string(messages.substr(0, messages.size() - 1))};
}

void check_that_caches_hit(const upstream_double& at) {
  const auto seen = at.requests();
  for (std::size_t i = 1; i < seen.size(); ++i) {
    const auto before = prompt_of(seen[i - 1]);
    const auto now = prompt_of(seen[i]);
    INFO("request " << i + 1);
    REQUIRE(now.tools == before.tools);
    REQUIRE(now.system == before.system);
    REQUIRE(now.messages.substr(0, before.messages.size()) == before.messages);
    REQUIRE(now.messages.size() > before.messages.size());
  }
}

struct session {
  client_kind client;
  std::string_view first;
  std::string_view second;
};

// One conversation of sixty turns; the target that it is at fails once, at `failing_turn`.
void run_session(const session& how) {
  pair_of_targets up;
  work_as_model(up.claude, "claude");
  work_as_model(up.lab, "lab");
  auto& first = how.first == "claude" ? up.claude : up.lab;
  auto& second = how.first == "claude" ? up.lab : up.claude;
  gateway_under_test gw(up.policy(how.first, how.second));
  agent client(how.client);
  // One connection: what an answer settles is known before the next request is read.
  auto asking = gw.client();
  asking.set_deadline(millis{30'000});
  for (unsigned turn = 1; turn <= turns; ++turn) {
    asking.send(support::post(client.path(), client.request(), client.fields()));
    const auto a = asking.read_answer();
    INFO("turn " << turn << ": " << a.body);
    REQUIRE(a.status == 200);
    REQUIRE(a.field("x-nearfar-target") ==
            fmt::format("{}/m", turn == failing_turn ? how.second : how.first));
    REQUIRE(client.hear(a.body) > 0);
  }
  CHECK(first.wait([](const auto& c) { return c.completed == turns; }));
  CHECK(first.counters().requests == turns);
  CHECK(second.counters().requests == 1);
  check_that_caches_hit(first);
}

TEST_CASE("an agent's session of sixty turns leaves its target only for the failure, and comes back",
          "[P2]") {
  for (const auto client : {client_kind::messages, client_kind::chat}) {
    for (const bool begins_at_claude : {true, false}) {
      const session how{client, begins_at_claude ? "claude" : "lab", begins_at_claude ? "lab" : "claude"};
      DYNAMIC_SECTION((client == client_kind::messages ? "anthropic-messages" : "openai-chat")
                      << " at " << how.first) {
        run_session(how);
      }
    }
  }
}

}  // namespace
}  // namespace nearfar::tests
