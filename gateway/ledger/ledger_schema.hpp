// The ledger's tables, and how an older file becomes the newest.
#pragma once

#include "gateway/ledger/database.hpp"

namespace nearfar::gateway {

inline constexpr int ledger_version = 1;

// Brings the tables up to `ledger_version`, step by step, each in a transaction. A file of a newer version
// is an error that says so: it is not touched.
routes::result<void> migrate_ledger(database& of);

}  // namespace nearfar::gateway
