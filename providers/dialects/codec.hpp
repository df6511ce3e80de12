// What one dialect can do: read what clients send and write what they get; write what targets are sent and
// read what they answer. Sans-I/O.
//
// Same dialect on both sides: the bytes pass, and the stream reader only watches. Otherwise
//   client's body -> request_reader (facts) -> parse_request -> chat_request -> write_request -> target
//   target's answer -> stream_reader -> events -> stream_writer -> client, or read_answer -> write_answer.
#pragma once

#include "config/dialect.hpp"
#include "config/quirks.hpp"
#include "providers/dialects/chat_answer.hpp"
#include "providers/dialects/chat_request.hpp"
#include "providers/dialects/client_error.hpp"
#include "providers/dialects/request_view.hpp"
#include "providers/dialects/sse_reader.hpp"
#include "routes/error.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::providers {

// The facts of a request, in one walk without a DOM. Keeps its parser between requests: one per core, not
// re-entrant, never held across a suspension.
class request_reader {
 public:
  virtual ~request_reader() = default;
  // As openai_chat::request_reader's: errors are of kind bad_request with the place in `context`; `body` has
  // 64 readable bytes behind it; views in `out` point into `body` or into `out`. What the path says and not
  // the body (Gemini's model and verb) is filled by whoever knows the path.
  virtual routes::result<void> read(std::string_view body, request_view& out) = 0;
};

// What the target is, as far as it bears on its request.
struct write_options {
  std::string_view model = {};   // the upstream's id
  std::uint64_t max_output = 0;  // of the model, 0: unknown; for dialects that must be told
  bool stream = false;
  bool want_usage = true;                             // the preset's stream_usage
  std::string_view issuer = {};                       // whose signatures the target takes
  const config::quirks* quirks = nullptr;             // null: none
  std::span<const config::body_field> set = {};       // replace or append, last of all
  std::span<const config::body_field> defaults = {};  // append where absent
};

struct written_request {
  std::string body;
  // What was left out or changed on the way, a line each, for the trace: "seed: anthropic-messages has none".
  // Field names and values from closed sets only, never text of the client's.
  std::vector<std::string> notes;
};

// Of the client's request, what bears on how its answer is written. Borrows; outlives the writer.
struct answer_terms {
  const request_view* asked = nullptr;
  std::string_view model = {};   // as the client asked
  std::string_view id = {};      // x-nearfar-id: for ids that the target's dialect has not
  std::int64_t now = 0;          // Unix seconds, where the target says no time
  bool include_usage = true;     // openai-chat: the client asked for the usage chunk
  std::string_view issuer = {};  // of the target: signatures that leave their dialect bear it
};

// A stream that was begun and broke, for whoever goes on writing it.
struct begun_answer {
  std::string id;
  std::int64_t created = 0;
  std::string model;
  std::string said;                // the text that the client has
  std::uint32_t block = 0;         // index of the block or item that the text stands in
  std::string item_id;             // of that item (Responses)
  std::uint64_t sequence = 0;      // events so far (Responses)
  std::vector<chat::part> before;  // finished parts before the text: thoughts
  // Parts of `before` count as blocks or items of their own.
};

// A target's stream as events. One per attempt.
class stream_reader {
 public:
  virtual ~stream_reader() = default;
  // Appends the events of one SSE event (or NDJSON line) to `out`; their views live until the next call.
  // False: malformed, nothing was appended. An unknown but well-formed event is no event.
  virtual bool read(const sse_event& event, std::vector<chat::answer_event>& out) = 0;
  // The body is over. Appends `end` where that is a good end in this dialect and none has come (Gemini closes
  // after a finish reason); nothing where something is missing.
  virtual void close(std::vector<chat::answer_event>& out) = 0;
};

// Events as the client's stream. One per query: it goes on through later legs.
class stream_writer {
 public:
  virtual ~stream_writer() = default;
  // Appends whole events of the dialect. Everything that came goes out now, but for what the dialect says
  // later (finish reason and usage, at `end`). A second `start` is nothing.
  virtual void write(const chat::answer_event& event, std::string& to) = 0;
  // The event that ends a broken stream, so that no client takes it for a whole answer.
  virtual void fail(const client_error& why, std::string& to) = 0;
  virtual void keep_alive(std::string& to) = 0;
  // Goes on with a stream whose beginning was passed on byte for byte. Before the first write.
  virtual void adopt(const begun_answer& from) = 0;
};

enum class framing : std::uint8_t { sse, ndjson };

class codec {
 public:
  virtual ~codec() = default;
  virtual config::dialect speaks() const = 0;

  // What clients send and get. Null and errors of kind internal in dialects that are only asked
  // (ollama-chat).
  virtual std::unique_ptr<request_reader> make_request_reader() const = 0;
  // The whole request. Errors of kind bad_request, side downstream, name the place.
  virtual routes::result<chat::chat_request> parse_request(std::string_view body) const = 0;
  virtual std::unique_ptr<stream_writer> make_stream_writer(const answer_terms& terms) const = 0;
  virtual std::string write_answer(const chat::chat_answer& answer, const answer_terms& terms) const = 0;
  virtual std::string error_body(const client_error& why) const = 0;
  // The status that goes with it, where the dialect has one of its own.
  virtual int error_status(const client_error& why) const { return why.status; }

  // What targets are sent and answer. An error of kind bad_request, side internal: this dialect has no way to
  // say it; `context` names what and why ("input audio: anthropic-messages takes none"). Tools of free text
  // go as functions where the target knows none (custom_tools.hpp).
  virtual routes::result<written_request> write_request(const chat::chat_request& asked,
                                                        const write_options& how) const = 0;
  // `of` is the target's, null: none; it outlives the reader.
  virtual std::unique_ptr<stream_reader> make_stream_reader(const config::quirks* of = nullptr) const = 0;
  virtual framing streams_as() const { return framing::sse; }
  // Errors as openai_chat::read_answer's: an error object inside a 200, empty, bad_answer. `body` has 64
  // readable bytes behind it.
  virtual routes::result<chat::chat_answer> read_answer(std::string_view body,
                                                        const config::quirks* of = nullptr) const = 0;
};

// For the process; null where the dialect has no codec: it is passed on as it comes.
const codec* codec_of(config::dialect d);

}  // namespace nearfar::providers
