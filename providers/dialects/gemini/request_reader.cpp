#include "providers/dialects/gemini/request_reader.hpp"

#include "providers/dialects/body_reading.hpp"
#include "providers/dialects/gemini/content_walk.hpp"
#include "providers/dialects/gemini/words.hpp"
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

constexpr std::uint32_t max_choices = 128;

// One read: what it has found.
class reading final : public body_reading {
 public:
  using body_reading::body_reading;

 private:
  bool visit(std::string_view name, od::value v, std::string_view first) override {
    return named(camel(name), v, first);
  }
  bool same(std::string_view a, std::string_view b) const override { return a == b || camel(a) == camel(b); }
  bool named(std::string_view name, od::value v, std::string_view first);
  bool nested(od::value v);
  bool generation_config(od::value v);
  bool setting(std::string_view name, od::value v);
  bool modalities(od::value v);
  bool tools(od::value v, std::string_view first);
  bool finish() override;

  content_walk contents_;
  bool contents_seen_ = false;
};

bool reading::named(std::string_view name, od::value v, std::string_view first) {
  if (name == "contents") {
    contents_seen_ = true;
    if (!json_walk::is_container(first)) return fail("contents must be an array of contents");
    return contents_.contents(v, body()) || fail(contents_.problem());
  }
  if (name == "systemInstruction") return contents_.system(v, body()) || fail(contents_.problem());
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
    return name == "generateContentRequest" ? opaque(name, each) : named(name, each, first);
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
    out().facts.output_tokens = count;
  } else if (name == "candidateCount") {
    if (!json_walk::read_count(first, count) || count < 1 || count > max_choices) {
      return fail(fmt::format("candidateCount must be a whole number from 1 to {}", max_choices));
    }
    out().facts.choices = static_cast<std::uint32_t>(count);
  } else if (name == "responseMimeType") {
    if (!is_string(first)) return fail("responseMimeType must be a string");
    const std::string_view mime = raw_text(first);
    out().facts.json = out().facts.json || mime == "application/json" || mime == "application\\/json";
  } else if (name == "responseSchema" || name == "responseJsonSchema") {
    out().facts.json = true;
    return weighed(name, v, first);
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
    out().facts.audio = out().facts.audio || raw_text(word) == "AUDIO";
    return true;
  });
}

bool reading::tools(od::value v, std::string_view first) {
  if (first == "null") return true;
  if (!json_walk::is_container(first)) return fail("tools must be an array");
  if (!weighed("tools", v, first)) return false;
  const auto list = json_walk::up_to_here(first.data(), v, body());
  out().facts.tools = out().facts.tools || (list && list->find(':') != std::string_view::npos);
  return list.has_value();
}

bool reading::finish() {
  if (!contents_seen_) return fail("contents is missing: send an array of contents");
  routes::query& facts = out().facts;
  facts.in = routes::dialect::gemini;
  facts.include_usage = true;
  facts.images = contents_.images();
  facts.audio = facts.audio || contents_.audio();
  facts.reasoning_signed = contents_.reasoning_signed();
  facts.input_tokens = (quarters() + contents_.quarters() + 3) / 4;
  facts.body_bytes = body().size();
  facts.conversation = contents_.opening();
  return true;
}

}  // namespace

struct request_reader::impl {
  od::parser parser;
};

request_reader::request_reader() : impl_(std::make_unique<impl>()) {}
request_reader::~request_reader() = default;

routes::result<void> request_reader::read(std::string_view body, request_view& out) {
  return reading{body, out}.read(impl_->parser);
}

}  // namespace nearfar::providers::gemini
