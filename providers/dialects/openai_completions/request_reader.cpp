#include "providers/dialects/openai_completions/request_reader.hpp"

#include "providers/dialects/plain_request.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::providers::openai_completions {

namespace od = json_walk::od;

namespace {

constexpr std::uint64_t default_output = 16;  // OpenAI's max_tokens where none is said
constexpr std::uint64_t max_choices = 128;

class members final : public plain_members {
 public:
  bool member(std::string_view name, od::value v, std::string_view first, request_view& out,
              std::string& problem) override {
    const auto fail = [&](std::string_view what) {
      problem = fmt::format("{} {}", name, what);
      return false;
    };
    if (first == "null") return true;
    if (name == "prompt" || name == "suffix") {
      return input_quarters(v, quarters) || fail("must be a string, or an array of strings or tokens");
    }
    if (name == "stream") {
      if (first != "true" && first != "false") return fail("must be true or false");
      out.facts.stream = first == "true";
    } else if (name == "max_tokens") {
      if (!json_walk::read_count(first, out.facts.output_tokens)) return fail("must be a whole number");
      limited = true;
    } else if (name == "n" || name == "best_of") {
      std::uint64_t count = 0;
      if (!json_walk::read_count(first, count) || count < 1 || count > max_choices)
        return fail("must be a whole number from 1 to 128");
      if (name == "n") out.facts.choices = static_cast<std::uint32_t>(count);
    } else if (name == "stream_options" && first.front() == '{') {
      return options(v, out) || fail("must be an object or null");
    }
    return json_walk::check(v, 1) == json_walk::walked::fine ||
           fail("is not valid JSON, or nested too deeply");
  }

  std::uint64_t quarters = 0;
  bool limited = false;

 private:
  static bool options(od::value v, request_view& out) {
    od::object object;
    simdjson::error_code error = simdjson::SUCCESS;
    if (v.get_object().get(object)) return false;
    return json_walk::each_field(object, error, [&](od::field& f) {
      std::string_view key;
      if (f.unescaped_key().get(key)) return false;
      od::value each = f.value();
      if (key == "include_usage") {
        out.has_include_usage = true;
        out.facts.include_usage = json_walk::token(each) == "true";
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
  members of;
  auto read = read_plain(impl_->parser, body, of, out);
  if (read.has_error()) return read;
  out.facts.input_tokens = (of.quarters + 3) / 4;
  if (!of.limited) out.facts.output_tokens = default_output;
  return {};
}

}  // namespace nearfar::providers::openai_completions
