// What differs between the wire APIs that the upstream double speaks. The failures do not: they are
// in answer_script, which asks a writer for the bytes of each event.
#pragma once

#include "tests/support/behaviour.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::support {

// What the double understood of a request's body.
struct answer_request {
  std::string model = "double";
  bool stream = false;
  bool include_usage = false;
  std::uint64_t max_tokens = 0;  // 0: no limit given
  std::uint64_t prompt_tokens = 1;
};

// One answer, ready to be written in any dialect.
struct answer {
  answer_request request;
  std::string id;
  std::vector<std::string> reasoning;  // tokens
  std::vector<std::string> text;       // tokens
  std::vector<scripted_tool_call> tool_calls;
  std::string finish_reason;
  scripted_usage usage;
};

enum class part_kind : std::uint8_t { reasoning, text, tool_call_start, tool_call_piece };

// One content token of a stream.
struct part {
  part_kind kind = part_kind::text;
  std::string_view text;
  std::size_t tool_index = 0;
};

class dialect_writer {
 public:
  virtual ~dialect_writer() = default;

  // Whether a POST to this path (without the query string) is answered in this dialect.
  virtual bool serves(std::string_view path) const = 0;
  // The error is the message of a 400.
  virtual boost::system::result<answer_request, std::string> read(std::string_view body) const = 0;

  // A stream's events, without the transfer coding. Each appends to `out`.
  virtual void opening(const answer& a, std::string& out) const = 0;
  virtual void token(const answer& a, const part& p, std::string& out) const = 0;
  virtual void finish(const answer& a, std::string& out) const = 0;
  virtual void usage(const answer& a, std::string& out) const = 0;
  virtual void done(const answer& a, std::string& out) const = 0;
  virtual void error_event(const scripted_error& e, std::string& out) const = 0;
  virtual void garbage(std::string_view text, std::string& out) const = 0;
  virtual void comment(std::string& out) const = 0;

  virtual std::string whole(const answer& a) const = 0;
  virtual std::string error_body(const scripted_error& e) const = 0;
};

}  // namespace nearfar::support
