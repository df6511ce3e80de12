// POST */embeddings: one vector an input, as floats or base64, of the dimensions asked for.
#pragma once

#include "tests/support/dialects/unary_writer.hpp"

namespace nearfar::support {

class openai_embeddings_writer final : public unary_writer {
 public:
  bool serves(std::string_view path) const override;
  boost::system::result<answer_request, refusal> read(const incoming& in) const override;
};

}  // namespace nearfar::support
