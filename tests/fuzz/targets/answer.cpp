// Answers and failures: any body under any status gives a verdict whose words may be logged.
#include "tests/fuzz/targets.hpp"

#include "providers/dialects/openai_chat/answer_reader.hpp"

#include <algorithm>
#include <string>

namespace nearfar::fuzz {

using namespace providers;
using namespace providers::openai_chat;

namespace {

void check(const routes::error& e) {
  require(e.kind != routes::error_kind::none, "an error has a kind");
  require(e.side == routes::error_side::upstream, "it is the upstream's");
  const bool plain =
      std::all_of(e.context.begin(), e.context.end(), [](char c) { return c >= ' ' && c < 0x7f; });
  require(plain && e.context.size() < 4096, "its context is one plain line");
  if (e.retry_after) {
    require(e.retry_after->count() >= 0 && *e.retry_after <= std::chrono::hours{24 * 7}, "a wait is bounded");
  }
}

}  // namespace

void answer(std::string_view bytes) {
  if (bytes.size() < 2 || bytes.size() > 256 * 1024) return;
  const int status = 300 + static_cast<unsigned char>(bytes[0]) + static_cast<unsigned char>(bytes[1]) % 2;
  const std::string_view rest = bytes.substr(2);
  const std::size_t line = std::min(rest.find('\n'), rest.size());
  const std::string_view body = rest.substr(std::min(line + 1, rest.size()));

  response_head head;
  head.status = status;
  head.fields.push_back({"Retry-After", rest.substr(0, line)});
  check(classify_failure(status, head, body, 784111777));
  if (const auto found = find_error_object(body)) check(*found);

  std::string padded{body};
  padded.append(64, '}');
  const auto read = read_answer({padded.data(), body.size()});
  if (read.has_error()) check(read.error());
}

}  // namespace nearfar::fuzz
