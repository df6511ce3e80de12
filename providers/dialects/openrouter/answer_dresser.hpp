// OpenRouter's additions to an openai-chat answer, put into its bytes: the provider, ids of its own, the
// vendor's finish reason, thoughts as `reasoning` and in reasoning_details, what it cost. Sans-I/O.
//
// Works on the text of an answer and not on events, so it dresses what was passed on as well as what was
// translated. What it cannot read passes as it is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers::openrouter {

// USD per million tokens. The cost is told only where input and output are known.
struct token_prices {
  std::optional<double> input;
  std::optional<double> output;
  std::optional<double> cached;  // absent: as input
};

struct dress_terms {
  std::string id;        // "gen-..."
  std::string provider;  // name; an answer that names one keeps its own (OpenRouter's does)
  token_prices prices;
  std::string metadata;  // a JSON object, for the event with the usage or the whole answer; empty: none
};

// Not thread-safe; keeps buffers from event to event.
class answer_dresser {
 public:
  answer_dresser();
  ~answer_dresser();
  // Before the first text; again where another target goes on with the answer.
  void begin(dress_terms terms);

  // Appends whole events of a stream; comments and the end pass.
  void events(std::string_view raw, std::string& to);
  // Appends a whole answer.
  void answer(std::string_view body, std::string& to);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

// OpenRouter knows five: stop, length, tool_calls, content_filter and error.
std::string_view normal_finish(std::string_view native);

}  // namespace nearfar::providers::openrouter
