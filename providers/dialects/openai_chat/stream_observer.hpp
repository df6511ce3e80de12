// Watches the events of an openai-chat stream without changing them. Sans-I/O.
#pragma once

#include "providers/dialects/sse_reader.hpp"
#include "providers/dialects/usage.hpp"
#include "providers/handover/eligibility.hpp"
#include "routes/error.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace nearfar::providers::openai_chat {

enum class event_kind : std::uint8_t {
  nothing,     // comment, role-only chunk, empty delta
  content,     // a content token: text, refusal, reasoning or tool-call delta
  finish,      // the last open choice got its finish reason (may hold content too)
  usage_only,  // `choices: []` with usage
  done,        // [DONE]
  error,       // an error object in a data event; see last_error()
  bad,         // not JSON, or not a chunk
};

class stream_observer {
 public:
  stream_observer();
  ~stream_observer();
  // `choices`: how many the client asked for. Text is not kept until keep_text() says so.
  void reset(std::uint32_t choices);
  // From here on the text of the answer is collected, one append a delta: for an answer that another
  // target may have to continue. Before the first event, for all of it.
  void keep_text();

  // Cheap for content chunks: one simdjson walk, no allocation in the steady state.
  event_kind observe(const sse_event& event);

  bool finished() const;     // every choice has a finish reason
  bool any_content() const;  // a content token was seen
  bool tool_calls() const;
  bool reasoning() const;
  const std::string& finish_reason() const;  // of the last choice that ended
  const std::optional<usage>& tokens() const;
  std::uint64_t content_events() const;  // for tokens per second where there is no usage
  const std::optional<routes::error>& last_error() const;
  const std::string& id() const;  // of the first chunk
  std::uint64_t created() const;
  const std::string& model() const;  // of the first chunk

  // The text so far, of all choices as they came; empty unless it is kept.
  const std::string& text() const;
  // What bears on continuing it; its text is a view of text().
  handover::shown shown() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::providers::openai_chat
