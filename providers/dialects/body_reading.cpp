#include "providers/dialects/body_reading.hpp"

#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nearfar::providers {

namespace od = json_walk::od;

namespace {

constexpr std::size_t max_members = 256;
constexpr std::size_t parser_kept = 1024 * 1024;  // a parser grown beyond this is given back
constexpr std::size_t shown_of_key = 64;

}  // namespace

routes::result<void> body_reading::read(od::parser& parser) {
  clear();
  od::document doc;
  bool fine = false;
  if (body_.empty()) {
    fail("the body is empty: send a JSON object");
  } else if (const auto error = json_walk::open(parser, body_, doc)) {
    fail(fmt::format("the body is not valid JSON: {}", simdjson::error_message(error)));
  } else {
    fine = object(doc);
  }
  if (parser.capacity() > parser_kept) parser = od::parser{};
  if (fine) return {};
  auto refused = routes::make_error(routes::error_kind::bad_request, std::move(problem_));
  refused.side = routes::error_side::downstream;
  return refused;
}

// Member by member, so that the memory of the last request is used again.
void body_reading::clear() {
  out_.body = body_;
  out_.model_text.clear();
  out_.model = {};
  out_.stream_options = {};
  out_.has_session = false;
  out_.has_include_usage = false;
  out_.last_member_end = 0;
  out_.foreign_thoughts.clear();
  out_.foreign_thought_last = false;
  out_.signs = {};
  out_.facts = routes::query{};
}

bool body_reading::fail(std::string text) {
  if (problem_.empty()) problem_ = std::move(text);
  return false;
}

bool body_reading::broken(od::document& doc) {
  if (!problem_.empty()) return false;
  const char* at = nullptr;
  if (doc.current_location().get(at)) at = body_.data() + body_.size();
  const std::size_t place = std::min(offset(at), body_.size());
  return fail(
      fmt::format("the body is not valid JSON near byte {}: check its brackets, commas and quotes", place));
}

bool body_reading::object(od::document& doc) {
  od::object root;
  if (const auto error = doc.get_object().get(root)) {
    if (error == simdjson::INCORRECT_TYPE) return fail("the body must be a JSON object");
    return broken(doc);
  }
  simdjson::error_code error = simdjson::SUCCESS;
  if (!json_walk::each_field(root, error, [this](od::field& f) { return member_of_body(f); }))
    return broken(doc);
  const char* rest = nullptr;
  if (!doc.current_location().get(rest)) {
    return fail(
        fmt::format("the body goes on after its JSON object at byte {}: send one object", offset(rest)));
  }
  out_.members.resize(count_);
  return finish();
}

bool body_reading::member_of_body(od::field& field) {
  std::string_view name;
  if (field.unescaped_key().get(name))
    return fail("the body has a key with an escape that JSON does not know");
  od::value v = field.value();
  const std::string_view first = json_walk::token(v);
  // The key's memory is the parser's and does not outlive the walk over the value: add_member() keeps it.
  if (first.empty() || !add_member(name)) return false;
  if (!visit(name, v, first)) return false;

  std::size_t length = first.size();
  if (json_walk::is_container(first)) {
    const auto value = json_walk::up_to_here(first.data(), v, body_);
    if (!value) return false;
    length = json_walk::trim_end(*value).size();
  }
  member& last = out_.members[count_ - 1];
  last.value = {offset(first.data()), length};
  out_.last_member_end = last.value.offset + length;
  const std::string_view kept = last.name;
  if (kept == "model" && !out_.model_text.empty()) out_.model = last.value;
  if (kept == "stream_options" && first.front() == '{') out_.stream_options = last.value;
  return true;
}

bool body_reading::add_member(std::string_view name) {
  for (std::size_t i = 0; i < count_; ++i) {
    if (same(out_.members[i].name, name)) {
      return fail(fmt::format("the key {:?} stands twice in the body: servers disagree on which one counts",
                              name.substr(0, shown_of_key)));
    }
  }
  if (count_ == max_members) return fail(fmt::format("the body has more than {} keys", max_members));
  // Names are written over those of the last request, so that their memory is used again.
  if (count_ < out_.members.size()) {
    // Most clients send the same members again and again.
    if (auto& kept = out_.members[count_].name; kept != name) kept.assign(name);
  } else {
    out_.members.push_back({std::string{name}, {}});
  }
  ++count_;
  return true;
}

bool body_reading::model(od::value v, std::string_view first) {
  std::string_view name;
  if (!json_walk::is_string(first)) return fail("model must be a string with a model's name");
  if (v.get_string().get(name)) return fail("model holds an escape that JSON does not know");
  if (name.empty()) return fail("model is empty: name a model");
  out_.model_text.assign(name);
  return true;
}

bool body_reading::boolean(std::string_view name, std::string_view first, bool& to) {
  if (first != "true" && first != "false" && first != "null") {
    return fail(fmt::format("{} must be true or false", name));
  }
  to = first == "true";
  return true;
}

bool body_reading::text(std::string_view name, std::string_view first, std::string_view& to) {
  if (first == "null") return true;
  if (!json_walk::is_string(first)) return fail(fmt::format("{} must be a string", name));
  to = json_walk::raw_text(first);
  return true;
}

bool body_reading::opaque(std::string_view name, od::value v) {
  switch (json_walk::check(v, 1)) {
    case json_walk::walked::fine:
      return true;
    case json_walk::walked::too_deep:
      return fail(fmt::format("{:?} is nested deeper than {} levels", name.substr(0, shown_of_key),
                              json_walk::max_depth));
    case json_walk::walked::malformed:
      break;
  }
  return fail(fmt::format("the value of {:?} is not valid JSON: check its brackets, commas and quotes",
                          name.substr(0, shown_of_key)));
}

bool body_reading::weighed(std::string_view name, od::value v, std::string_view first) {
  if (!opaque(name, v)) return false;
  const auto value = json_walk::up_to_here(first.data(), v, body_);
  if (value) add_quarters(raw_quarters(json_walk::trim_end(*value)));
  return value.has_value();
}

bool body_reading::tools(std::string_view name, od::value v, std::string_view first) {
  if (first == "null") return true;
  if (first.front() != '[') return fail(fmt::format("{} must be an array", name));
  if (!weighed(name, v, first)) return false;
  const auto list = json_walk::up_to_here(first.data(), v, body_);
  out_.facts.tools = out_.facts.tools || (list && list->find('{') != std::string_view::npos);
  return list.has_value();
}

}  // namespace nearfar::providers
