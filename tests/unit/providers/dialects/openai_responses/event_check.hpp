// Checks that a Responses stream follows its grammar, and collects what it says.
#pragma once

#include "providers/dialects/sse_reader.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::openai_responses {

// Every event in order: name is type, sequence numbers count by one, items and parts are added before they
// are used and are done once, deltas join to what is said to be done, and the last response holds the items
// as they were done.
class event_check {
 public:
  explicit event_check(std::int64_t first_sequence = 0) : next_(first_sequence) {}

  // An item and its part that another writer began.
  void adopt_message(std::int64_t index, const std::string& said) {
    created_ = true;
    item& one = items_[index];
    one.type = "message";
    one.parts.insert(0);
    one.open_part = 0;
    one.said = said;
  }
  void adopt_done(std::int64_t index) {
    created_ = true;
    items_[index].done = true;
  }

  void read(std::string_view text) {
    sse_reader reader;
    reader.push(text);
    sse_event event;
    while (true) {
      const auto more = reader.next(event);
      REQUIRE(more.has_value());
      if (!*more) break;
      if (event.comment_only) {
        ++comments;
        continue;
      }
      one(event);
    }
    REQUIRE(reader.pending() == 0);
  }

  std::vector<std::string> types;
  std::string last;
  boost::json::object response;  // the last
  std::size_t comments = 0;

 private:
  struct item {
    std::string type;
    bool done = false;
    std::set<std::int64_t> parts;
    std::int64_t open_part = -1;
    std::string said;
    std::size_t annotations = 0;
    std::string final_text;
  };

  static std::string text_of(const boost::json::object& from, std::string_view key) {
    return std::string(from.at(key).as_string());
  }

  void one(const sse_event& event) {
    INFO(event.data);
    const boost::json::value parsed = boost::json::parse(event.data);
    const boost::json::object& data = parsed.as_object();
    last = text_of(data, "type");
    types.push_back(last);
    CHECK(event.name == last);
    CHECK(data.at("sequence_number").as_int64() == next_++);
    CHECK_FALSE(over_);
    if (last == "error") {
      over_ = true;
      return;
    }
    if (const auto* whole = data.if_contains("response")) return of_response(whole->as_object());
    REQUIRE(created_);
    const std::int64_t index = data.at("output_index").as_int64();
    if (last == "response.output_item.added") {
      CHECK(index == next_item_expected(index));
      REQUIRE_FALSE(items_.contains(index));
      items_[index].type = text_of(data.at("item").as_object(), "type");
      ids_[index] = text_of(data.at("item").as_object(), "id");
      CHECK(seen_ids_.insert(ids_[index]).second);
      return;
    }
    REQUIRE(items_.contains(index));
    item& at = items_[index];
    REQUIRE_FALSE(at.done);
    if (last == "response.output_item.done") return item_done(at, index, data.at("item").as_object());
    if (ids_.contains(index)) CHECK(text_of(data, "item_id") == ids_[index]);
    of_part(at, data);
  }

  std::int64_t next_item_expected(std::int64_t index) const {
    return items_.empty() ? index : items_.rbegin()->first + 1;
  }

  void of_response(const boost::json::object& whole) {
    response = whole;
    CHECK(whole.at("object").as_string() == "response");
    if (last == "response.created") {
      REQUIRE_FALSE(created_);
      created_ = true;
      return;
    }
    REQUIRE(created_);
    if (id_.empty()) id_ = text_of(whole, "id");
    CHECK(text_of(whole, "id") == id_);
    if (last == "response.in_progress") return;
    over_ = true;
    CHECK("response." + text_of(whole, "status") == last);
    if (last == "response.failed") return;
    const boost::json::array& output = whole.at("output").as_array();
    std::size_t place = 0;
    for (const auto& [index, each] : items_) {
      INFO("item " << index);
      CHECK(each.done);
      REQUIRE(place < output.size());
      if (finished_.contains(index)) CHECK(output[place] == finished_[index]);
      ++place;
    }
    CHECK(place == output.size());
  }

  void item_done(item& at, std::int64_t index, const boost::json::object& whole) {
    at.done = true;
    CHECK(at.open_part == -1);
    CHECK(text_of(whole, "type") == at.type);
    if (ids_.contains(index)) CHECK(text_of(whole, "id") == ids_[index]);
    if (at.type == "function_call") CHECK(text_of(whole, "arguments") == at.final_text);
    if (at.type == "custom_tool_call") CHECK(text_of(whole, "input") == at.final_text);
    finished_[index] = whole;
  }

  void of_part(item& at, const boost::json::object& data) {
    const bool summary = data.contains("summary_index");
    const bool content = data.contains("content_index");
    const std::int64_t part = summary   ? data.at("summary_index").as_int64()
                              : content ? data.at("content_index").as_int64()
                                        : -1;
    if (last == "response.content_part.added" || last == "response.reasoning_summary_part.added") {
      CHECK(at.open_part == -1);
      CHECK(part == static_cast<std::int64_t>(at.parts.size()));
      at.parts.insert(part);
      at.open_part = part;
      at.said.clear();
      at.annotations = 0;
      return;
    }
    if (part != -1) CHECK(part == at.open_part);
    if (last.ends_with(".delta")) {
      CHECK_FALSE(text_of(data, "delta").empty());
      at.said += text_of(data, "delta");
    } else if (last == "response.content_part.done" || last == "response.reasoning_summary_part.done") {
      const auto& whole = data.at("part").as_object();
      if (whole.contains("text")) CHECK(text_of(whole, "text") == at.said);
      at.open_part = -1;
    } else if (last == "response.output_text.done" || last == "response.reasoning_summary_text.done") {
      CHECK(text_of(data, "text") == at.said);
    } else if (last == "response.refusal.done") {
      CHECK(text_of(data, "refusal") == at.said);
    } else if (last == "response.function_call_arguments.done") {
      at.final_text = text_of(data, "arguments");
      CHECK((at.final_text == at.said || (at.said.empty() && at.final_text == "{}")));
    } else if (last == "response.custom_tool_call_input.done") {
      at.final_text = text_of(data, "input");
      CHECK(at.final_text == at.said);
    } else if (last == "response.output_text.annotation.added") {
      CHECK(data.at("annotation_index").as_int64() == static_cast<std::int64_t>(at.annotations++));
    } else {
      CHECK(last.starts_with("response.image_generation_call."));
    }
  }

  std::int64_t next_ = 0;
  bool created_ = false;
  bool over_ = false;
  std::string id_;
  std::map<std::int64_t, item> items_;
  std::map<std::int64_t, std::string> ids_;
  std::set<std::string> seen_ids_;
  std::map<std::int64_t, boost::json::value> finished_;
};

}  // namespace nearfar::providers::openai_responses
