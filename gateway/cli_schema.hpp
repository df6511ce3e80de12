// `nearfar schema` and `nearfar docs`: what the field table says, printed. Neither reads a file.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace nearfar::gateway {

// Adds the commands; the one that was named sets `chosen`, which prints and returns the exit code.
void add_schema_commands(CLI::App& app, std::function<int()>& chosen);

}  // namespace nearfar::gateway
