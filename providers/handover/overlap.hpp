// Finds what a target repeats of the end of a text before it goes on. Sans-I/O.
//
// The rule, in this order:
//  1. it begins with the words that it was asked to begin with (the anchor): those;
//  2. the longest end of the text that it begins with, if that is no coincidence: it begins where a word
//     begins and holds four words or eight characters of a script without spaces - two or four where it
//     was asked to repeat something - or it is the text as a whole. "very very" + "very good" has one
//     word in common, which is none;
//  3. it begins as the text begins, by at least eight words or sixteen such characters, and then says
//     something else: it starts over with another answer, which cannot be joined.
// White space before what is repeated is passed over, and so is an ellipsis in a message of its own.
#pragma once

#include "providers/handover/seam.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace nearfar::providers::handover {

inline constexpr std::size_t least_echo = 8;         // in text_shape's weight: four words
inline constexpr std::size_t least_asked_echo = 4;   // two words
inline constexpr std::size_t least_start_over = 16;  // eight words
inline constexpr std::size_t overlap_window = 1024;  // bytes: how far back an end may begin
inline constexpr std::size_t lead_passed_over = 16;  // bytes of white space and dots

enum class overlap : std::uint8_t {
  open,     // more must be heard
  found,    // repeated() bytes of what was heard are a repetition
  none,     // nothing is
  another,  // case 3
};

// Cost: for every byte heard at most one step per word in the last 1 KiB of the text, and one more. An
// open question ends with the first byte that is no repetition.
class overlap_finder {
 public:
  // `text` is whole UTF-8 without white space at its end and outlives the finder.
  overlap_finder(std::string_view text, const seam_rule& rule);

  // One byte more. Not to be called when the answer is no longer open.
  overlap push(char c);
  // Nothing more will come.
  overlap finish();

  std::size_t repeated() const { return repeated_; }

 private:
  bool passes_over(char c);
  void find_places(std::size_t least);
  void begin(char c);
  bool same_begin(char ours, char theirs) const;
  overlap settle();
  bool whole(std::size_t place) const { return place == origin_; }

  std::string_view text_;
  seam_rule rule_;
  std::size_t origin_ = 0;           // of the text's first character that is no white space
  std::vector<std::size_t> places_;  // in the text, ascending: what is heard may be a repetition from there
  bool own_lead_ = true;             // what was passed over is as the text begins
  std::size_t lead_ = 0;             // bytes passed over
  std::size_t heard_ = 0;            // bytes after those
  std::size_t origin_heard_ = 0;     // of them, how many are as the text begins
  std::size_t longest_ = 0;          // repeated to the end of the text
  std::size_t repeated_ = 0;
  bool anchored_ = false;
};

}  // namespace nearfar::providers::handover
