// Request walk and splice: what is accepted means the same to another parser after the splice, but
// for the fields that were changed; all other bytes are the client's.
#include "tests/fuzz/targets.hpp"

#include "providers/dialects/openai_chat/request_reader.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <boost/json.hpp>

#include <string>

namespace nearfar::fuzz {

namespace json = boost::json;
using namespace providers;
using namespace providers::openai_chat;

namespace {

std::string joined(const spliced_body& body) {
  std::string all;
  for (const auto& piece : body.pieces) all.append(piece);
  require(all.size() == body.size, "the size is the sum of the pieces");
  return all;
}

void check_spans(const request_view& view, std::string_view body) {
  std::size_t end = 0;
  for (const auto& each : view.members) {
    require(each.value.offset >= end && each.value.length > 0, "members stand in order");
    end = each.value.offset + each.value.length;
    require(end <= body.size(), "members lie in the body");
  }
  require(end == view.last_member_end, "the last member ends where it says");
  require(view.model.present() && body[view.model.offset] == '"', "the model is a string");
  require(view.facts.choices >= 1 && view.facts.choices <= 128, "choices are bounded");
}

// Boost.JSON's view of the same bytes; nullopt: it cannot read them. The walk does not look into
// every string for escapes, and Boost refuses numbers beyond a double.
std::optional<json::value> dom(std::string_view text) {
  json::parse_options options;
  options.max_depth = 80;
  boost::system::error_code failed;
  json::value value = json::parse(text, failed, {}, options);
  if (failed) return std::nullopt;
  return value;
}

void check_meaning(std::string_view before, std::string_view after, std::string_view model,
                   bool usage_added) {
  auto wanted = dom(before);
  if (!wanted) return;
  const auto got = dom(after);
  require(got.has_value(), "what was JSON is still JSON");
  auto& object = wanted->as_object();
  object["model"] = model;
  object["top_k"] = 40;
  if (!object.contains("seed")) object["seed"] = 1;
  if (usage_added) {
    auto& options = object["stream_options"];
    if (!options.is_object()) options = json::object{};
    options.as_object()["include_usage"] = true;
  }
  // Not `==`: Boost holds what is no number unequal to itself; and a key that stands twice deep inside
  // counts for both in the same way.
  require(json::serialize(*got) == json::serialize(*wanted) || *got == *wanted, "the same meaning");
}

}  // namespace

void request(std::string_view bytes) {
  static openai_chat::request_reader reader;
  static request_view view;
  static spliced_body into;
  if (bytes.size() > 256 * 1024) return;
  std::string padded{bytes};
  padded.append(body_padding, '}');
  const std::string_view body{padded.data(), bytes.size()};
  const auto read = reader.read(body, view);
  if (read.has_error()) {
    require(read.error().kind == routes::error_kind::bad_request, "a refusal is a bad request");
    require(!read.error().context.empty(), "a refusal says why");
    require(read.error().context.find('\n') == std::string::npos, "in one line");
    return;
  }
  check_spans(view, body);

  constexpr std::string_view model = "m\"\xe4\xbd\xa0";
  splice(view, {.model = model}, into);
  std::string literal;
  append_json_string(literal, model);
  const std::string plain = std::string{body.substr(0, view.model.offset)} + literal +
                            std::string{body.substr(view.model.offset + view.model.length)};
  require(joined(into) == plain, "only the model's value changes");

  const std::vector<config::body_field> set = {{"top_k", "40", {}}};
  const std::vector<config::body_field> defaults = {{"seed", "1", {}}};
  splice(view, {.model = model, .want_usage = true, .set = set, .defaults = defaults}, into);
  check_meaning(body, joined(into), model, into.usage_added);
}

}  // namespace nearfar::fuzz
