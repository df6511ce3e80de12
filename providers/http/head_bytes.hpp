// Which bytes a head is made of (RFC 9110 sections 5.1, 5.5 and 5.6.2), and how far a run of them goes.
// Sixteen bytes at a time where SSE2 is there; nothing beyond a text is read.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace nearfar::providers {

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

namespace head_bytes {

using table = std::array<bool, 256>;

template <class Is>
constexpr table table_of(Is is) {
  table out{};
  for (unsigned c = 0; c < out.size(); ++c) out[c] = is(static_cast<unsigned char>(c));
  return out;
}

constexpr bool is_control(unsigned char c) {
  return c < 0x20 || c == 0x7f;
}

inline constexpr table of_token = table_of([](unsigned char c) {
  const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
  const bool digit = c >= '0' && c <= '9';
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return letter || digit || others.find(static_cast<char>(c)) != std::string_view::npos;
});
inline constexpr table of_text = table_of([](unsigned char c) { return c == '\t' || !is_control(c); });
inline constexpr table of_word = table_of([](unsigned char c) { return c > 0x20 && c != 0x7f; });

inline const char* end_of_run(const char* at, const char* end, const table& bytes) {
  while (at != end && bytes[static_cast<unsigned char>(*at)]) ++at;
  return at;
}

#ifdef __SSE2__

// Unsigned; SSE2 compares signed bytes only.
inline __m128i at_most(__m128i bytes, char most) {
  return _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(most)), bytes);
}

// None of the letters, digits and hyphens that names are made of but for a few.
struct unusual_in_token {
  __m128i operator()(__m128i bytes) const {
    const auto lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    const auto letter = at_most(_mm_sub_epi8(lower, _mm_set1_epi8('a')), 'z' - 'a');
    const auto digit = at_most(_mm_sub_epi8(bytes, _mm_set1_epi8('0')), 9);
    const auto hyphen = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'));
    return _mm_cmpeq_epi8(_mm_or_si128(_mm_or_si128(letter, digit), hyphen), _mm_setzero_si128());
  }
};

struct control_but_tab {
  __m128i operator()(__m128i bytes) const {
    const auto tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
    const auto control = _mm_andnot_si128(tab, at_most(bytes, 0x1f));
    return _mm_or_si128(control, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
  }
};

struct blank_or_control {
  __m128i operator()(__m128i bytes) const {
    return _mm_or_si128(at_most(bytes, 0x20), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
  }
};

// Where a run ends. What a block calls odd must be in no run; the bytes behind the last whole block are
// looked up.
template <class Odd>
const char* end_of_blocks(const char* at, const char* end, Odd is_odd, const table& bytes) {
  constexpr std::ptrdiff_t block = 16;
  for (; end - at >= block; at += block) {
    __m128i some;
    std::memcpy(&some, at, sizeof(some));
    const auto odd = static_cast<unsigned>(_mm_movemask_epi8(is_odd(some)));
    if (odd != 0) return at + std::countr_zero(odd);
  }
  return end_of_run(at, end, bytes);
}

#else

struct unusual_in_token {};
struct control_but_tab {};
struct blank_or_control {};

template <class Odd>
const char* end_of_blocks(const char* at, const char* end, Odd, const table& bytes) {
  return end_of_run(at, end, bytes);
}

#endif

template <class T>
std::uint64_t lowered(const char* at) {
  T out;
  std::memcpy(&out, at, sizeof(out));
  return out | static_cast<T>(0x2020202020202020);
}

// Two loads that overlap cover every length from one T to two.
template <class T>
bool same_ends(const char* token, const char* lower_case, std::size_t size) {
  const std::size_t last = size - sizeof(T);
  return lowered<T>(token) == lowered<T>(lower_case) &&
         lowered<T>(token + last) == lowered<T>(lower_case + last);
}

}  // namespace head_bytes

// The first byte that is none of a token.
inline const char* end_of_token(const char* at, const char* end) {
  using namespace head_bytes;
  at = end_of_blocks(at, end, unusual_in_token{}, of_token);
  // What is unusual may be of a token all the same.
  return at != end && of_token[static_cast<unsigned char>(*at)] ? end_of_run(at, end, of_token) : at;
}

// The first byte that may not stand in a field's value: a control; HTAB may.
inline const char* end_of_text(const char* at, const char* end) {
  return head_bytes::end_of_blocks(at, end, head_bytes::control_but_tab{}, head_bytes::of_text);
}

// The first blank or control.
inline const char* end_of_word(const char* at, const char* end) {
  return head_bytes::end_of_blocks(at, end, head_bytes::blank_or_control{}, head_bytes::of_word);
}

inline bool is_token(std::string_view text) {
  const char* const end = text.data() + text.size();
  return !text.empty() && end_of_token(text.data(), end) == end;
}

inline bool is_text(std::string_view text) {
  const char* const end = text.data() + text.size();
  return end_of_text(text.data(), end) == end;
}

inline bool is_word(std::string_view text) {
  const char* const end = text.data() + text.size();
  return end_of_word(text.data(), end) == end;
}

// Case does not count. `token` must be a token and `lower_case` of letters, digits and hyphens: among the
// bytes of a token, the bit of the lower case turns none but a capital letter into one of those.
inline bool same_token(std::string_view token, std::string_view lower_case) {
  using namespace head_bytes;
  std::size_t size = token.size();
  if (size != lower_case.size()) return false;
  const char* a = token.data();
  const char* b = lower_case.data();
  if (size < 4) {
    for (; size > 0; --size, ++a, ++b)
      if ((*a | 0x20) != *b) return false;
    return true;
  }
  if (size < 8) return same_ends<std::uint32_t>(a, b, size);
  for (; size > 16; size -= 8, a += 8, b += 8)
    if (lowered<std::uint64_t>(a) != lowered<std::uint64_t>(b)) return false;
  return same_ends<std::uint64_t>(a, b, size);
}

}  // namespace nearfar::providers
