// What differs between the wire APIs that the upstream double speaks. The failures do not: they are
// in answer_script, which asks a writer for the bytes of each event.
#pragma once

#include "tests/support/behaviour.hpp"
#include "tests/support/http_message.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::support {

// What the double understood of a request.
struct answer_request {
  std::string model = "double";
  bool stream = false;
  bool include_usage = false;
  std::uint64_t max_tokens = 0;  // 0: no limit given
  std::uint64_t prompt_tokens = 1;
  bool shows_reasoning = true;       // false: the client did not ask to see it
  bool seals_reasoning = false;      // it asked for the reasoning in a form only the vendor reads
  bool as_array = false;             // a stream without event framing: one JSON array, piece by piece
  std::optional<std::string> whole;  // the whole answer, where the request alone decides it
  std::string_view whole_type = "application/json";
  bool costs = true;  // false: a count of tokens
};

// What a request is read from. Views of what the connection holds.
struct incoming {
  const request_head& head;
  std::string_view body;
  const behaviour& how;
};

// One answer, ready to be written in any dialect.
struct answer {
  answer_request request;
  std::string id;                      // chatcmpl-NAME-NUMBER
  std::string vendor;                  // of the behaviour
  std::vector<std::string> reasoning;  // tokens
  std::vector<std::string> text;       // tokens
  std::vector<scripted_tool_call> tool_calls;
  std::string finish_reason;
  std::string stop_sequence;  // the one that was met; empty: none
  std::string signature;      // of the reasoning
  bool signs = false;         // also where no reasoning is shown
  scripted_usage usage;
  bool sends_usage = true;
  std::uint64_t events = 0;  // of this stream, so far: for writers that number them
};

// One content token of a stream.
enum class part_kind : std::uint8_t { reasoning, text, tool_call_start, tool_call_piece };

struct part {
  part_kind kind = part_kind::text;
  std::string_view text;
  std::size_t tool_index = 0;
  bool first = false;  // of its block: the reasoning, the text, one tool call
  bool last = false;
};

// Instead of an answer.
struct refusal {
  int status = 400;
  scripted_error error;
  std::string body;  // instead of the dialect's usual error body; empty: that one
};

class dialect_writer {
 public:
  virtual ~dialect_writer() = default;

  // Whether a POST to this path (without the query string) is answered in this dialect.
  virtual bool serves(std::string_view path) const = 0;
  // Where strict() holds, everything is refused that the vendor refuses, in the vendor's words.
  virtual boost::system::result<answer_request, refusal> read(const incoming& in) const = 0;

  // A stream's events, without the transfer coding. Each appends to `out`.
  virtual void opening(answer& a, std::string& out) const = 0;
  virtual void token(answer& a, const part& p, std::string& out) const = 0;
  virtual void finish(answer& a, std::string& out) const = 0;
  virtual void usage(answer& a, std::string& out) const = 0;
  virtual void done(answer& a, std::string& out) const = 0;
  virtual void error_event(answer& a, const scripted_error& e, std::string& out) const = 0;
  virtual void garbage(std::string_view text, std::string& out) const = 0;
  virtual void comment(std::string& out) const = 0;

  virtual std::string_view stream_type(const answer& a) const;

  virtual std::string whole(const answer& a) const = 0;
  virtual std::string error_body(const scripted_error& e, int status) const = 0;
  virtual std::string_view request_id_field() const { return "x-request-id"; }
};

// Whether this request is held to the vendor's rules.
bool strict(const incoming& in, bool usually);

// A signature as this double issues it for a reasoning text, and whether it would take one back.
std::string issued_signature(std::string_view reasoning);
bool genuine_signature(std::string_view signature, std::string_view reasoning, const behaviour& how);

std::string joined(const std::vector<std::string>& tokens);

}  // namespace nearfar::support
