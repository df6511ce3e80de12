#include "providers/dialects/plain_request.hpp"

#include "providers/dialects/body_reading.hpp"
#include "providers/dialects/text_measure.hpp"

namespace nearfar::providers {

namespace od = json_walk::od;
using json_walk::is_string;
using json_walk::token;

namespace {

constexpr std::uint64_t quarters_per_token = 4;
constexpr int deepest_input = 2;  // a list of lists of tokens

class reading final : public body_reading {
 public:
  reading(std::string_view body, plain_members& of, request_view& out) : body_reading(body, out), of_(of) {}

 private:
  bool visit(std::string_view name, od::value v, std::string_view first) override {
    if (name == "model") return model(v, first);
    std::string problem;
    return of_.member(std::string{name}, v, first, out(), problem) || (!problem.empty() && fail(problem));
  }

  bool finish() override {
    if (!out().model.present()) return fail("model is missing: name a model");
    out().facts.model = out().model_text;
    out().facts.body_bytes = body().size();
    out().facts.conversation = stable_hash(2, out().model_text);
    return true;
  }

  plain_members& of_;
};

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
  return reading{body, of, out}.read(parser);
}

}  // namespace nearfar::providers
