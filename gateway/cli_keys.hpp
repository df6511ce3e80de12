// `nearfar keys …`: makes, lists, changes and ends callers' keys, in the state folder, with or without a
// running gateway.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace nearfar::gateway {

// What was parsed is put into `run`.
void add_key_commands(CLI::App& app, std::function<int()>& run);

}  // namespace nearfar::gateway
