#include "gateway/job_thread.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace nearfar::gateway {

namespace asio = providers::asio;

struct job_thread::impl {
  asio::io_context io;
  std::optional<asio::executor_work_guard<providers::executor>> guard;
  std::thread thread;
  std::mutex lock;
  bool runs = false;
};

job_thread::job_thread() : impl_(std::make_unique<impl>()) {}

job_thread::~job_thread() {
  stop();
}

void job_thread::start() {
  const std::lock_guard hold(impl_->lock);
  impl_->runs = true;
  impl_->guard.emplace(impl_->io.get_executor());
  impl_->thread = std::thread([this] { impl_->io.run(); });
}

void job_thread::stop(std::function<void()> last) {
  {
    const std::lock_guard hold(impl_->lock);
    if (!std::exchange(impl_->runs, false)) return;
    asio::post(impl_->io, [this, last = std::move(last)] {
      if (last) last();
      impl_->guard.reset();
    });
  }
  impl_->thread.join();
}

bool job_thread::submit(std::function<void()> job) {
  const std::lock_guard hold(impl_->lock);
  if (!impl_->runs) return false;
  asio::post(impl_->io, std::move(job));
  return true;
}

providers::executor job_thread::executor() {
  return impl_->io.get_executor();
}

}  // namespace nearfar::gateway
