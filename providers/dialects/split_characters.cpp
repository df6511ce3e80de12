#include "providers/dialects/split_characters.hpp"

#include <algorithm>
#include <cstddef>

namespace nearfar::providers {
namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

bool continues(unsigned char byte) {
  return (byte & 0xC0U) == 0x80U;
}

std::size_t length_of(unsigned char lead) {
  if (lead < 0x80U) return 1;
  if (lead >= 0xC2U && lead < 0xE0U) return 2;
  if (lead >= 0xE0U && lead < 0xF0U) return 3;
  return lead >= 0xF0U && lead < 0xF5U ? 4 : 0;
}

// What the second byte may be (RFC 3629 section 4): no overlong forms, no surrogates, nothing over U+10FFFF.
bool second_fits(unsigned char lead, unsigned char second) {
  if (!continues(second)) return false;
  if (lead == 0xE0U) return second >= 0xA0U;
  if (lead == 0xEDU) return second < 0xA0U;
  if (lead == 0xF0U) return second >= 0x90U;
  return lead != 0xF4U || second < 0x90U;
}

// How many bytes at the front belong to one character, `whole` if it is all there; 0: no character begins so.
std::size_t character(std::string_view text, bool& whole) {
  const unsigned char lead = byte_at(text, 0);
  const std::size_t wanted = length_of(lead);
  whole = wanted == 1;
  if (wanted <= 1) return wanted;
  std::size_t length = 1;
  while (length < wanted &&
         (length == 1 ? second_fits(lead, byte_at(text, 1)) : continues(byte_at(text, length)))) {
    ++length;
  }
  whole = length == wanted;
  return length;
}

}  // namespace

std::string_view split_characters::mend(std::string_view event) {
  text_.clear();
  std::size_t at = 0;
  while (at < event.size()) {
    const std::string_view rest = event.substr(at);
    if (!kept_.empty() && continues(byte_at(rest, 0)) && text_.ends_with('"')) {
      at += join(rest);
      continue;
    }
    bool whole = false;
    const std::size_t length = character(rest, whole);
    const std::size_t taken = std::max<std::size_t>(length, 1);
    if (length > 0 && !whole && kept_.empty() && byte_at(rest, length) == '"') {
      kept_.assign(rest.substr(0, length));
    } else {
      text_.append(rest.substr(0, taken));
    }
    at += taken;
  }
  return text_;
}

// How much of `rest` goes with what is kept.
std::size_t split_characters::join(std::string_view rest) {
  std::size_t more = 0;
  while (continues(byte_at(rest, more))) ++more;
  kept_.append(rest.substr(0, more));
  bool whole = false;
  const bool fits = character(kept_, whole) == kept_.size();
  if (fits && !whole && byte_at(rest, more) == '"') return more;  // cut once more
  text_.append(kept_);
  kept_.clear();
  return more;
}

}  // namespace nearfar::providers
