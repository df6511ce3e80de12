// The frame of a Responses stream's events: numbers them, and keeps the items that are done. Sans-I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::openai_responses {

// One per stream. What begin() and item() open takes further members and is ended by end().
class event_text {
 public:
  void begin(std::string& to, std::string_view type);
  // About an item, or a part of it.
  void item(std::string& to, std::string_view type, std::uint32_t output, std::string_view item_id);
  void end(std::string& to) const { to.append("}\n\n"); }

  // The item's JSON and end() follow.
  void added(std::string& to, std::uint32_t output);
  void done(std::string& to, std::uint32_t output, std::string_view item);

  // As if done() had told of it.
  void keep(std::uint32_t output, std::string_view item);
  // The items that are done, by output index, with commas between them.
  std::string items() const;

  // The stream's beginning was told by somebody else.
  void go_on_at(std::uint64_t sequence) { sequence_ = sequence; }

 private:
  std::uint64_t sequence_ = 0;
  std::vector<std::string> items_;  // by output index; empty: not done
};

}  // namespace nearfar::providers::openai_responses
