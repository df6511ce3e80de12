#include "providers/dialects/plain_request.hpp"

#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::providers {

namespace od = json_walk::od;
using json_walk::is_string;
using json_walk::token;

namespace {

constexpr std::size_t max_members = 256;
constexpr std::size_t parser_kept = 1024 * 1024;  // a parser grown beyond this is given back
constexpr std::uint64_t quarters_per_token = 4;
constexpr int deepest_input = 2;  // a list of lists of tokens

class reading {
 public:
  reading(std::string_view body, plain_members& of, request_view& out) : body_(body), of_(of), out_(out) {}

  bool object(od::document& doc);
  std::string problem;

 private:
  bool member_of_body(od::field& field);
  bool model(od::value v, std::string_view first);
  bool fail(std::string text) {
    if (problem.empty()) problem = std::move(text);
    return false;
  }

  std::string_view body_;
  plain_members& of_;
  request_view& out_;
};

bool reading::object(od::document& doc) {
  od::object root;
  if (doc.get_object().get(root)) return fail("the body must be a JSON object");
  simdjson::error_code error = simdjson::SUCCESS;
  const bool complete =
      json_walk::each_field(root, error, [this](od::field& f) { return member_of_body(f); });
  if (!complete) return fail("the body is not valid JSON: check its brackets, commas and quotes");
  const char* rest = nullptr;
  if (!doc.current_location().get(rest))
    return fail("the body goes on after its JSON object: send one object");
  if (!out_.model.present()) return fail("model is missing: name a model");
  out_.facts.model = out_.model_text;
  out_.facts.body_bytes = body_.size();
  out_.facts.conversation = stable_hash(2, out_.model_text);
  return true;
}

bool reading::member_of_body(od::field& field) {
  std::string_view name;
  if (field.unescaped_key().get(name))
    return fail("the body has a key with an escape that JSON does not know");
  const auto same = [&](const member& each) { return each.name == name; };
  if (std::any_of(out_.members.begin(), out_.members.end(), same))
    return fail(fmt::format("the key {:?} stands twice in the body: servers disagree on which one counts",
                            name.substr(0, 64)));
  if (out_.members.size() == max_members)
    return fail(fmt::format("the body has more than {} keys", max_members));
  out_.members.push_back({std::string{name}, {}});
  od::value v = field.value();
  const std::string_view first = token(v);
  if (first.empty()) return false;
  const std::string kept = out_.members.back().name;
  const bool read = kept == "model" ? model(v, first) : of_.member(kept, v, first, out_, problem);
  if (!read) return false;
  std::size_t length = first.size();
  if (json_walk::is_container(first)) {
    const auto value = json_walk::up_to_here(first.data(), v, body_);
    if (!value) return false;
    length = json_walk::trim_end(*value).size();
  }
  out_.members.back().value = {static_cast<std::size_t>(first.data() - body_.data()), length};
  out_.last_member_end = out_.members.back().value.offset + length;
  if (kept == "model") out_.model = out_.members.back().value;
  if (kept == "stream_options" && first.front() == '{') out_.stream_options = out_.members.back().value;
  return true;
}

bool reading::model(od::value v, std::string_view first) {
  std::string_view name;
  if (!is_string(first) || v.get_string().get(name))
    return fail("model must be a string with a model's name");
  if (name.empty()) return fail("model is empty: name a model");
  out_.model_text.assign(name);
  return true;
}

bool quarters_of(od::value v, int depth, std::uint64_t& quarters) {
  const std::string_view first = token(v);
  if (is_string(first)) {
    const auto weight = token_quarters(json_walk::raw_text(first));
    if (weight) quarters += *weight;
    return weight.has_value();
  }
  if (json_walk::is_number(first) && depth > 0) {
    quarters += quarters_per_token;
    return true;
  }
  od::array list;
  simdjson::error_code error = simdjson::SUCCESS;
  if (depth == deepest_input || first.empty() || first.front() != '[' || v.get_array().get(list))
    return false;
  return json_walk::each_element(list, error,
                                 [&](od::value& each) { return quarters_of(each, depth + 1, quarters); });
}

}  // namespace

bool input_quarters(od::value v, std::uint64_t& quarters) {
  return quarters_of(v, 0, quarters);
}

routes::result<void> read_plain(od::parser& parser, std::string_view body, plain_members& of,
                                request_view& out) {
  out = request_view{};
  out.body = body;
  reading walk{body, of, out};
  od::document doc;
  bool fine = false;
  if (body.empty()) {
    walk.problem = "the body is empty: send a JSON object";
  } else if (const auto error = json_walk::open(parser, body, doc)) {
    walk.problem = fmt::format("the body is not valid JSON: {}", simdjson::error_message(error));
  } else {
    fine = walk.object(doc);
  }
  if (parser.capacity() > parser_kept) parser = od::parser{};
  if (fine) return {};
  auto refused = routes::make_error(routes::error_kind::bad_request, std::move(walk.problem));
  refused.side = routes::error_side::downstream;
  return refused;
}

}  // namespace nearfar::providers
