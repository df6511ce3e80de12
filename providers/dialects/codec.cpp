#include "providers/dialects/codec.hpp"

namespace nearfar::providers {

const codec* codec_of(config::dialect d) {
  switch (d) {
    default:
      return nullptr;
  }
}

}  // namespace nearfar::providers
