// What the upstream double does with one request: how it answers, and how it fails.
//
// A value without I/O. Everything at its default is a well-behaved server that answers at once. Each
// field has the same name in JSON (`PUT /_double/behaviour`, `--behaviour`), durations with `_ms`.
#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::support {

using millis = std::chrono::milliseconds;

enum class break_kind : std::uint8_t {
  none,
  cut,          // FIN
  reset,        // RST (SO_LINGER 0)
  stall,        // silence on an open connection, until the client goes away
  error_event,  // the dialect's error inside the stream, then the end
};

enum class break_point : std::uint8_t {
  before_head,
  before_first_token,  // the head is out, and in a stream the opening event (the role chunk)
  after_tokens,        // `after` of them; a JSON answer breaks in the middle of its body
};

enum class body_kind : std::uint8_t { error, html, empty };  // of a status that is not 200
enum class stream_end : std::uint8_t { done, no_done, open, no_finish };
enum class answer_form : std::uint8_t { as_asked, json, stream };     // not as_asked: the body is not parsed
enum class framing : std::uint8_t { usual, chunked, length, close };  // usual: JSON length, stream chunked
enum class closing : std::uint8_t { keep, announced, silent };  // silent: FIN without `connection: close`

struct scripted_tool_call {
  std::string id;
  std::string name;
  std::string arguments;  // a JSON text
};

struct scripted_usage {
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  std::uint64_t cached_tokens = 0;
  std::uint64_t reasoning_tokens = 0;
  std::uint64_t cache_write_tokens = 0;
};

struct scripted_error {
  std::string message = "scripted failure";
  std::string type = "server_error";
  std::string code{};   // empty: null
  std::string param{};  // empty: null
};

struct behaviour {
  // The answer. `text` (cut before each space) goes before `tokens`, `script` (as it is) before both.
  unsigned tokens = 20;
  unsigned token_bytes = 0;  // 0: words; else each token is this long
  std::string text;
  std::vector<std::string> script;
  std::string reasoning;  // comes first, cut before each space
  std::vector<scripted_tool_call> tool_calls;
  std::string finish_reason;  // empty: stop, length at max_tokens, tool_calls
  std::optional<scripted_usage> usage;
  std::string signature;      // of the reasoning, or of the tool calls; empty: the double's own
  std::string stop_sequence;  // the one that ended the text
  bool send_usage = true;     // false: none, though the client asked
  bool empty_answer = false;
  bool full_bill = false;  // also where the client goes away

  // Whose rules. A strict double refuses what the vendor refuses; not given: as the dialect usually is.
  std::optional<bool> strict;
  std::string vendor;                // of a dialect that many speak: openai, mistral, deepseek, ...
  bool reasoning_model = false;      // the model asked for is one that reasons
  std::vector<std::string> refuses;  // top-level fields that this model does not take; also `prefill`

  // Instead of an answer.
  int status = 200;
  body_kind body = body_kind::error;
  scripted_error error;
  bool error_in_200 = false;                    // the error object as the body of a 200
  std::string retry_after;                      // header value
  std::shared_ptr<const std::string> raw_body;  // exactly these bytes, with `status`
  std::string content_type;                     // of raw_body; empty: application/json
  bool echo = false;                            // the request's body comes back as it came

  // Time.
  millis head_delay{0};
  millis first_token_delay{0};
  millis token_delay{0};
  bool gated = false;        // each token, and the end, waits until it is released
  unsigned free_tokens = 0;  // of a gated stream: so many at its start wait for nothing
  millis comment_every{0};   // keep-alive comments while waiting or stalling in a stream; 0: none

  // The break.
  break_kind break_with = break_kind::none;
  break_point break_at = break_point::after_tokens;
  unsigned after = 0;

  // Things wrong in between.
  std::optional<unsigned> garbage_after;  // tokens
  unsigned garbage_count = 1;
  std::string garbage = R"({"id":"chatcmpl-broken","choices":[{"index":0,"del)";
  stream_end end = stream_end::done;

  // HTTP.
  std::vector<std::pair<std::string, std::string>> headers;  // of the answer, besides the usual ones
  std::vector<int> interim;                                  // 1xx heads before the answer's
  answer_form form = answer_form::as_asked;
  framing frame = framing::usual;
  std::int64_t content_length_delta = 0;  // declared minus true
  closing close = closing::keep;
  bool gzip_if_asked = false;  // compresses where accept-encoding names gzip
  bool burst = false;          // events without a pause between them leave in one write
  bool crlf = false;           // line ends inside the stream
  unsigned split_bytes = 0;    // write so many bytes at a time, a millisecond apart; 0: whole

  // Request side.
  std::uint64_t read_bytes_per_s = 0;  // 0: as fast as they come
};

// An unknown key, a wrong type or an unknown word is an error that names it.
boost::system::result<behaviour, std::string> read_behaviour(std::string_view json);

}  // namespace nearfar::support
