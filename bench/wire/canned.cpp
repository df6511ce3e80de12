#include "bench/wire/canned.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace nearfar::bench {
namespace {

constexpr std::string_view prose =
    "Say in two sentences how the ferry from the old harbour finds its way through the fog at night. ";
constexpr std::string_view base64 = "iVBORw0KGgoAAAANSUhEUgAAB4AAAAQ4CAYAAADo08FDAAAgAElEQVR4nOzdeXxU5b0/";

#define NEARFAR_CHUNK \
  R"(data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"bench-model","choices":[)"

constexpr std::string_view content_front = NEARFAR_CHUNK R"({"index":0,"delta":{"content":")";
constexpr std::string_view content_back = "\"},\"finish_reason\":null}]}\n\n";
constexpr std::size_t number_digits = 6;
constexpr std::size_t stamp_digits = 20;  // of the largest 64-bit number
constexpr std::size_t content_size =
    content_front.size() + number_digits + 1 + stamp_digits + content_back.size();

void fill(std::string& to, std::string_view pattern, std::size_t bytes) {
  while (bytes > 0) {
    const auto piece = pattern.substr(0, std::min(bytes, pattern.size()));
    to += piece;
    bytes -= piece.size();
  }
}

std::string framed(std::string_view front, std::string_view back, std::string_view pattern,
                   std::size_t bytes) {
  std::string body;
  body.reserve(std::max(bytes, front.size() + back.size()));
  body += front;
  if (bytes > front.size() + back.size()) fill(body, pattern, bytes - front.size() - back.size());
  body += back;
  return body;
}

}  // namespace

std::string request_body(const request_shape& shape) {
  const std::string head = fmt::format(
      R"({{"model":"{}",{}"temperature":0.7,"messages":[{{"role":"system","content":"Be brief."}},)",
      shape.model, shape.stream ? R"("stream":true,)" : "");
  if (shape.kind == prompt_kind::text)
    return framed(head + R"({"role":"user","content":")", R"("}]})", prose, shape.bytes);
  const auto front = head + R"({"role":"user","content":[{"type":"text","text":"What is this?"},)" +
                     R"({"type":"image_url","image_url":{"url":"data:image/png;base64,)";
  return framed(front, R"("}}]}]})", base64, shape.bytes);
}

std::string answer_body(std::size_t bytes) {
  return framed(
      R"({"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"bench-model",)"
      R"("choices":[{"index":0,"message":{"role":"assistant","content":")",
      R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":240,"completion_tokens":160,"total_tokens":400}})",
      prose, bytes);
}

std::string_view role_event() {
  return NEARFAR_CHUNK R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})"
                       "\n\n";
}

std::string_view finish_event() {
  return NEARFAR_CHUNK R"({"index":0,"delta":{},"finish_reason":"stop"}]})"
                       "\n\n";
}

std::string_view usage_event() {
  return NEARFAR_CHUNK R"(],"usage":{"prompt_tokens":240,"completion_tokens":160,"total_tokens":400}})"
                       "\n\n";
}

std::string_view done_event() {
  return "data: [DONE]\n\n";
}

void append_content_event(std::string& to, std::uint32_t number, std::uint64_t stamp_ns) {
  to += content_front;
  fmt::format_to(std::back_inserter(to), "{:06} {:020}", number, stamp_ns);
  to += content_back;
}

std::optional<std::uint64_t> read_content_event(std::string_view event, std::uint32_t number) {
  if (event.size() != content_size || !event.starts_with(content_front) || !event.ends_with(content_back))
    return std::nullopt;
  const char* const digits = event.data() + content_front.size();
  std::uint32_t seen = 0;
  std::uint64_t stamp = 0;
  const auto left = std::from_chars(digits, digits + number_digits, seen);
  const auto right = std::from_chars(left.ptr + 1, left.ptr + 1 + stamp_digits, stamp);
  if (left.ptr != digits + number_digits || *left.ptr != ' ' || right.ptr != left.ptr + 1 + stamp_digits)
    return std::nullopt;
  return seen == number ? std::optional(stamp) : std::nullopt;
}

}  // namespace nearfar::bench
