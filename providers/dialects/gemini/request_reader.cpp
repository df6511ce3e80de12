#include "providers/dialects/gemini/request_reader.hpp"

#include "providers/dialects/gemini/content_walk.hpp"
#include "providers/dialects/gemini/words.hpp"
#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace nearfar::providers::gemini {

namespace od = json_walk::od;
using json_walk::is_string;
using json_walk::raw_text;
using json_walk::token;

namespace {

constexpr std::size_t max_members = 256;
constexpr std::uint32_t max_choices = 128;
constexpr std::size_t parser_kept = 1024 * 1024;

// One read: what it has found, and the first thing wrong.
class reading {
 public:
  reading(std::string_view body, request_view& out) : body_(body), out_(out) {}

  bool object(od::document& doc);
  std::string problem;

 private:
  bool member_of_body(od::field& field);
  bool add_member(std::string_view name);
  bool visit(std::string_view name, od::value v, std::string_view first);
  bool nested(od::value v);
  bool generation_config(od::value v);
  bool setting(std::string_view name, od::value v);
  bool modalities(od::value v);
  bool tools(od::value v, std::string_view first);
  bool opaque(std::string_view name, od::value v);
  bool weighed(std::string_view name, od::value v);
  bool finish();
  bool fail(std::string text);
  bool broken(od::document& doc);
  std::size_t offset(const char* at) const { return static_cast<std::size_t>(at - body_.data()); }

  std::string_view body_;
  request_view& out_;
  content_walk contents_;
  std::size_t count_ = 0;
  std::uint64_t quarters_ = 0;
  bool contents_seen_ = false;
};

bool reading::fail(std::string text) {
  if (problem.empty()) problem = std::move(text);
  return false;
}

bool reading::broken(od::document& doc) {
  const char* at = nullptr;
  if (doc.current_location().get(at)) at = body_.data() + body_.size();
  const std::size_t place = std::min(offset(at), body_.size());
  return fail(
      fmt::format("the body is not valid JSON near byte {}: check its brackets, commas and quotes", place));
}

bool reading::object(od::document& doc) {
  od::object root;
  if (const auto error = doc.get_object().get(root)) {
    return error == simdjson::INCORRECT_TYPE ? fail("the body must be a JSON object") : broken(doc);
  }
  simdjson::error_code error = simdjson::SUCCESS;
  if (!json_walk::each_field(root, error, [this](od::field& f) { return member_of_body(f); }))
    return broken(doc);
  const char* rest = nullptr;
  if (!doc.current_location().get(rest)) {
    return fail(
        fmt::format("the body goes on after its JSON object at byte {}: send one object", offset(rest)));
  }
  return finish();
}

bool reading::member_of_body(od::field& field) {
  std::string_view name;
  if (field.unescaped_key().get(name))
    return fail("the body has a key with an escape that JSON does not know");
  od::value v = field.value();
  const std::string_view first = token(v);
  if (first.empty() || !add_member(name)) return false;
  // The key's memory is the parser's: it does not outlive the walk over the value.
  if (!visit(camel(name), v, first)) return false;
  std::size_t length = first.size();
  if (json_walk::is_container(first)) {
    const auto value = json_walk::up_to_here(first.data(), v, body_);
    if (!value) return false;
    length = json_walk::trim_end(*value).size();
  }
  out_.members[count_ - 1].value = {offset(first.data()), length};
  out_.last_member_end = offset(first.data()) + length;
  return true;
}

bool reading::add_member(std::string_view name) {
  const std::string spelt = camel(name);
  for (std::size_t i = 0; i < count_; ++i) {
    if (out_.members[i].name == name || camel(out_.members[i].name) == spelt) {
      return fail(fmt::format("the key {:?} stands twice in the body: servers disagree on which one counts",
                              name.substr(0, 64)));
    }
  }
  if (count_ == max_members) return fail(fmt::format("the body has more than {} keys", max_members));
  if (count_ < out_.members.size()) {
    out_.members[count_].name.assign(name);
  } else {
    out_.members.push_back({std::string{name}, {}});
  }
  ++count_;
  return true;
}

bool reading::visit(std::string_view name, od::value v, std::string_view first) {
  if (name == "contents") {
    contents_seen_ = true;
    if (!json_walk::is_container(first)) return fail("contents must be an array of contents");
    return contents_.contents(v, body_) || fail(contents_.problem());
  }
  if (name == "systemInstruction") return contents_.system(v, body_) || fail(contents_.problem());
  if (name == "generationConfig") return generation_config(v);
  if (name == "tools") return tools(v, first);
  if (name == "generateContentRequest") return nested(v);
  return opaque(name, v);
}

// What countTokens may count instead of contents alone.
bool reading::nested(od::value v) {
  if (token(v) == "null") return true;
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return fail("generateContentRequest must be an object");
  if (contents_seen_) return fail("contents stand beside generateContentRequest: send one of them");
  std::vector<std::string> seen;
  return json_walk::each_field(object, error, [&](od::field& f) {
    std::string_view key;
    if (f.unescaped_key().get(key)) return fail("generateContentRequest has a key with an unknown escape");
    const std::string name = camel(key);
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      return fail("a key stands twice in generateContentRequest");
    }
    seen.push_back(name);
    od::value each = f.value();
    const std::string_view first = token(each);
    return name == "generateContentRequest" ? opaque(name, each) : visit(name, each, first);
  });
}

