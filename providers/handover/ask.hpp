// What the next target is asked to do with a broken answer, in no dialect: the dialects' continuation
// writers turn it into a request. Sans-I/O.
#pragma once

#include "config/model.hpp"
#include "providers/handover/language.hpp"
#include "providers/handover/seam.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::providers::handover {

struct ask {
  std::string_view said;  // what the client has, whole UTF-8
  const config::continuation* how = nullptr;
  // how->kind, or a weaker one where that has failed before (native, instruct, restart). Not none.
  config::continuation_kind kind = config::continuation_kind::native;
  std::uint64_t tokens_said = 0;  // 0: estimated from `said`
};

// What was asked in the end: a weaker way where the request leaves no other.
struct asked {
  config::continuation_kind kind = config::continuation_kind::restart;
  seam_rule seam;  // for the splicer
};

// An estimate by script, at least 1 where anything was said.
std::uint64_t tokens_said(const ask& what);

// The end of what was said that a target is asked to begin with, so that the seam is beyond doubt: six
// words, or twelve characters of a script without spaces, or all of it. `text` has no white space at its end.
std::string_view anchor_of(std::string_view text);

// The turn of the user that asks for it: in the language of what was said, else of the user's last turn,
// else in English. It mentions no role, no name and no tool, and leaves the system prompt alone.
std::string instruction(std::string_view anchor, std::string_view said, std::string_view last_user_turn);

}  // namespace nearfar::providers::handover
