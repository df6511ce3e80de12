#include "gateway/keys/key_keeper.hpp"

#include "gateway/core.hpp"
#include "gateway/every_core.hpp"
#include "gateway/job_thread.hpp"
#include "gateway/keys/key_file.hpp"
#include "gateway/limits/account_memory.hpp"
#include "gateway/log.hpp"
#include "providers/os/file_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <optional>

namespace nearfar::gateway {

struct key_keeper::impl {
  job_thread jobs;
  std::optional<providers::file_watch> file;  // on its executor
};

routes::result<std::shared_ptr<const key_ring>> key_keeper::load(const std::string& path) {
  auto keys = read_keys(path);
  if (!keys) {
    auto why = std::move(keys).error();
    if (why.context.find(path) == std::string::npos) why.context = fmt::format("{}: {}", path, why.context);
    why.context +=
        "; nobody is served without knowing who may be: mend the file, bring a copy back, or remove it and "
        "make the keys again (`nearfar keys create NAME`)";
    return why;
  }
  return std::make_shared<const key_ring>(std::move(*keys));
}

key_keeper::key_keeper(shared_state& shared, std::string path, std::shared_ptr<const key_ring> first)
    : shared_(shared), path_(std::move(path)), impl_(std::make_unique<impl>()), ring_(std::move(first)) {}

key_keeper::~key_keeper() {
  stop();
}

void key_keeper::start() {
  impl_->jobs.start();
  submit([this] {
    std::error_code ec;
    const auto whole = std::filesystem::absolute(path_, ec);
    impl_->file.emplace(impl_->jobs.executor(), [this] { read_again(); });
    if (ec || !impl_->file->follow({whole.string()})) {
      log_event(
          log_level::warning, "the keys are not watched",
          "the state folder cannot be watched (fs.inotify limits): what `nearfar keys` changes holds after "
          "a restart; /admin/keys works at once");
    }
    if (ring()->empty()) {
      log_event(
          log_level::info, "no keys",
          "whoever reaches the loopback addresses or the sockets is served; `nearfar keys create NAME` makes "
          "the first key, and from then on every query needs one");
    }
    // What was changed since the start read it.
    read_again();
  });
}

void key_keeper::stop() {
  impl_->jobs.stop([this] { impl_->file.reset(); });
}

bool key_keeper::submit(std::function<void()> job) {
  return impl_->jobs.submit(std::move(job));
}

void key_keeper::read_again() {
  const auto before = ring();
  auto keys = read_keys(path_);
  const auto old_complaint = complaint();
  // Whoever removes the file would open the door to everybody: that takes a restart.
  const bool vanished = keys && keys->empty() && !before->empty();
  if (!keys || vanished) {
    auto why = vanished ? fmt::format("{} holds no keys any more: those in force stay until a restart", path_)
                        : fmt::format("{}; the keys in force stay", keys.error().context);
    failed_reads_.fetch_add(1, std::memory_order_relaxed);
    if (why != old_complaint) log_event(log_level::error, "the file of the keys is not in force", why);
    const std::lock_guard hold(lock_);
    complaint_ = std::move(why);
    return;
  }
  {
    const std::lock_guard hold(lock_);
    complaint_.clear();
  }
  if (!old_complaint.empty()) log_event(log_level::info, "the file of the keys is in force again", path_);
  if (write_key_json(*keys) == write_key_json(before->all())) return;
  push(std::make_shared<const key_ring>(std::move(*keys)));
}

// Returns when every core has it, so that who was told "revoked" is sure of it.
void key_keeper::push(std::shared_ptr<const key_ring> next) {
  {
    const std::lock_guard hold(lock_);
    ring_ = next;
  }
  adopt_key_budgets(shared_, next);
  log_event(log_level::info, "keys read",
            fmt::format("{}, {} valid", next->all().size(), valid_keys(*next, std::time(nullptr))));
  tell_every_core(shared_, [next](core& on) { on.keys = next; });
}

std::shared_ptr<const key_ring> key_keeper::ring() const {
  const std::lock_guard hold(lock_);
  return ring_;
}

std::string key_keeper::complaint() const {
  const std::lock_guard hold(lock_);
  return complaint_;
}

std::size_t valid_keys(const key_ring& ring, std::int64_t now) {
  return static_cast<std::size_t>(std::ranges::count_if(
      ring.all(), [now](const key_record& key) { return state_of(key, now) == key_state::valid; }));
}

strangers strangers_at(const key_ring& ring, std::int64_t now) {
  return valid_keys(ring, now) > 0 ? strangers::need_keys : strangers::refused;
}

std::string key_metrics(const key_keeper& keeper) {
  std::array<std::size_t, 3> states{};
  const auto ring = keeper.ring();
  const std::int64_t now = std::time(nullptr);
  for (const auto& key : ring->all()) ++states[static_cast<std::size_t>(state_of(key, now))];
  return fmt::format(
      "# HELP nearfar_keys keys of callers\n# TYPE nearfar_keys gauge\n"
      "nearfar_keys{{state=\"valid\"}} {}\nnearfar_keys{{state=\"expired\"}} {}\n"
      "nearfar_keys{{state=\"revoked\"}} {}\n"
      "# HELP nearfar_key_file_failures_total reads of the keys' file that came to nothing\n"
      "# TYPE nearfar_key_file_failures_total counter\nnearfar_key_file_failures_total {}\n"
      "# HELP nearfar_key_file_in_force 0: the file of the keys is not what is in force\n"
      "# TYPE nearfar_key_file_in_force gauge\nnearfar_key_file_in_force {}\n",
      states[0], states[1], states[2], keeper.failed_reads(), keeper.complaint().empty() ? 1 : 0);
}

}  // namespace nearfar::gateway
