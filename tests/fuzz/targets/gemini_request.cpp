// A Gemini request: the walk is survived and its spans are right; what is read as a whole is written as a
// request that can be read and written again.
#include "tests/fuzz/targets.hpp"

#include "providers/dialects/gemini/request_parser.hpp"
#include "providers/dialects/gemini/request_reader.hpp"
#include "providers/dialects/gemini/request_writer.hpp"

#include <string>

namespace nearfar::fuzz {

using namespace providers;

namespace {

void check_walk(std::string_view bytes) {
  static gemini::request_reader reader;
  static request_view view;
  std::string padded{bytes};
  padded.append(64, '}');
  const std::string_view body{padded.data(), bytes.size()};
  const auto read = reader.read(body, view);
  if (read.has_error()) {
    require(read.error().kind == routes::error_kind::bad_request, "a refusal is a bad request");
    require(!read.error().context.empty(), "a refusal says why");
    require(read.error().context.find('\n') == std::string::npos, "in one line");
    return;
  }
  std::size_t end = 0;
  for (const auto& each : view.members) {
    require(each.value.offset >= end && each.value.length > 0, "members stand in order");
    end = each.value.offset + each.value.length;
    require(end <= body.size(), "members lie in the body");
  }
  require(end == view.last_member_end, "the last member ends where it says");
}

}  // namespace

void gemini_request(std::string_view bytes) {
  if (bytes.size() > 64 * 1024) return;
  check_walk(bytes);
  const auto asked = gemini::parse_request(bytes);
  if (asked.has_error()) return;
  write_options how;
  how.model = "gemini-2.5-pro";
  how.issuer = "gemini";
  const auto once = gemini::write_request(*asked, how);
  if (once.has_error()) return;
  const auto again = gemini::parse_request(once->body);
  require(again.has_value(), "what is written can be read");
  // Turns are joined and results put first by the first writing: the second has nothing left to do.
  const auto twice = gemini::write_request(*again, how);
  require(twice.has_value(), "and written");
  how.model = "gemini-2.0-flash";
  auto foreign = *asked;
  foreign.from = config::dialect::openai_chat;
  (void)gemini::write_request(foreign, how);
}

}  // namespace nearfar::fuzz
