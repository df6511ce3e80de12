// Findings that need the whole configuration: references, walls, what is missing beside the file.
#pragma once

#include "config/diagnostic.hpp"
#include "config/model.hpp"

namespace nearfar::config {

void check_providers(const configuration& c, diagnostics& out);
void check_model_names(const configuration& c, diagnostics& out);
void check_policy(const configuration& c, diagnostics& out);
void check_limits(const configuration& c, diagnostics& out);
void check_tests(const configuration& c, diagnostics& out);

// Warnings and notes about a configuration that was read without an error: of half a file they would mislead.
void advise_on_providers(const configuration& c, diagnostics& out);
void advise_on_policy(const configuration& c, diagnostics& out);
// These are part of advise_on_policy.
void advise_on_reach(const configuration& c, diagnostics& out);
void advise_on_supply(const configuration& c, diagnostics& out);
void advise_on_limits(const configuration& c, diagnostics& out);

}  // namespace nearfar::config
