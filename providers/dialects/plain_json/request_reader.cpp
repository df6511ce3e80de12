#include "providers/dialects/plain_json/request_reader.hpp"

#include "providers/dialects/body_reading.hpp"

namespace nearfar::providers::plain_json {

namespace od = json_walk::od;
using json_walk::token;

namespace {

constexpr std::uint64_t max_choices = 128;

class reading final : public body_reading {
 public:
  using body_reading::body_reading;

 private:
  bool visit(std::string_view name, od::value v, std::string_view first) override {
    auto& facts = out().facts;
    if (name == "model") return model(v, first);
    if (name == "stream") return boolean(name, first, facts.stream);
    if (name == "stream_options" && first.front() == '{') return stream_options(v);
    if (name == "prompt" || name == "input" || name == "query" || name == "documents") {
      return weighed(name, v, first);
    }
    std::uint64_t count = 0;
    if (name == "n" && json_walk::read_count(first, count) && count >= 1 && count <= max_choices)
      facts.choices = static_cast<std::uint32_t>(count);
    if (name == "max_tokens" && json_walk::read_count(first, count)) facts.output_tokens = count;
    return opaque(name, v);
  }

  bool finish() override {
    if (!out().model.present()) return fail("model is missing: name a model");
    out().facts.model = out().model_text;
    out().facts.input_tokens = (quarters() + 3) / 4;
    out().facts.body_bytes = body().size();
    return true;
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
        out().has_include_usage = true;
        out().facts.include_usage = token(each) == "true";
      }
      return json_walk::check(each, 2) == json_walk::walked::fine;
    });
  }
};

}  // namespace

struct request_reader::impl {
  od::parser parser;
};

request_reader::request_reader() : impl_(std::make_unique<impl>()) {}
request_reader::~request_reader() = default;

routes::result<void> request_reader::read(std::string_view body, request_view& out) {
  return reading{body, out}.read(impl_->parser);
}

}  // namespace nearfar::providers::plain_json
