#include "providers/dialects/openai_embeddings/request_reader.hpp"

#include "providers/dialects/plain_request.hpp"

#include <fmt/format.h>

namespace nearfar::providers::openai_embeddings {

namespace od = json_walk::od;

namespace {

class members final : public plain_members {
 public:
  bool member(std::string_view name, od::value v, std::string_view first, request_view&,
              std::string& problem) override {
    if (name == "input") {
      seen = true;
      if (input_quarters(v, quarters)) return true;
      problem = "input must be a string, or an array of strings or tokens";
      return false;
    }
    if (!json_walk::is_container(first) && json_walk::is_scalar(first)) return true;
    if (json_walk::check(v, 1) == json_walk::walked::fine) return true;
    problem = fmt::format("the value of {:?} is not valid JSON, or nested too deeply", name.substr(0, 64));
    return false;
  }

  std::uint64_t quarters = 0;
  bool seen = false;
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
  if (!of.seen) {
    auto refused =
        routes::make_error(routes::error_kind::bad_request, "input is missing: send what to embed");
    refused.side = routes::error_side::downstream;
    return refused;
  }
  out.facts.input_tokens = (of.quarters + 3) / 4;
  return {};
}

}  // namespace nearfar::providers::openai_embeddings
