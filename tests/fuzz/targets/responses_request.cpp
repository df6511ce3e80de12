// Responses requests: what the walk takes and the parser takes is written as JSON, and what was written is
// read as the same request again.
#include "tests/fuzz/targets.hpp"

#include "providers/dialects/openai_responses/codec.hpp"

#include <boost/json.hpp>

#include <string>

namespace nearfar::fuzz {

namespace json = boost::json;
using namespace providers;

namespace {

std::string written(const chat::chat_request& asked, bool& whole) {
  const auto made = openai_responses::the_codec()->write_request(
      asked, {.model = "up", .stream = asked.stream == true, .issuer = "openai-responses"});
  if (made.has_error()) return {};
  for (const std::string& note : made->notes) {
    require(note.find('\n') == std::string::npos, "a note is one line");
  }
  whole = made->notes.empty();
  return made->body;
}

}  // namespace

void responses_request(std::string_view bytes) {
  static const auto reader = openai_responses::the_codec()->make_request_reader();
  static request_view view;
  if (bytes.size() > 256 * 1024) return;
  std::string padded{bytes};
  padded.append(64, '}');
  const std::string_view body{padded.data(), bytes.size()};
  const auto read = reader->read(body, view);
  if (read.has_error()) {
    require(read.error().kind == routes::error_kind::bad_request, "a refusal is a bad request");
    require(read.error().context.find('\n') == std::string::npos, "a refusal is one line");
  } else {
    std::size_t end = 0;
    for (const auto& each : view.members) {
      require(each.value.offset >= end && each.value.length > 0, "members stand in order");
      end = each.value.offset + each.value.length;
      require(end <= body.size(), "members lie in the body");
    }
    require(end == view.last_member_end, "the last member ends where it says");
  }
  const auto asked = openai_responses::the_codec()->parse_request(body);
  if (asked.has_error()) {
    require(asked.error().context.find('\n') == std::string::npos, "a refusal is one line");
    return;
  }
  bool whole = false;
  const std::string once = written(*asked, whole);
  if (once.empty()) return;
  auto again = openai_responses::the_codec()->parse_request(once);
  require(again.has_value(), "what was written is a request");
  bool still = false;
  const std::string twice = written(*again, still);
  require(!twice.empty(), "that can be written again");
  if (whole) require(twice == once, "and means the same");
}

}  // namespace nearfar::fuzz
