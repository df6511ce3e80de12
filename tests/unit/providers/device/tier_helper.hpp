// A device tier under test: real child processes, one core that runs while it is asked to.
#pragma once

#include "providers/device/device_tier.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace nearfar::tests {

// Removed with everything in it.
class temp_folder {
 public:
  temp_folder();
  ~temp_folder();
  temp_folder(const temp_folder&) = delete;
  temp_folder& operator=(const temp_folder&) = delete;
  const std::string& path() const { return path_; }
  std::string write_program(const std::string& name, const std::string& script) const;

 private:
  std::string path_;
};

// NEARFAR_LLAMA_SERVER, else build/device/llama-server, else PATH; empty: nowhere.
std::string llama_server();
std::string tiny_model();

// One provider "phone" with a runtime; models "a", "b", ... all from the tiny model's file.
config::provider phone(std::string binary, std::vector<std::string> models = {"a"});

providers::device_tier::options tier_options(const std::string& state_folder);

// The same with short pauses and limits.
providers::device_tier::options quick(providers::device_tier::options how);

// What acquire() gave, in a form that Catch can look at.
class outcome {
 public:
  explicit outcome(routes::result<providers::device_tier::lease> got);
  explicit operator bool() const { return given_.has_value(); }
  providers::device_tier::lease& operator*() { return *given_; }
  providers::device_tier::lease* operator->() { return &*given_; }
  const routes::error& error() const { return problem_; }
  void release() { given_.reset(); }

 private:
  std::optional<providers::device_tier::lease> given_;
  routes::error problem_;
};

// On a core of its own that runs until the acquire is over.
outcome acquire(providers::device_tier& tier, const std::string& target, std::chrono::milliseconds load_time);

std::optional<providers::device_tier::status> status_of(const providers::device_tier& tier,
                                                        const std::string& target);

// Looks every few milliseconds, for at most `limit`.
bool eventually(const std::function<bool()>& holds,
                std::chrono::milliseconds limit = std::chrono::seconds(10));
bool is_alive(int pid);  // a zombie is not

// The body of the answer of /v1/chat/completions; empty on any failure.
std::string chat(const std::string& socket_path, const std::string& words);

// The program's other role: takes a model, writes the server's pid and a line end, sleeps until it is
// killed. Arguments: binary, state folder.
int hold_a_model(int argc, char** argv);

}  // namespace nearfar::tests
