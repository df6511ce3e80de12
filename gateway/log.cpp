#include "gateway/log.hpp"

#include "gateway/query_log.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <poll.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <string>

namespace nearfar::gateway {

namespace {

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
  out += "}\n";
  // What led to the event is read before it.
  query_log::flush_all();
  write_log(out);
}

void write_log(std::string_view lines) {
  // Two cores' lines never mix, however the kernel splits a write.
  static std::mutex one_at_a_time;
  const std::lock_guard hold(one_at_a_time);
  while (!lines.empty()) {
    const ssize_t wrote = ::write(STDERR_FILENO, lines.data(), lines.size());
    if (wrote >= 0) {
      lines.remove_prefix(static_cast<std::size_t>(wrote));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      // Whoever started us may have made the descriptor non-blocking; half a line would spoil the next.
      pollfd until_writable{STDERR_FILENO, POLLOUT, 0};
      ::poll(&until_writable, 1, -1);
    } else if (errno != EINTR) {
      return;  // nobody reads it: there is nowhere to say so
    }
  }
}

}  // namespace nearfar::gateway
