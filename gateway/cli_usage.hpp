// `nearfar usage` and `nearfar forget`: reads and prunes the ledger in the state folder, with or without a
// running gateway.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace nearfar::gateway {

// What was parsed is put into `run`.
void add_usage_command(CLI::App& app, std::function<int()>& run);

}  // namespace nearfar::gateway
