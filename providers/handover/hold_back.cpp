#include "providers/handover/hold_back.hpp"

#include "providers/handover/text_shape.hpp"

#include <algorithm>

namespace nearfar::providers::handover {
namespace {

constexpr std::size_t first_words = 8;     // a voice has begun to speak by then
constexpr std::size_t most_per_word = 64;  // bytes

bool ends_clause(const character& c) {
  switch (c.code) {
    case '.':
    case ',':
    case ';':
    case ':':
    case '!':
    case '?':
    case '\n':
    case 0x3001:  // ideographic comma and full stop
    case 0x3002:
    case 0xff01:  // full-width ! , . : ; ?
    case 0xff0c:
    case 0xff0e:
    case 0xff1a:
    case 0xff1b:
    case 0xff1f:
    case 0x060c:  // Arabic comma, semicolon, question mark, full stop
    case 0x061b:
    case 0x061f:
    case 0x06d4:
    case 0x0964:  // danda
    case 0x2026:  // ellipsis
      return true;
    default:
      return false;
  }
}

}  // namespace

// The delta that ends the first clause goes out whole; holding begins with the next.
bool hold_back::started(std::string_view delta) {
  if (begun_) return true;
  words_gone_ += weight(delta);
  begun_ = words_gone_ >= first_words * word_weight;
  for (std::size_t at = 0; at < delta.size() && !begun_;) {
    const character here = character_at(delta, at);
    at += here.size;
    begun_ = words_gone_ > 0 && ends_clause(here);
  }
  return false;
}

// Where in held_ the last words begin, with the white space before them.
std::size_t hold_back::room() const {
  const std::string_view tail = tail_of_weight(held_, std::size_t{words_} * word_weight);
  std::size_t at = held_.size() - tail.size();
  while (at > 0 && is_white(held_[at - 1])) --at;
  const std::size_t most = words_ * most_per_word;
  if (held_.size() - at <= most) return at;
  at = held_.size() - most;
  while (at < held_.size() && (static_cast<unsigned char>(held_[at]) & 0xc0U) == 0x80U) ++at;
  return at;
}

void hold_back::feed(std::string_view delta, std::string& out) {
  if (words_ == 0 || !started(delta)) {
    out.append(delta);
    return;
  }
  held_.append(delta);
  const std::size_t going = room();
  out.append(held_, 0, going);
  held_.erase(0, going);
}

void hold_back::flush(std::string& out) {
  out.append(held_);
  held_.clear();
}

}  // namespace nearfar::providers::handover