bool reading::generation_config(od::value v) {
  if (token(v) == "null") return true;
  simdjson::error_code error = simdjson::SUCCESS;
  od::object object;
  if (v.get_object().get(object)) return fail("generationConfig must be an object");
  return json_walk::each_field(object, error, [this](od::field& f) {
    std::string_view key;
    if (f.unescaped_key().get(key)) return fail("generationConfig has a key with an unknown escape");
    return setting(camel(key), f.value());
  });
}

bool reading::setting(std::string_view name, od::value v) {
  const std::string_view first = token(v);
  std::uint64_t count = 0;
  if (first == "null") return true;
  if (name == "maxOutputTokens") {
    if (!json_walk::read_count(first, count)) return fail("maxOutputTokens must be a whole number");
    out_.facts.output_tokens = count;
  } else if (name == "candidateCount") {
    if (!json_walk::read_count(first, count) || count < 1 || count > max_choices) {
      return fail(fmt::format("candidateCount must be a whole number from 1 to {}", max_choices));
    }
    out_.facts.choices = static_cast<std::uint32_t>(count);
  } else if (name == "responseMimeType") {
    if (!is_string(first)) return fail("responseMimeType must be a string");
    const std::string_view mime = raw_text(first);
    out_.facts.json = out_.facts.json || mime == "application/json" || mime == "application\\/json";
  } else if (name == "responseSchema" || name == "responseJsonSchema") {
    out_.facts.json = true;
    return weighed(name, v);
  } else if (name == "responseModalities") {
    return modalities(v);
  }
  return opaque(name, v);
}

bool reading::modalities(od::value v) {
  simdjson::error_code error = simdjson::SUCCESS;
  od::array list;
  if (v.get_array().get(list)) return fail("responseModalities must be an array of strings");
  return json_walk::each_element(list, error, [this](od::value& each) {
    const std::string_view word = token(each);
    if (!is_string(word)) return fail("responseModalities must be an array of strings");
    out_.facts.audio = out_.facts.audio || raw_text(word) == "AUDIO";
    return true;
  });
}

bool reading::tools(od::value v, std::string_view first) {
  if (first == "null") return true;
  if (!json_walk::is_container(first)) return fail("tools must be an array");
  if (!weighed("tools", v)) return false;
  const auto list = json_walk::up_to_here(first.data(), v, body_);
  out_.facts.tools = out_.facts.tools || (list && list->find(':') != std::string_view::npos);
  return list.has_value();
}

bool reading::weighed(std::string_view name, od::value v) {
  const char* begin = token(v).data();
  if (!opaque(name, v)) return false;
  const auto whole = json_walk::up_to_here(begin, v, body_);
  if (whole) quarters_ += raw_quarters(*whole);
  return whole.has_value();
}

bool reading::opaque(std::string_view name, od::value v) {
  switch (json_walk::check(v, 1)) {
    case json_walk::walked::fine:
      return true;
    case json_walk::walked::too_deep:
      return fail(
          fmt::format("{:?} is nested deeper than {} levels", name.substr(0, 64), json_walk::max_depth));
    case json_walk::walked::malformed:
      break;
  }
  return fail(fmt::format("the value of {:?} is not valid JSON: check its brackets, commas and quotes",
                          name.substr(0, 64)));
}

bool reading::finish() {
  out_.members.resize(count_);
  if (!contents_seen_) return fail("contents is missing: send an array of contents");
  routes::query& facts = out_.facts;
  facts.in = routes::dialect::gemini;
  facts.include_usage = true;
  facts.images = contents_.images();
  facts.audio = facts.audio || contents_.audio();
  facts.reasoning_signed = contents_.reasoning_signed();
  facts.input_tokens = (quarters_ + contents_.quarters() + 3) / 4;
  facts.body_bytes = body_.size();
  facts.conversation = contents_.opening();
  return true;
}

void clear(request_view& out, std::string_view body) {
  out.body = body;
  out.model_text.clear();
  out.model = {};
  out.stream_options = {};
  out.has_session = false;
  out.has_include_usage = false;
  out.last_member_end = 0;
  out.facts = routes::query{};
}

}  // namespace

struct request_reader::impl {
  od::parser parser;
};

request_reader::request_reader() : impl_(std::make_unique<impl>()) {}
request_reader::~request_reader() = default;

routes::result<void> request_reader::read(std::string_view body, request_view& out) {
  clear(out, body);
  reading walk{body, out};
  od::document doc;
  bool fine = false;
  if (const auto error = json_walk::open(impl_->parser, body, doc)) {
    walk.problem = body.empty()
                       ? "the body is empty: send a JSON object"
                       : fmt::format("the body is not valid JSON: {}", simdjson::error_message(error));
  } else {
    fine = walk.object(doc);
  }
  if (impl_->parser.capacity() > parser_kept) impl_->parser = od::parser{};
  if (fine) return {};
  if (walk.problem.empty()) walk.problem = "the body is not valid JSON";
  auto refused = routes::make_error(routes::error_kind::bad_request, std::move(walk.problem));
  refused.side = routes::error_side::downstream;
  return refused;
}

}  // namespace nearfar::providers::gemini
