// When a target that stands by reads an answer again, and how far. Pure: the moment is passed in.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace nearfar::gateway {

// The bytes up to and with the last end of a sentence or a line; 0: there is none.
std::size_t last_sentence_end(std::string_view text);

class standby_pace {
 public:
  using moment = std::chrono::steady_clock::time_point;

  // Between two readings. At a speaking pace of three tokens a second this is a sentence or two, so what
  // is left to read at a break stays near that.
  static constexpr std::chrono::milliseconds between{3'000};
  // Where a look found no reason to read: the link may get worse at any moment.
  static constexpr std::chrono::milliseconds until_next_look{500};

  // Time to look again? Costs a comparison.
  bool due(moment now) const { return now >= next_; }
  void look_later(moment now) { next_ = now + until_next_look; }

  // How much of `text` is worth reading: at first whatever there is of whole sentences, which may be
  // nothing but the prompt, then only where a sentence has ended since.
  std::optional<std::size_t> worth_reading(std::string_view text) const;
  void read(std::size_t bytes, moment now);

 private:
  moment next_{};
  std::optional<std::size_t> read_;
};

}  // namespace nearfar::gateway
