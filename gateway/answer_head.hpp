// Heads of answers, written into a reused string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nearfar::providers {
class head_writer;
}

namespace nearfar::gateway {

enum class after_answer : std::uint8_t { keep_alive, close };

std::string_view status_text(int status);

// "HTTP/1.1 200 OK\r\n".
void put_status(providers::head_writer& out, int status);

// The same replaces what `out` held.
void start_head(std::string& out, int status);
// Line breaks in the value become blanks, so that no field can be smuggled in.
void add_field(std::string& out, std::string_view name, std::string_view value);
void add_field(std::string& out, std::string_view name, std::uint64_t value);
void end_head(std::string& out);

}  // namespace nearfar::gateway
