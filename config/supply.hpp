// Who can say what a fact is, given a configuration.
#pragma once

#include "config/model.hpp"

#include <cstdint>
#include <string_view>

namespace nearfar::config {

enum class supply : std::uint8_t {
  sure,      // the query, the clock, the link monitor, a sensor here, or keys of the gateway's own
  foreseen,  // `facts` has an entry for it: somebody has thought of its absence
  pushed,    // by PUT /admin/facts alone
  nobody,
};

// Names and teams of callers come from keys that the gateway gives out itself.
bool gives_out_keys(const configuration& c);

supply supply_of(const configuration& c, std::string_view fact);

}  // namespace nearfar::config
