#include "gateway/every_core.hpp"

#include "gateway/core.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

namespace nearfar::gateway {

namespace {

constexpr std::chrono::seconds patience{1};

// Shared with the cores: who waits may have given up before the last one comes.
struct arrivals {
  std::mutex lock;
  std::condition_variable all;
  std::size_t left = 0;
};

}  // namespace

void tell_every_core(shared_state& of, const std::function<void(core&)>& news) {
  const auto wait = std::make_shared<arrivals>();
  wait->left = of.cores.size();
  for (const auto& one : of.cores) {
    providers::asio::post(one->io, [core = one.get(), news, wait] {
      news(*core);
      const std::lock_guard hold(wait->lock);
      --wait->left;
      wait->all.notify_one();
    });
  }
  std::unique_lock hold(wait->lock);
  wait->all.wait_for(hold, patience, [&] { return wait->left == 0; });
}

}  // namespace nearfar::gateway
