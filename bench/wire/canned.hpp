// The bytes on which load generator and upstream agree: what is sent can be compared with what comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::bench {

enum class prompt_kind : std::uint8_t { text, image };

struct request_shape {
  std::string model = "bench";
  std::size_t bytes = 1024;  // of the body; raised to the smallest that holds the frame
  prompt_kind kind = prompt_kind::text;
  bool stream = false;
};

// An openai-chat request of exactly `bytes` bytes (or the frame's size where that is more).
std::string request_body(const request_shape& shape);

// An openai-chat completion of exactly `bytes` bytes (or the frame's size).
std::string answer_body(std::size_t bytes);

// One stream: role event, content events, finish event, [usage event], [DONE].
std::string_view role_event();
std::string_view finish_event();
std::string_view usage_event();
std::string_view done_event();

// A content event holds its number and the time at which the upstream wrote it, so that order, loss
// and holding back are seen by the client. `number` below one million.
void append_content_event(std::string& to, std::uint32_t number, std::uint64_t stamp_ns);

// The stamp, if `event` is the content event of that number, byte for byte.
std::optional<std::uint64_t> read_content_event(std::string_view event, std::uint32_t number);

}  // namespace nearfar::bench
