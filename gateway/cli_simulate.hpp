// `nearfar simulate`: recorded decisions under another policy. And the record that `explain --id` reads.
#pragma once

#include "routes/decision_record.hpp"

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace nearfar::gateway {

void add_simulate_command(CLI::App& app, std::function<int()>& chosen);

// The last record with that id in the log. False: there is none, or the log cannot be read; says so.
bool find_decision(const std::string& log, const std::string& id, routes::decision_record& out);

}  // namespace nearfar::gateway
