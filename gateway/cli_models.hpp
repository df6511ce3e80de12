// `nearfar models`: what there is to ask, what is absent and why; and price lists of others.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace nearfar::gateway {

// Adds the command; where it was named it sets `chosen`, which prints and returns the exit code.
void add_models_command(CLI::App& app, std::function<int()>& chosen);

}  // namespace nearfar::gateway
