#include "providers/dialects/plain_json/request_reader.hpp"

#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::providers::plain_json {

namespace od = json_walk::od;
using json_walk::token;

namespace {

constexpr std::size_t max_members = 256;
constexpr std::size_t parser_kept = 1024 * 1024;

class reading {
 public:
  reading(std::string_view body, request_view& out) : body_(body), out_(out) {}

  bool run(od::document& doc) {
    od::object root;
    if (doc.get_object().get(root)) return fail("the body must be a JSON object");
    simdjson::error_code error = simdjson::SUCCESS;
    if (!json_walk::each_field(root, error, [this](od::field& f) { return member_of_body(f); }))
      return fail("the body is not valid JSON: check its brackets, commas and quotes");
    const char* rest = nullptr;
    if (!doc.current_location().get(rest))
      return fail("the body goes on after its JSON object: send one object");
    if (!out_.model.present()) return fail("model is missing: name a model");
    out_.facts.model = out_.model_text;
    out_.facts.input_tokens = (quarters_ + 3) / 4;
    out_.facts.body_bytes = body_.size();
    return true;
  }

  std::string problem;

 private:
  bool fail(std::string_view text) {
    if (problem.empty()) problem.assign(text);
    return false;
  }

  bool member_of_body(od::field& field) {
    std::string_view name;
    if (field.unescaped_key().get(name)) return false;
    od::value v = field.value();
    const std::string_view first = token(v);
    if (first.empty()) return false;
    if (out_.members.size() == max_members) return fail("the body has more than 256 keys");
    if (std::ranges::find(out_.members, name, &member::name) != out_.members.end())
      return fail("a key stands twice in the body: servers disagree on which one counts");
    auto& added = out_.members.emplace_back();
    added.name.assign(name);
    if (!visit(added.name, v, first)) return false;
    std::size_t length = first.size();
    if (json_walk::is_container(first)) {
      const auto value = json_walk::up_to_here(first.data(), v, body_);
      if (!value) return false;
      length = json_walk::trim_end(*value).size();
    }
    added.value = {static_cast<std::size_t>(first.data() - body_.data()), length};
    out_.last_member_end = added.value.offset + length;
    if (added.name == "model") out_.model = added.value;
    if (added.name == "stream_options" && first.front() == '{') out_.stream_options = added.value;
    if (added.name == "prompt" || added.name == "input" || added.name == "query" || added.name == "documents")
      quarters_ += raw_quarters(body_.substr(added.value.offset, length));
    return true;
  }

  bool visit(std::string_view name, od::value v, std::string_view first) {
    auto& facts = out_.facts;
    if (name == "model") {
      std::string_view text;
      if (!json_walk::is_filled_string(first) || v.get_string().get(text))
        return fail("model must be a string with a model's name");
      out_.model_text.assign(text);
      return true;
    }
    if (name == "stream") {
      if (first != "true" && first != "false" && first != "null") return fail("stream must be true or false");
      facts.stream = first == "true";
      return true;
    }
    if (name == "stream_options" && first.front() == '{') return stream_options(v);
    std::uint64_t count = 0;
    if (name == "n" && json_walk::read_count(first, count) && count >= 1 && count <= 128)
      facts.choices = static_cast<std::uint32_t>(count);
    if (name == "max_tokens" && json_walk::read_count(first, count)) facts.output_tokens = count;
    return json_walk::check(v, 1) == json_walk::walked::fine;
  }

  bool stream_options(od::value v) {
    od::object object;
    if (v.get_object().get(object)) return false;
    simdjson::error_code error = simdjson::SUCCESS;
    return json_walk::each_field(object, error, [this](od::field& f) {
      std::string_view key;
      if (f.unescaped_key().get(key)) return false;
      od::value each = f.value();
      if (key == "include_usage") {
        out_.has_include_usage = true;
        out_.facts.include_usage = token(each) == "true";
      }
      return json_walk::check(each, 2) == json_walk::walked::fine;
    });
  }

  std::string_view body_;
  request_view& out_;
  std::uint64_t quarters_ = 0;
};

}  // namespace

struct request_reader::impl {
  od::parser parser;
};

request_reader::request_reader() : impl_(std::make_unique<impl>()) {}
request_reader::~request_reader() = default;

routes::result<void> request_reader::read(std::string_view body, request_view& out) {
  out = {};
  out.body = body;
  reading walk{body, out};
  od::document doc;
  bool fine = false;
  if (const auto error = json_walk::open(impl_->parser, body, doc)) {
    walk.problem = body.empty()
                       ? "the body is empty: send a JSON object"
                       : fmt::format("the body is not valid JSON: {}", simdjson::error_message(error));
  } else {
    fine = walk.run(doc);
  }
  if (impl_->parser.capacity() > parser_kept) impl_->parser = od::parser{};
  if (fine) return {};
  auto refused = routes::make_error(routes::error_kind::bad_request, std::move(walk.problem));
  refused.side = routes::error_side::downstream;
  return refused;
}

}  // namespace nearfar::providers::plain_json
