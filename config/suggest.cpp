#include "config/suggest.hpp"

#include <algorithm>
#include <array>

namespace nearfar::config {

namespace {

constexpr std::size_t longest_word = 64;
constexpr std::size_t longest_list = 8;

char fold(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '-' ? '_' : c;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, longest_word);
  b = b.substr(0, longest_word);
  using row = std::array<std::size_t, longest_word + 1>;
  row before{};
  row last{};
  row now{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t cost = fold(a[i - 1]) == fold(b[j - 1]) ? 0 : 1;
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + cost});
      const bool swapped =
          i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1]);
      if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before = last;
    last = now;
  }
  return last[b.size()];
}

std::string_view nearest(std::string_view written, std::span<const std::string_view> legal) {
  std::size_t best = std::max<std::size_t>(1, written.size() / 3) + 1;
  std::string_view found;
  for (const auto word : legal) {
    const std::size_t distance = edit_distance(written, word);
    if (distance < best) {
      best = distance;
      found = word;
    }
  }
  return found;
}

std::string_view nearest(std::string_view written, std::span<const std::string> legal) {
  const std::vector<std::string_view> views(legal.begin(), legal.end());
  return nearest(written, views);
}

std::string suggestion(std::string_view written, std::span<const std::string_view> legal) {
  const auto found = nearest(written, legal);
  if (!found.empty()) return "did you mean `" + std::string(found) + "`?";
  if (legal.empty() || legal.size() > longest_list) return {};
  std::string out = legal.size() == 1 ? "only " : "one of ";
  for (std::size_t i = 0; i < legal.size(); ++i) {
    if (i > 0) out += ", ";
    out += "`" + std::string(legal[i]) + "`";
  }
  return out;
}

std::string suggestion(std::string_view written, std::span<const std::string> legal) {
  const std::vector<std::string_view> views(legal.begin(), legal.end());
  return suggestion(written, views);
}

}  // namespace nearfar::config
