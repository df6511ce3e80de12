// How a command finds the running gateway and speaks to it: one request a connection, blocking.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace nearfar::gateway {

// `server.state` as the file says it though the file has errors, else the default; absolute.
std::string state_folder_of(const std::string& config_file);

struct admin_reply {
  int status = 0;
  std::string body;
};

class admin_client {
 public:
  // Finds address and token: in the state folder of that configuration, which a running gateway wrote.
  // nullopt after saying on standard error what is missing.
  static std::optional<admin_client> find(const std::string& config_file);

  // nullopt after saying that nobody answers.
  std::optional<admin_reply> ask(std::string_view method, std::string_view path,
                                 std::string_view body = {}) const;
  // For who can do without a gateway: nullopt with the reason in `why`.
  std::optional<admin_reply> ask_quietly(std::string_view method, std::string_view path,
                                         std::string_view body, std::string& why) const;
  // The data of each event of a stream as it comes, until it ends. False: it could not begin.
  bool follow(std::string_view path, const std::function<void(std::string_view data)>& each) const;

 private:
  admin_client(std::string address, std::string token)
      : address_(std::move(address)), token_(std::move(token)) {}

  std::string address_;
  std::string token_;
};

}  // namespace nearfar::gateway
