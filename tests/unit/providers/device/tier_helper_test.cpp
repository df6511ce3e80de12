#include "tests/unit/providers/device/tier_helper.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

namespace nearfar::tests {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using providers::device_tier;

temp_folder::temp_folder() : path_("/tmp/nearfar-test-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) std::abort();
}

temp_folder::~temp_folder() {
  std::error_code ec;
  fs::remove_all(path_, ec);
}

std::string temp_folder::write_program(const std::string& name, const std::string& script) const {
  auto path = path_ + "/" + name;
  std::ofstream(path) << script;
  ::chmod(path.c_str(), 0755);
  return path;
}

std::string llama_server() {
  if (const char* given = std::getenv("NEARFAR_LLAMA_SERVER"); given != nullptr && *given != '\0')
    return given;
  const std::string fetched = NEARFAR_SOURCE_DIR "/build/device/llama-server";
  if (::access(fetched.c_str(), X_OK) == 0) return fetched;
  return providers::find_llama_server(std::nullopt, {});
}

std::string tiny_model() {
  return NEARFAR_SOURCE_DIR "/models/tiny-glasses.gguf";
}

config::provider phone(std::string binary, std::vector<std::string> models) {
  config::provider p;
  p.name = "phone";
  p.where_it_is = config::tier::device;
  p.preset = "llama-server";
  p.runtime.emplace();
  p.runtime->binary = std::move(binary);
  for (auto& id : models) {
    config::target_model m;
    m.id = std::move(id);
    m.file = tiny_model();
    p.models.push_back(std::move(m));
  }
  return p;
}

device_tier::options tier_options(const std::string& state_folder) {
  device_tier::options how;
  how.state_folder = state_folder;
  how.self = "/proc/self/exe";
  return how;
}

device_tier::options quick(device_tier::options how) {
  how.timing.term_grace = 300ms;
  how.timing.backoff_min = 50ms;
  how.health_time = 300ms;
  return how;
}

namespace {

providers::task<void> acquire_into(device_tier& tier, std::string target, std::chrono::milliseconds load_time,
                                   std::optional<routes::result<device_tier::lease>>& out) {
  out.emplace(co_await tier.acquire(std::move(target), load_time));
}

}  // namespace

outcome::outcome(routes::result<device_tier::lease> got) {
  if (got) {
    given_.emplace(std::move(*got));
  } else {
    problem_ = got.error();
  }
}

outcome acquire(device_tier& tier, const std::string& target, std::chrono::milliseconds load_time) {
  providers::asio::io_context core(1);
  std::optional<routes::result<device_tier::lease>> out;
  providers::spawn(core.get_executor(), acquire_into(tier, target, load_time, out));
  core.run();
  return outcome(std::move(out.value()));
}

std::optional<device_tier::status> status_of(const device_tier& tier, const std::string& target) {
  for (auto& s : tier.all()) {
    if (s.target == target) return s;
  }
  return std::nullopt;
}

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

bool is_alive(int pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(in, line)) return false;
  const auto end = line.rfind(')');
  return end != std::string::npos && line.size() > end + 2 && line[end + 2] != 'Z' && line[end + 2] != 'X';
}

std::string chat(const std::string& socket_path, const std::string& words) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::strncpy(to.sun_path, socket_path.c_str(), sizeof to.sun_path - 1);
  const timeval limit{20, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::string answer;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
    const auto body =
        R"({"model":"x","temperature":0,"messages":[{"role":"user","content":")" + words + "\"}]}";
    const auto request =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
      char piece[4096];
      for (ssize_t n; (n = ::recv(fd, piece, sizeof piece, 0)) > 0;)
        answer.append(piece, static_cast<std::size_t>(n));
    }
  }
  ::close(fd);
  if (!answer.starts_with("HTTP/1.1 200")) return {};
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

int hold_a_model(int argc, char** argv) {
  if (argc != 4) return 2;
  device_tier tier(tier_options(argv[3]));
  tier.configure({phone(argv[2])});
  const auto lease = acquire(tier, "phone/a", 20s);
  if (!lease) return 1;
  std::cout << status_of(tier, "phone/a")->pid << std::endl;
  for (;;) ::pause();
}

}  // namespace nearfar::tests
