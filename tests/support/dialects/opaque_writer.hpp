// Routes whose bodies a gateway passes as they are: transcriptions, translations, speech, images,
// moderations, rerank. Plausible answers, and the checks that find a body that was harmed on its way.
#pragma once

#include "tests/support/dialects/unary_writer.hpp"

namespace nearfar::support {

class opaque_writer final : public unary_writer {
 public:
  bool serves(std::string_view path) const override;
  boost::system::result<answer_request, refusal> read(const incoming& in) const override;
};

}  // namespace nearfar::support
