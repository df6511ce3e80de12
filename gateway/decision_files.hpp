// The decision log's files: appended to by the gateway, thinned by whoever must forget something of them.
#pragma once

#include "routes/error.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

// 0: the one that is written, decisions.jsonl; then decisions.1.jsonl and so on.
std::string decision_file(const std::string& newest, unsigned age);
// The files of that folder that exist, oldest first.
std::vector<std::string> decision_files(const std::string& folder);

// Appends whole lines; a file that would grow beyond `limit` bytes is put aside first, and of the files at
// most `most` are kept. The reason where it did not work; empty: written. Several processes may append and
// thin at once: each holds the file's lock (flock) meanwhile.
std::string append_decisions(const std::string& newest, std::string_view lines, std::uint64_t limit,
                             unsigned most);

// Removes the lines of all files that `goes` names; a file without lines goes. How many lines went.
routes::result<std::uint64_t> thin_decisions(const std::string& folder,
                                             const std::function<bool(std::string_view line)>& goes);

// Lines of queries that this key asked.
routes::result<std::uint64_t> forget_key_in_decisions(const std::string& folder, std::string_view key);
// Lines of queries before that.
routes::result<std::uint64_t> forget_decisions_before(const std::string& folder, std::int64_t unix_ms);

}  // namespace nearfar::gateway
