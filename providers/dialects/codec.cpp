#include "providers/dialects/codec.hpp"

#include "providers/dialects/anthropic_messages/codec.hpp"

namespace nearfar::providers {

const codec* codec_of(config::dialect d) {
  switch (d) {
    case config::dialect::anthropic_messages:
      return anthropic_messages::the_codec();
    default:
      return nullptr;
  }
}

}  // namespace nearfar::providers
