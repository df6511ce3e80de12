// From the client's request to a target's: its own bytes with the fields changed that must be, or the same
// conversation in the target's dialect.
#pragma once

#include "gateway/query_state.hpp"

#include <span>
#include <string>

namespace nearfar::gateway {

// Before a place is taken: sets the attempt's wire, and writes the body where the client's own cannot pass.
// An error names what the target's dialect has no way to say, or where the client's request cannot be read.
routes::result<void> prepare_request(query_state& q, running_attempt& attempt);

// The body into attempt.buffers->body. After prepare_request().
void encode_request(query_state& q, running_attempt& attempt);

routes::result<void> write_upstream_head(query_state& q, running_attempt& attempt,
                                         const providers::origin& where);

struct translation {
  const target_wire* to = nullptr;
  std::span<const config::body_field> set;
  const providers::handover::ask* go_on = nullptr;  // null: the request as it is
  bool strip_signatures = false;
  bool stream = false;
};

struct translated_request {
  std::string body;
  providers::handover::asked asked;
};

// Notes go to the query.
routes::result<translated_request> translate_request(query_state& q, const deployed_target& target,
                                                     const translation& how);

}  // namespace nearfar::gateway
