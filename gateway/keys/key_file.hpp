// The keys on disk: state/keys.json, 0600, hashes alone.
#pragma once

#include "gateway/keys/key_record.hpp"
#include "routes/error.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

std::string key_file_in(const std::string& state_folder);

// No file: no keys. A file that cannot be read is an error that names the place: a gateway that took it for
// "no keys" would open its door to everybody.
routes::result<std::vector<key_record>> read_keys(const std::string& path);
std::string write_key_json(const std::vector<key_record>& keys);
routes::result<std::vector<key_record>> parse_key_json(std::string_view text);

// Reads, lets `change` edit, writes whole. Under a lock, so that two command lines lose nothing. What
// `change` returns is the error; empty: write.
routes::result<void> edit_keys(const std::string& path,
                               const std::function<std::string(std::vector<key_record>&)>& change);

}  // namespace nearfar::gateway
