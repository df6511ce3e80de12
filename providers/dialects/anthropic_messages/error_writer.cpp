#include "providers/dialects/anthropic_messages/error_writer.hpp"

#include "providers/dialects/anthropic_messages/json_text.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace nearfar::providers::anthropic_messages {
namespace {

using kind = routes::error_kind;

constexpr int overloaded_status = 529;

std::string_view type_of_status(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 402:
      return "billing_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 408:
    case 504:
      return "timeout_error";
    case 409:
      return "conflict_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
    case overloaded_status:
      return "overloaded_error";
    default:
      return status >= 500 ? "api_error" : "invalid_request_error";
  }
}

std::string_view type_of(const client_error& why) {
  if (why.kind == kind::too_long) return "invalid_request_error";
  if (why.kind == kind::overloaded) return "overloaded_error";
  if (why.kind == kind::timeout) return "timeout_error";
  return type_of_status(why.status);
}

std::vector<std::uint64_t> numbers_in(std::string_view text) {
  std::vector<std::uint64_t> out;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    std::uint64_t number = 0;
    const auto read = std::from_chars(at, end, number);
    if (read.ec == std::errc::invalid_argument) {
      ++at;
      continue;
    }
    constexpr std::uint64_t least = 256;  // a status or a version is no count of tokens
    if (read.ec == std::errc{} && number > least && number != 400 &&
        std::find(out.begin(), out.end(), number) == out.end()) {
      out.push_back(number);
    }
    at = read.ptr;
  }
  return out;
}

std::string message_of(const client_error& why) {
  constexpr std::string_view words = "prompt is too long";
  if (why.kind != kind::too_long || why.message.starts_with(words)) return why.message;
  const auto numbers = numbers_in(why.message);
  if (numbers.size() == 2) {
    return fmt::format("{}: {} tokens > {} maximum", words, std::max(numbers[0], numbers[1]),
                       std::min(numbers[0], numbers[1]));
  }
  return why.message.empty() ? std::string{words} : fmt::format("{} ({})", words, why.message);
}

}  // namespace

int error_status(const client_error& why) {
  return why.status == 503 && why.kind == kind::overloaded ? overloaded_status : why.status;
}

std::string error_body(const client_error& why) {
  std::string to = "{\"type\":\"error\",\"error\":{";
  append_member(to, "type", type_of(why));
  append_member(to, "message", message_of(why));
  to.append("},\"request_id\":");
  if (why.id.empty()) {
    to.append("null");
  } else {
    openai_chat::append_json_string(to, why.id);
  }
  to.push_back('}');
  return to;
}

void append_error_event(std::string& to, const client_error& why) {
  to.append("event: error\ndata: ").append(error_body(why)).append("\n\n");
}

std::string count_tokens_body(std::uint64_t input_tokens) {
  return fmt::format("{{\"input_tokens\":{}}}", input_tokens);
}

}  // namespace nearfar::providers::anthropic_messages
