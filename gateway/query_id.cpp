#include "gateway/query_id.hpp"

#include <sys/random.h>

#include <cstdlib>
#include <ctime>
#include <utility>

namespace nearfar::gateway {

namespace {

constexpr std::string_view prefix = "nfq-";
constexpr std::size_t time_digits = 11;
constexpr std::size_t core_digits = 2;
constexpr std::size_t core_digits_at_most = 4;
constexpr std::size_t secret_digits = 16;
constexpr std::string_view hex = "0123456789abcdef";

constexpr std::array<std::uint8_t, 256> digit_values = [] {
  std::array<std::uint8_t, 256> out{};
  out.fill(0xff);
  for (std::size_t i = 0; i < hex.size(); ++i)
    out[static_cast<unsigned char>(hex[i])] = static_cast<std::uint8_t>(i);
  return out;
}();

char* put_hex(char* to, std::uint64_t value, std::size_t digits) {
  while (digits > 0) *to++ = hex[value >> (4 * --digits) & 15];
  return to;
}

// Every row of the ledger is read by it once.
bool read_hex(std::string_view digits, std::uint64_t& out) {
  std::uint64_t value = 0;
  unsigned seen = 0;
  for (const char c : digits) {
    const unsigned digit = digit_values[static_cast<unsigned char>(c)];
    seen |= digit;
    value = value << 4 | (digit & 15U);
  }
  out = value;
  return seen < 16;
}

}  // namespace

std::string to_string(const query_id& id) {
  std::string out;
  write_to(out, id);
  return out;
}

void write_to(std::string& out, const query_id& id) {
  std::array<char, prefix.size() + time_digits + core_digits_at_most + secret_digits> text{};
  std::size_t digits = core_digits;
  while (digits < core_digits_at_most && id.core >> (4 * digits) != 0) ++digits;
  char* end = text.data() + prefix.copy(text.data(), prefix.size());
  end = put_hex(end, id.began_ms, time_digits);
  end = put_hex(put_hex(end, id.core, digits), id.secret, secret_digits);
  out.assign(text.data(), end);
}

std::optional<query_id> parse_query_id(std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  constexpr auto others = time_digits + secret_digits;
  if (text.size() < core_digits + others || text.size() > core_digits_at_most + others) return std::nullopt;
  const auto digits = text.size() - others;
  query_id out;
  std::uint64_t core = 0;
  if (!read_hex(text.substr(0, time_digits), out.began_ms) ||
      !read_hex(text.substr(time_digits, digits), core) ||
      !read_hex(text.substr(time_digits + digits), out.secret))
    return std::nullopt;
  // More digits than it needs would be a second name.
  if (digits > core_digits && core >> (4 * (digits - 1)) == 0) return std::nullopt;
  out.core = static_cast<unsigned>(core);
  return out;
}

bool may_be_query_id(std::string_view text) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  std::uint64_t ignored = 0;
  return text.size() >= core_digits + secret_digits &&
         text.size() <= time_digits + core_digits_at_most + secret_digits && read_hex(text, ignored);
}

query_id next_query_id(unsigned core, secret_source& secrets) {
  timespec now{};
  // Some milliseconds old at most, and at a tenth of the exact one's price.
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  const auto ms =
      static_cast<std::uint64_t>(now.tv_sec) * 1000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
  return {ms, core, secrets.next()};
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
