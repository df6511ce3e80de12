#include "providers/dialects/codec.hpp"

#include "providers/dialects/openai_responses/codec.hpp"

namespace nearfar::providers {

const codec* codec_of(config::dialect d) {
  switch (d) {
    case config::dialect::openai_responses:
      return openai_responses::the_codec();
    default:
      return nullptr;
  }
}

}  // namespace nearfar::providers
