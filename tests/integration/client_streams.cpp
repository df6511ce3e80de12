#include "tests/integration/client_streams.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

namespace nearfar::tests {
namespace {

namespace json = boost::json;

struct named_event {
  std::string name;
  json::object data;
};

std::string text(const json::object& of, std::string_view name) {
  const auto* v = of.if_contains(name);
  return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string{};
}

// Comments are skipped. Nothing: an event without a name, or whose data is no object.
std::optional<std::vector<named_event>> events_by_name(std::string_view body) {
  std::vector<named_event> out;
  while (!body.empty()) {
    const auto end = body.find("\n\n");
    if (end == std::string_view::npos) return std::nullopt;
    const auto event = body.substr(0, end);
    body.remove_prefix(end + 2);
    if (event.starts_with(':')) continue;
    const auto line = event.find("\ndata: ");
    if (!event.starts_with("event: ") || line == std::string_view::npos) return std::nullopt;
    boost::system::error_code bad;
    auto data = json::parse(event.substr(line + 7), bad);
    if (bad || !data.is_object()) return std::nullopt;
    out.push_back({std::string(event.substr(7, line - 7)), std::move(data.get_object())});
  }
  return out;
}

class message_listener {
 public:
  heard_message out;

  void hear(const named_event& e) {
    if (!out.wrong.empty() || e.name == "ping") return;
    const auto fail = [&](std::string_view why) { out.wrong = fmt::format("{}: {}", e.name, why); };
    if (e.name != text(e.data, "type")) return fail("another type inside");
    if (over_) return fail("after the end");
    if ((e.name == "message_start") == begun_) return fail("message_start is not the first");
    if (e.name == "message_start") return start(e.data);
    if (e.name == "content_block_start") return open_ || settled_ ? fail("out of turn") : begin_block(e.data);
    if (e.name == "content_block_delta") return open_ ? delta(e.data) : fail("no block is open");
    if (e.name == "content_block_stop") return open_ ? end_block() : fail("no block is open");
    if (e.name == "message_delta") return open_ ? fail("a block is open") : settle(e.data);
    if (e.name == "message_stop") {
      over_ = true;
      return settled_ ? void() : fail("without a stop reason");
    }
    fail("unexpected");
  }

  void end() {
    if (out.wrong.empty() && !over_) out.wrong = "no message_stop";
  }

 private:
  void start(const json::object& data) {
    begun_ = true;
    const auto* message = data.if_contains("message");
    if (message == nullptr || !message->is_object() || text(message->get_object(), "role") != "assistant")
      out.wrong = "message_start: no message of the assistant";
  }

  void begin_block(const json::object& data) {
    open_ = true;
    if (data.at("index").to_number<std::size_t>() != out.content.size()) out.wrong = "a block's index";
    block_ = data.at("content_block").as_object();
    input_.clear();
  }

  void delta(const json::object& data) {
    if (data.at("index").to_number<std::size_t>() != out.content.size()) out.wrong = "a delta's index";
    const auto& d = data.at("delta").as_object();
    const auto type = text(d, "type");
    const auto kind = text(block_, "type");
    if (type == "text_delta" && kind == "text") return append("text", d);
    if (type == "thinking_delta" && kind == "thinking") return append("thinking", d);
    if (type == "signature_delta" && kind == "thinking") return append("signature", d);
    if (type == "input_json_delta" && kind == "tool_use") {
      input_ += text(d, "partial_json");
      return;
    }
    out.wrong = fmt::format("{} in a block of {}", type, kind);
  }

  void append(std::string_view name, const json::object& delta) {
    block_[name] = text(block_, name) + text(delta, name);
  }

  void end_block() {
    open_ = false;
    if (text(block_, "type") == "tool_use") {
      boost::system::error_code bad;
      block_["input"] = json::parse(input_.empty() ? "{}" : input_, bad);
      if (bad) out.wrong = "the input of a tool is no JSON";
    }
    out.content.push_back(block_);
  }

  void settle(const json::object& data) {
    settled_ = true;
    out.stop_reason = text(data.at("delta").as_object(), "stop_reason");
    if (!data.contains("usage")) out.wrong = "message_delta without usage";
  }

  bool begun_ = false;
  bool open_ = false;
  bool settled_ = false;
  bool over_ = false;
  json::object block_;
  std::string input_;
};

class response_listener {
 public:
  heard_response out;

  void hear(const named_event& e) {
    if (!out.wrong.empty()) return;
    const auto fail = [&](std::string_view why) { out.wrong = fmt::format("{}: {}", e.name, why); };
    if (e.name != text(e.data, "type")) return fail("another type inside");
    const auto number = e.data.at("sequence_number").to_number<std::int64_t>();
    if (number <= last_number_) return fail("the numbers do not rise");
    last_number_ = number;
    if (!out.last.empty() && closes(out.last)) return fail("after the end");
    if ((e.name == "response.created") != out.last.empty()) return fail("response.created is not the first");
    out.last = e.name;
    if (closes(e.name)) {
      out.closed = e.data.at("response").as_object();
      if (open_) fail("an item is open");
      return;
    }
    if (e.name == "response.output_item.added") {
      if (open_) return fail("another item is open");
      open_ = true;
      said_.clear();
      return check_index(e, fail);
    }
    if (e.name.ends_with(".delta")) {
      said_ += text(e.data, "delta");
      if (!open_) fail("no item is open");
    }
    if (e.name == "response.output_item.done") end_item(e, fail);
  }

  void end() {
    if (out.wrong.empty() && !closes(out.last)) out.wrong = "no end";
  }

 private:
  static bool closes(std::string_view name) {
    return name == "response.completed" || name == "response.incomplete" || name == "response.failed";
  }

  template <class Fail>
  void check_index(const named_event& e, const Fail& fail) const {
    if (e.data.at("output_index").to_number<std::size_t>() != out.output.size()) fail("its index");
  }

  template <class Fail>
  void end_item(const named_event& e, const Fail& fail) {
    if (!open_) return fail("no item is open");
    open_ = false;
    check_index(e, fail);
    const auto& item = e.data.at("item").as_object();
    const auto type = text(item, "type");
    if (type == "function_call" && text(item, "arguments") != said_) fail("other arguments than its deltas");
    if (type == "custom_tool_call" && text(item, "input") != said_) fail("another input than its deltas");
    out.output.push_back(item);
  }

  std::int64_t last_number_ = -1;
  bool open_ = false;
  std::string said_;
};

template <class Listener>
auto hear_all(std::string_view body) {
  Listener listener;
  const auto events = events_by_name(body);
  if (!events) {
    listener.out.wrong = "an event that is not one";
    return listener.out;
  }
  for (const auto& e : *events) listener.hear(e);
  listener.end();
  return listener.out;
}

}  // namespace

heard_message hear_messages_stream(std::string_view body) {
  return hear_all<message_listener>(body);
}

heard_response hear_responses_stream(std::string_view body) {
  return hear_all<response_listener>(body);
}

}  // namespace nearfar::tests
