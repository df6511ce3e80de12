#include "gateway/log.hpp"

#include "providers/dialects/openai_chat/request_writer.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string>

namespace nearfar::gateway {

namespace {

spdlog::logger& lines() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made =
        std::make_shared<spdlog::logger>("nearfar", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    return made;
  }();
  return *logger;
}

std::string_view name_of(log_level level) {
  switch (level) {
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    case log_level::error:
      return "error";
  }
  return "";
}

}  // namespace

void log_event(log_level level, std::string_view what, std::string_view detail) {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  std::string out = fmt::format(R"({{"at":"{:%FT%TZ}","level":"{}","event":)", now, name_of(level));
  providers::openai_chat::append_json_string(out, what);
  if (!detail.empty()) {
    out += R"(,"detail":)";
    providers::openai_chat::append_json_string(out, detail);
  }
  out += '}';
  lines().info(out);
}

void log_query(std::string_view json) {
  lines().info(json);
}

void flush_logs() {
  lines().flush();
}

}  // namespace nearfar::gateway
