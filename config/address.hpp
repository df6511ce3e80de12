// Addresses as people write them: what is wrong with one, in words. Empty: nothing.
#pragma once

#include <string>
#include <string_view>

namespace nearfar::config {

// "127.0.0.1:8484", "[::1]:8484", "localhost:8484", "unix:/run/nearfar.sock". Port 0 lets the system choose.
std::string listen_problem(std::string_view written);

// "http://10.0.0.2:8000/v1", "https://host", "unix:/run/x.sock". No user, query or fragment.
std::string url_problem(std::string_view written);

// "localhost", "glasses.local:8484"
std::string host_problem(std::string_view written);

// "https://app.example": scheme, host and port only.
std::string origin_problem(std::string_view written);

// Does this URL leave the machine without encryption? False for https, unix sockets and loopback hosts.
bool is_plain_http_beyond_loopback(std::string_view url);
bool is_loopback_url(std::string_view url);

}  // namespace nearfar::config
