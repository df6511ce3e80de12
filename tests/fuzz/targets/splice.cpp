// The splicer and the hold-back over any two texts: whatever was said and whatever comes, what is let out
// is the end of what came, whole characters stay whole, and cutting the stream elsewhere changes nothing.
#include "tests/fuzz/targets.hpp"

#include "providers/handover/ask.hpp"
#include "providers/handover/hold_back.hpp"
#include "providers/handover/splicer.hpp"
#include "providers/handover/text_shape.hpp"

#include <algorithm>
#include <string>

namespace nearfar::fuzz {

using namespace providers::handover;

namespace {

// RFC 3629, strictly enough to tell a torn character from a whole one.
bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const character here = character_at(text, at);
    if (here.size == 1 && static_cast<unsigned char>(text[at]) >= 0x80) return false;
    at += here.size;
  }
  return true;
}

struct spliced {
  std::string text;
  splice_state state = splice_state::joining;
  std::size_t dropped = 0;
};

spliced join(std::string_view said, const seam_rule& rule, std::string_view next, std::size_t step) {
  splicer at_work{said, rule};
  spliced out;
  for (std::size_t at = 0; at < next.size(); at += step) {
    at_work.feed(next.substr(at, step), out.text);
    require(at_work.waiting() <= said.size() + lead_passed_over + 4,
            "what waits is bounded by what was said");
  }
  at_work.finish(out.text);
  out.state = at_work.state();
  out.dropped = at_work.dropped();
  return out;
}

void check(std::string_view said, const seam_rule& rule, std::string_view next, std::size_t step) {
  const spliced all = join(said, rule, next, next.size() + 1);
  const spliced pieces = join(said, rule, next, step);
  require(all.text == pieces.text && all.state == pieces.state, "where the stream is cut changes nothing");
  require(all.state != splice_state::joining, "an end decides");
  const std::string_view whole = next.substr(0, next.size() - unfinished_bytes(next));
  std::string_view out = all.text;
  const bool given_a_space =
      rule.own_message && out.size() > 1 && out.front() == ' ' && !whole.ends_with(out);
  if (given_a_space) out.remove_prefix(1);
  require(whole.ends_with(out), "what is let out is the end of what came");
  if (is_utf8(said) && is_utf8(whole)) require(is_utf8(out), "no character is cut");
  if (all.state == splice_state::mismatch) {
    require(rule.how != seam::exact, "what is joined as it comes is never a mismatch");
    require(out.empty(), "a mismatch lets nothing out");
    return;
  }
  require(out.size() + all.dropped == next.size(), "every byte is let out or dropped");
  if (rule.how == seam::exact)
    require(whole.size() - out.size() <= rule.cut, "only cut white space is dropped");
}

void hold(std::string_view text, unsigned words, std::size_t step) {
  hold_back back{words};
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += step) {
    back.feed(text.substr(at, step), out);
    require(out.size() + back.held().size() == std::min(text.size(), at + step), "nothing is lost");
    require(back.held().size() <= 64 * std::size_t{words} + step, "what is held is bounded");
  }
  back.flush(out);
  require(out == text, "and all of it comes out");
}

}  // namespace

// Two bytes of choices, then what was said, a zero byte, and what comes.
void splice(std::string_view bytes) {
  if (bytes.size() < 3 || bytes.size() > 64 * 1024) return;
  const auto choice = static_cast<unsigned char>(bytes[0]);
  const std::size_t step = 1 + static_cast<unsigned char>(bytes[1]) % 16;
  bytes.remove_prefix(2);
  const auto zero = std::min(bytes.find('\0'), bytes.size());
  const std::string_view said = bytes.substr(0, zero);
  const std::string_view next = bytes.substr(std::min(zero + 1, bytes.size()));
  const std::size_t white = white_tail(said);
  const std::string_view text = said.substr(0, said.size() - white);
  const std::string_view anchor = anchor_of(text);
  require(text.ends_with(anchor), "what is to be repeated is the end of what was said");
  const std::string told = instruction(anchor, said, next);
  require(told.find(anchor) != std::string::npos && is_utf8(told) == is_utf8(anchor), "and is quoted whole");

  check(said, {.how = seam::exact}, next, step);
  check(said, {.how = seam::exact, .cut = (choice & 1U) != 0 ? white : 0}, next, step);
  check(said, {.how = seam::may_echo, .cut = (choice & 1U) != 0 ? white : 0}, next, step);
  check(said, {.how = seam::may_echo, .cut = white, .anchor = anchor.size(), .own_message = true}, next,
        step);
  check(said, {.how = seam::restart}, next, step);
  hold(next, choice % 5, step);
}

}  // namespace nearfar::fuzz
