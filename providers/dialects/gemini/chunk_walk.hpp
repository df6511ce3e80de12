// A GenerateContentResponse, whole or a piece of a stream, as events. Sans-I/O. For the codec's .cpp files:
// it includes simdjson.
#pragma once

#include "providers/dialects/chat_answer.hpp"
#include "providers/dialects/json_walk.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers::gemini {

// What is known of one stream between its chunks, and the memory that the last chunk's events point into.
class chunk_walk {
 public:
  // Appends the events of one chunk. False: malformed, nothing was appended. Reasons to finish are kept.
  bool read(std::string_view json, std::vector<chat::answer_event>& out);
  // Appends the reasons that came, a failure where the model broke its answer, and `end`; nothing where no
  // reason came.
  void finish(std::vector<chat::answer_event>& out);

 private:
  struct candidate_state {
    std::uint32_t calls = 0;
    std::uint32_t sources = 0;  // citations told of
    chat::finish why = chat::finish::none;
    bool failed = false;
    std::string native;
  };
  struct part_view;
  using od_value = json_walk::od::value;

  bool member(json_walk::od::field& f, std::vector<chat::answer_event>& out);
  bool candidate(od_value v, std::vector<chat::answer_event>& out);
  bool content(od_value v, std::vector<chat::answer_event>& out);
  bool part(od_value v, std::vector<chat::answer_event>& out);
  bool part_member(std::string_view key, od_value v, part_view& found);
  bool call(od_value v, part_view& found);
  bool data(od_value v, part_view& found);
  bool code(od_value v, part_view& found, bool result);
  void emit(const part_view& found, std::vector<chat::answer_event>& out);
  void settle(std::vector<chat::answer_event>& out, std::size_t from, std::uint32_t index);
  bool blocked(od_value v);
  bool logprobs(od_value v, std::vector<chat::answer_event>& out);
  candidate_state& of(std::uint32_t index);
  std::string_view keep(std::string_view text);
  std::string_view whole(od_value v);
  bool text(od_value v, std::string_view& to);

  std::string id_;
  std::string model_;
  bool started_ = false;
  bool failed_here_ = false;  // an error object stands in the chunk at hand
  std::vector<candidate_state> candidates_;
  std::string blocked_;  // why the prompt was
  std::optional<usage> tokens_;
  std::optional<routes::error> failure_;
  std::string kept_;              // texts of the events; never grows while a chunk is read
  std::deque<std::string> made_;  // texts that are not the chunk's own
  std::deque<chat::media_source> media_;
};

}  // namespace nearfar::providers::gemini
