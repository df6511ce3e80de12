// What stands behind device_tier: the thread, the servers by target, and the memory they share.
#pragma once

#include "providers/device/device_tier.hpp"
#include "providers/device/model_server.hpp"
#include "providers/device/socket_folder.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace nearfar::providers {

struct device_tier_impl final : model_host {
  explicit device_tier_impl(device_tier::options options);
  ~device_tier_impl();

  void run();
  void stop();

  // False after the end: `work` was not taken. Work that is taken always runs.
  template <class Work>
  bool post(Work work) {
    const std::lock_guard lock(gate_);
    if (!open_) return false;
    asio::post(io_, std::move(work));
    return true;
  }

  // The rest runs on the tier's thread.
  void configure(std::vector<model_settings> wanted);
  model_server* find(const std::string& target) const;
  void give_up(std::uint64_t query);
  std::vector<device_tier::status> all() const;

  const device_tier::options& how() const override { return how_; }
  executor get_executor() override { return io_.get_executor(); }
  void want_memory(model_server& server) override;
  void memory_may_be_free() override;
  routes::result<std::string> next_socket() override;
  void stopped_for_good(model_server& server) override;

  std::atomic<std::uint64_t> next_query{1};

 private:
  using server_ptr = std::shared_ptr<model_server>;

  void begin_stop();
  void finish_if_stopped();
  void give_memory();
  bool make_room(model_server& server);
  template <class Visit>
  void each(Visit visit) const;

  device_tier::options how_;
  asio::io_context io_{1};
  asio::executor_work_guard<executor> guard_{io_.get_executor()};
  std::mutex gate_;
  bool open_ = true;
  bool stopping_ = false;
  timer last_resort_{io_.get_executor()};
  std::unique_ptr<socket_folder> sockets_;
  std::map<std::string, server_ptr> servers_;
  std::vector<server_ptr> retired_;
  std::deque<std::weak_ptr<model_server>> want_memory_;  // first come, first served
  bool memory_pass_due_ = false;
  std::thread thread_;
};

}  // namespace nearfar::providers
