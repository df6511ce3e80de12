// Answers that need no target: errors of the session, lists, health.
#pragma once

#include "gateway/answer_head.hpp"
#include "gateway/client_connection.hpp"
#include "gateway/request_head.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nearfar::gateway {

struct core;
struct deployment;

struct simple_answer {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields;
};

// OpenAI's error shape.
simple_answer simple_error(int status, std::string_view code, std::string_view message);

// `head` null: the request could not be read, and the connection closes. To HEAD the body is left out.
providers::task<after_answer> send_simple(client_connection& client, const request_head* head,
                                          simple_answer what);

simple_answer preflight();
simple_answer model_entry(const deployment& of, std::string_view id);
simple_answer readiness(const core& on);
// 404 with the cure; what is never served is named as such.
simple_answer unknown_path(std::string_view path);

}  // namespace nearfar::gateway
