#include "gateway/query_id.hpp"

#include <sys/random.h>

#include <charconv>
#include <cstdlib>
#include <utility>

namespace nearfar::gateway {

namespace {

constexpr std::string_view prefix = "nfq-";
constexpr std::size_t secret_digits = 16;
constexpr std::size_t core_digits = 2;
constexpr std::size_t core_digits_at_most = 4;

char* put_hex(char* to, std::uint64_t value, std::size_t digits) {
  constexpr std::string_view hex = "0123456789abcdef";
  while (digits > 0) *to++ = hex[value >> (4 * --digits) & 15];
  return to;
}

template <class Number>
bool read_hex(std::string_view digits, Number& out) {
  for (const char c : digits) {
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (!hex) return false;
  }
  const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), out, 16);
  return bad == std::errc{} && end == digits.data() + digits.size();
}

}  // namespace

std::string to_string(const query_id& id) {
  std::string out;
  write_to(out, id);
  return out;
}

void write_to(std::string& out, const query_id& id) {
  std::array<char, prefix.size() + core_digits_at_most + secret_digits> text{};
  std::size_t digits = core_digits;
  while (digits < core_digits_at_most && id.core >> (4 * digits) != 0) ++digits;
  char* end = text.data() + prefix.copy(text.data(), prefix.size());
  end = put_hex(put_hex(end, id.core, digits), id.secret, secret_digits);
  out.assign(text.data(), end);
}

std::optional<query_id> parse_query_id(std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  if (text.size() < core_digits + secret_digits || text.size() > core_digits_at_most + secret_digits)
    return std::nullopt;
  query_id out;
  const auto cut = text.size() - secret_digits;
  if (!read_hex(text.substr(0, cut), out.core) || !read_hex(text.substr(cut), out.secret))
    return std::nullopt;
  return out;
}

std::uint64_t secret_source::next() {
  if (left_ == 0) {
    // Cannot fail for so few bytes but on a kernel before 3.17; ids that can be guessed are no way out.
    if (::getrandom(words_.data(), sizeof words_, 0) != static_cast<ssize_t>(sizeof words_)) std::abort();
    left_ = words_.size();
  }
  // What was given out does not stay in memory.
  return std::exchange(words_[--left_], 0);
}

}  // namespace nearfar::gateway
