// What a target's stream comes to, watched event by event, whatever its dialect. Sans-I/O.
#pragma once

#include "providers/dialects/sse_reader.hpp"
#include "providers/dialects/usage.hpp"
#include "providers/handover/eligibility.hpp"
#include "routes/error.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nearfar::providers {

struct begun_answer;

// What one event was.
enum class observed : std::uint8_t {
  nothing,     // comment, ping, an event that only opens something
  content,     // a content token: text, refusal, reasoning or tool-call delta
  finish,      // the last open choice got its finish reason (may hold content too)
  usage_only,  // usage and nothing else
  done,        // the dialect's end: nothing follows
  error,       // an error inside the stream; see last_error()
  bad,         // not of this dialect, or garbled
};

// One per attempt, reset between them. Not thread-safe.
class stream_observer {
 public:
  virtual ~stream_observer() = default;

  // `choices`: how many the client asked for. Text is not kept until keep_text() says so.
  virtual void reset(std::uint32_t choices) = 0;
  // From here on the text of the answer is collected, one append a delta: for an answer that another
  // target may have to continue. Before the first event, for all of it.
  virtual void keep_text() = 0;
  virtual observed observe(const sse_event& event) = 0;

  virtual bool finished() const = 0;     // every choice has a finish reason
  virtual bool any_content() const = 0;  // a content token was seen
  virtual bool tool_calls() const = 0;
  // Of the last choice that ended, in OpenAI's words.
  virtual const std::string& finish_reason() const = 0;
  virtual const std::optional<usage>& tokens() const = 0;
  virtual std::uint64_t content_events() const = 0;  // for tokens per second where there is no usage
  virtual const std::optional<routes::error>& last_error() const = 0;
  virtual const std::string& id() const = 0;  // of the answer's beginning
  virtual std::uint64_t created() const = 0;
  virtual const std::string& model() const = 0;  // of the answer's beginning

  // The text so far, of all choices as they came; empty unless it is kept.
  virtual const std::string& text() const = 0;
  // What bears on continuing it; its text is a view of text().
  virtual handover::shown shown() const = 0;
  // What a writer must know to go on with it where the bytes were passed as they came; `said` stays empty.
  // With keep_text().
  virtual begun_answer begun() const = 0;
};

}  // namespace nearfar::providers
