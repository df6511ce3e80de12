// `nearfar simulate`: recorded decisions under another policy. And the record that `explain --id` reads.
#pragma once

#include "routes/decision_record.hpp"

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace nearfar::gateway {

void add_simulate_command(CLI::App& app, std::function<int()>& chosen);

// The record with that id in these logs. False: there is none, or one of them cannot be read; says so.
bool find_decision(const std::vector<std::string>& logs, const std::string& id, routes::decision_record& out);

}  // namespace nearfar::gateway
