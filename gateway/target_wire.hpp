// How one target is asked for one query: in which dialect, at which path, and whether the client's own
// words pass.
#pragma once

#include "config/preset.hpp"
#include "gateway/deployment.hpp"
#include "gateway/query_path.hpp"

#include <optional>
#include <string>

namespace nearfar::gateway {

struct target_wire {
  config::dialect speaks = config::dialect::openai_chat;
  const config::dialect_path* at = nullptr;  // lives with the deployment
  bool translates = false;                   // the client speaks another one
};

// Nullopt: it does not serve what the client speaks, and nothing of it can be translated.
std::optional<target_wire> wire_of(const deployed_target& target, const query_path& asked);

// With the model's id in its place, and for token counts the path that counts.
std::string path_of(const target_wire& wire, const deployed_target& target, const query_path& asked,
                    bool stream);

// Whose signatures of reasoning it takes: the vendor's name, else the provider's.
std::string_view signer_of(const deployed_target& target);

}  // namespace nearfar::gateway
