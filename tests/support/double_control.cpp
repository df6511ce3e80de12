#include "tests/support/double_control.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace nearfar::support {
namespace {

namespace json = boost::json;

control_answer fault(int status, std::string_view message) {
  return {status, json::serialize(json::object{{"error", json::object{{"message", message}}}})};
}

control_answer put_behaviour(double_state& state, std::string_view body) {
  boost::system::error_code ec;
  const auto document = json::parse(body, ec);
  if (ec || !document.is_object()) return fault(400, "a JSON object is wanted");
  const auto& top = document.get_object();
  const bool split = top.contains("default") || top.contains("queue");
  behaviour usual;
  std::vector<behaviour> queue;
  auto take = [](const json::value& v) { return read_behaviour(json::serialize(v)); };
  if (const auto* given = split ? top.if_contains("default") : &document) {
    auto read = take(*given);
    if (!read) return fault(400, read.error());
    usual = std::move(*read);
  }
  if (const auto* given = split ? top.if_contains("queue") : nullptr) {
    if (!given->is_array()) return fault(400, "`queue` wants a list of behaviours");
    for (const auto& entry : given->get_array()) {
      auto read = take(entry);
      if (!read) return fault(400, read.error());
      queue.push_back(std::move(*read));
    }
  }
  state.clear();
  state.set_default(std::move(usual));
  for (auto& b : queue) state.push(std::move(b));
  return {200, R"({"ok":true})"};
}

control_answer post_behaviour(double_state& state, std::string_view body) {
  auto read = read_behaviour(body);
  if (!read) return fault(400, read.error());
  state.push(std::move(*read));
  return {200, R"({"ok":true})"};
}

json::object describe(const double_counters& c) {
  return {{"connections", c.connections}, {"open", c.open},
          {"requests", c.requests},       {"other_requests", c.other_requests},
          {"completed", c.completed},     {"cancelled", c.cancelled},
          {"broken", c.broken},           {"bytes_in", c.bytes_in},
          {"bytes_out", c.bytes_out}};
}

constexpr std::array outcomes = {"receiving", "answering", "completed", "cancelled", "broken"};

json::object describe(const recorded_request& r) {
  json::array fields;
  for (const auto& [name, value] : r.head.fields) fields.push_back(json::array{name, value});
  return {{"number", r.number},
          {"connection", r.connection},
          {"on_connection", r.on_connection},
          {"method", r.head.method},
          {"target", r.head.target},
          {"headers", std::move(fields)},
          {"body", r.body},
          {"body_bytes", r.body.size()},
          {"sha256", sha256_hex(r.body)},
          {"outcome", outcomes[static_cast<std::size_t>(r.outcome)]}};
}

control_answer get_requests(const double_state& state) {
  json::array list;
  for (const auto& r : state.requests()) list.push_back(describe(r));
  json::object out{{"counters", describe(state.counters())}, {"requests", std::move(list)}};
  return {200, json::serialize(out)};
}

json::object describe(const billed_tokens& t) {
  return {{"prompt_tokens", t.prompt},
          {"completion_tokens", t.completion},
          {"cached_tokens", t.cached},
          {"cache_write_tokens", t.cache_write}};
}

control_answer get_bill(const double_state& state) {
  json::array list;
  for (const auto& r : state.bill()) {
    auto line = describe(r.tokens);
    line["number"] = r.number;
    line["model"] = r.model;
    line["outcome"] = outcomes[static_cast<std::size_t>(r.outcome)];
    line["whole"] = r.whole;
    list.push_back(std::move(line));
  }
  return {200,
          json::serialize(json::object{{"total", describe(state.billed())}, {"requests", std::move(list)}})};
}

control_answer get_last(const double_state& state) {
  const auto list = state.requests();
  if (list.empty()) return fault(404, "no request is kept");
  return {200, json::serialize(describe(list.back()))};
}

control_answer get_release(double_state& state, std::string_view query) {
  std::uint64_t count = 1;
  if (query.starts_with("count=")) {
    query.remove_prefix(std::string_view("count=").size());
    const auto* end = query.data() + query.size();
    if (const auto read = std::from_chars(query.data(), end, count);
        read.ec != std::errc{} || read.ptr != end)
      return fault(400, "`count` wants a whole number");
  }
  state.release(count);
  return {200, R"({"ok":true})"};
}

}  // namespace

control_answer control(double_state& state, std::string_view method, std::string_view target,
                       std::string_view body) {
  const auto mark = std::min(target.find('?'), target.size());
  const auto path = target.substr(0, mark);
  if (path == "/_double/last") return get_last(state);
  if (path == "/_double/bill") return get_bill(state);
  if (path == "/_double/release") return get_release(state, target.substr(std::min(mark + 1, target.size())));
  if (path == "/_double/behaviour") {
    if (method == "PUT") return put_behaviour(state, body);
    if (method == "POST") return post_behaviour(state, body);
    if (method == "DELETE") {
      state.clear();
      return {200, R"({"ok":true})"};
    }
    return fault(405, "PUT, POST or DELETE");
  }
  if (path == "/_double/requests") {
    if (method == "GET") return get_requests(state);
    if (method == "DELETE") {
      state.forget_requests();
      return {200, R"({"ok":true})"};
    }
    return fault(405, "GET or DELETE");
  }
  return fault(404,
               "/_double/behaviour, /_double/requests, /_double/bill, /_double/last or /_double/release");
}

}  // namespace nearfar::support
