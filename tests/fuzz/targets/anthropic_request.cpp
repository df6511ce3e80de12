// What the walk takes, and what the parser takes, comes back from the writer with nothing lost but what
// says nothing.
#include "tests/fuzz/targets.hpp"

#include "providers/dialects/anthropic_messages/request_parser.hpp"
#include "providers/dialects/anthropic_messages/request_reader.hpp"
#include "providers/dialects/anthropic_messages/request_writer.hpp"

#include <boost/json.hpp>

#include <string>

namespace nearfar::fuzz {

namespace json = boost::json;
using namespace providers;

namespace {

void check_refusal(const routes::error& error) {
  require(error.kind == routes::error_kind::bad_request, "a refusal is a bad request");
  require(!error.context.empty(), "a refusal says why");
  require(error.context.find('\n') == std::string::npos, "in one line");
}

void check_spans(const request_view& view, std::string_view body) {
  std::size_t end = 0;
  for (const auto& each : view.members) {
    require(each.value.offset >= end && each.value.length > 0, "members stand in order");
    end = each.value.offset + each.value.length;
    require(end <= body.size(), "members lie in the body");
  }
  require(end == view.last_member_end, "the last member ends where it says");
}

void check_sampling(const request_view& view) {
  std::string padded = anthropic_messages::without_sampling(view);
  const std::size_t size = padded.size();
  padded.append(64, '}');
  static anthropic_messages::request_reader reader;
  static request_view after;
  require(reader.read({padded.data(), size}, after).has_value(), "what is left is a request");
  for (const auto& each : after.members) {
    require(each.name != "temperature" && each.name != "top_p" && each.name != "top_k", "without sampling");
  }
}

}  // namespace

void anthropic_request(std::string_view bytes) {
  if (bytes.size() > 64 * 1024) return;
  static anthropic_messages::request_reader reader;
  static request_view view;
  std::string padded{bytes};
  padded.append(64, '}');
  const std::string_view body{padded.data(), bytes.size()};
  if (const auto read = reader.read(body, view); read.has_error()) {
    check_refusal(read.error());
  } else {
    check_spans(view, body);
    check_sampling(view);
  }
  const auto parsed = anthropic_messages::parse_request(body);
  if (parsed.has_error()) return check_refusal(parsed.error());
  const write_options how{
      .model = parsed->model, .stream = parsed->stream.value_or(false), .issuer = "anthropic-messages"};
  const auto written = anthropic_messages::write_request(*parsed, how);
  require(written.has_value(), "what came in this dialect can be said in it");
  for (const auto& each : written->notes) require(each.find('\n') == std::string::npos, "notes are lines");
  const auto again = anthropic_messages::parse_request(written->body);
  require(again.has_value(), "what is written can be read");
  const auto second = anthropic_messages::write_request(*again, how);
  require(second.has_value() && second->body == written->body, "the second time changes nothing");
  if (!written->notes.empty()) return;  // a foreign signature left
  require(again->messages.size() == parsed->messages.size(), "no message is lost");
  for (std::size_t i = 0; i < again->messages.size(); ++i) {
    require(again->messages[i].parts.size() == parsed->messages[i].parts.size(), "no part is lost");
    require(again->messages[i].extra.size() == parsed->messages[i].extra.size(), "nothing beside it");
  }
  require(again->tools.size() == parsed->tools.size(), "no tool is lost");
  require(again->extra.size() == parsed->extra.size(), "no member is lost");
}

}  // namespace nearfar::fuzz
