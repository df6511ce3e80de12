// Joins what was said and what the next target streams, so that the client reads one text. Sans-I/O.
//
// exact: nothing is looked for and nothing waits; "very very" + " very good" keeps all its words.
// may_echo: what the target repeats of the end of what was said is dropped; it waits only while what
//   comes may still be a repetition (the rule is in overlap.hpp). A target that starts over although it
//   was asked to go on is silenced until it has said all that was said.
// restart: silenced while it repeats what was said byte for byte; anything else is a mismatch. White
//   space at the beginning may differ.
// In all of them white space that was cut off what the target was sent is not repeated (seam_rule::cut),
// and a character is let out when all of its bytes are there.
//
// Memory: what was said, and as much again while a repetition is undecided. Time: linear in what comes
// but for the bounded window of overlap.hpp. Not thread-safe; no errors but the state `mismatch`.
#pragma once

#include "providers/handover/overlap.hpp"
#include "providers/handover/seam.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::providers::handover {

enum class splice_state : std::uint8_t {
  joining,   // it is still open what of it the client has already
  flowing,   // what comes goes out
  mismatch,  // it says something else than what was said: it cannot be joined. Final.
};

class splicer {
 public:
  // `said` is what the client has: whole UTF-8. It is copied.
  splicer(std::string_view said, const seam_rule& rule);
  splicer(std::string_view said, seam how) : splicer(said, seam_rule{.how = how}) {}
  // The finder looks into said_.
  splicer(const splicer&) = delete;
  splicer& operator=(const splicer&) = delete;

  // Appends to `out` what the client may have. Deltas may be cut anywhere. After a mismatch: nothing.
  void feed(std::string_view delta, std::string& out);
  // The target has ended its answer. What was held back is decided with what there is: a restart that
  // ended before it had said all that was said is a mismatch. The beginning of a character whose rest
  // never came is dropped. Once.
  void finish(std::string& out);

  splice_state state() const;
  // Bytes of what came that were not let out.
  std::size_t dropped() const { return dropped_; }
  // Bytes that are held until it is known what they are.
  std::size_t waiting() const { return heard_.size() + unfinished_.size(); }

 private:
  enum class stage : std::uint8_t { looking, repeating, white, open, mismatch };

  void take(std::string_view one, std::string& out);
  void look(std::string_view one, std::string& out);
  void decide(overlap what, std::string& out);
  void repeat(char c);
  void pass_white(std::string_view one, std::string& out);
  void replay(std::string_view text, std::string& out);
  bool space_was_lost(std::string_view next) const;

  std::string said_;
  seam_rule rule_;
  std::size_t kept_ = 0;  // of said_, without the white space at its end
  stage stage_ = stage::open;
  std::optional<overlap_finder> finder_;
  std::string heard_;      // while looking
  std::size_t place_ = 0;  // in said_, while repeating or passing white space
  bool begun_ = false;     // while repeating: something but white space came
  std::string unfinished_;
  std::size_t dropped_ = 0;
};

}  // namespace nearfar::providers::handover
