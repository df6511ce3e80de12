#include "providers/device/model_server.hpp"

#include "providers/device/health_probe.hpp"
#include "providers/device/model_memory.hpp"
#include "providers/os/clock.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace nearfar::providers {

namespace {

supervisor_settings timing_of(const device_tier::options& how, routes::millis keep) {
  auto timing = how.timing;
  timing.keep = keep;
  return timing;
}

}  // namespace

bool model_settings::same_process(const model_settings& other) const {
  return provider == other.provider && target == other.target && file == other.file &&
         binary == other.binary && arguments == other.arguments && context == other.context;
}

model_server::model_server(model_host& host, model_settings settings)
    : host_(host),
      settings_(std::move(settings)),
      state_(timing_of(host.how(), settings_.keep)),
      wake_(host.get_executor()) {}

void model_server::change(model_settings settings) {
  settings_ = std::move(settings);
  state_.change_keep(settings_.keep);
  arm();
}

// Permanent reasons, told at once and without a failure of the server: they are the set-up's.
std::string model_server::missing(std::string& program) const {
  if (::access(settings_.file.c_str(), R_OK) != 0) return "not installed: " + settings_.file;
  program = find_llama_server(settings_.binary, host_.how().state_folder);
  if (program.empty()) return "not installed: " + settings_.binary.value_or("llama-server");
  const auto needed = estimate_model_memory(settings_.file, settings_.context);
  if (settings_.budget && needed > *settings_.budget) {
    return "needs about " + std::to_string(needed >> 20) + " MiB, runtime.memory gives " +
           std::to_string(*settings_.budget >> 20) + " MiB";
  }
  return {};
}

void model_server::want(std::uint64_t query, done answer) {
  if (!state_.has_process() && !stopping_) {
    std::string program;
    if (const auto why = missing(program); !why.empty()) {
      answer(routes::make_error(routes::error_kind::not_ready, settings_.target + ": " + why));
      return;
    }
    program_ = std::move(program);
    memory_ = estimate_model_memory(settings_.file, settings_.context);
  }
  waiting_.push_back({query, std::move(answer)});
  feed(device_event_kind::wanted);
}

void model_server::give_up(std::uint64_t query) {
  const auto it =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& w) { return w.id == query; });
  if (it == waiting_.end()) return;
  waiting_.erase(it);
  feed(device_event_kind::released);
}

void model_server::release() {
  feed(device_event_kind::released);
}

void model_server::hung(std::uint64_t generation) {
  // A complaint about an earlier process says nothing about this one.
  if (generation == generation_) feed(device_event_kind::hung);
}

void model_server::evict() {
  feed(device_event_kind::evict);
}

void model_server::retire() {
  retiring_ = true;
  pump();
}

void model_server::shutdown() {
  stopping_ = true;
  feed(device_event_kind::shutdown);
}

void model_server::feed(device_event_kind kind, std::string detail) {
  events_.push_back({kind, std::move(detail)});
  pump();
}

// Actions may feed further events; they take their turn after the actions of the first.
void model_server::pump() {
  if (std::exchange(pumping_, true)) return;
  const auto keep_alive = shared_from_this();
  const bool was_busy = state_.busy() > 0;
  const bool had_process = state_.has_process();
  std::vector<device_action> actions;
  for (;;) {
    if (events_.empty()) {
      if (!retiring_ || stopping_ || state_.busy() > 0) break;
      stopping_ = true;
      events_.push_back({device_event_kind::shutdown, {}});
    }
    const auto event = std::move(events_.front());
    events_.pop_front();
    actions.clear();
    state_.feed(event, boot_now(), actions);
    for (const auto& action : actions) perform(action);
  }
  pumping_ = false;
  arm();
  if ((was_busy && state_.busy() == 0) || (had_process && !state_.has_process())) host_.memory_may_be_free();
  if (stopping_ && state_.state() == device_state::stopped && !state_.has_process())
    host_.stopped_for_good(*this);
}

void model_server::perform(const device_action& action) {
  switch (action.kind) {
    case device_action_kind::spawn:
      host_.want_memory(*this);
      break;
    case device_action_kind::check_health:
      check_health();
      break;
    case device_action_kind::close_connections:
      if (host_.how().closing) host_.how().closing(where());
      break;
    case device_action_kind::send_term:
      if (child_) child_->signal_group(SIGTERM);
      break;
    case device_action_kind::send_kill:
      if (child_) child_->signal_group(SIGKILL);
      break;
    case device_action_kind::tell_ready:
      tell_ready();
      break;
    case device_action_kind::tell_failed:
      tell_failed(action.detail);
      break;
    case device_action_kind::log:
      log(state_.state() == device_state::failed || action.detail.starts_with("killing") ? "warning" : "info",
          action.detail);
      break;
  }
}

void model_server::tell_ready() {
  for (auto& query : std::exchange(waiting_, {})) query.answer(running_server{where(), generation_});
}

void model_server::tell_failed(const std::string& why) {
  const auto kind = stopping_ ? routes::error_kind::cancelled : routes::error_kind::not_ready;
  auto problem = routes::make_error(kind, settings_.target + ": " + why);
  if (state_.state() == device_state::failed) {
    const auto pause = std::chrono::ceil<routes::millis>(state_.retry_at() - boot_now());
    problem.retry_after = std::max(pause, routes::millis{0});
  }
  for (auto& query : std::exchange(waiting_, {})) {
    query.answer(problem);
    events_.push_back({device_event_kind::released, {}});
  }
}

void model_server::spawn_now() {
  if (!waits_for_memory()) return;
  auto socket = host_.next_socket();
  if (!socket) return feed(device_event_kind::spawn_failed, socket.error().context);
  socket_ = std::move(*socket);
  ++generation_;
  output_.clear();
  child_command command{host_.how().self, program_, settings_.arguments};
  command.arguments.insert(command.arguments.end(), {"--host", socket_});
  child_process::handlers on;
  on.output = [weak = weak_from_this()](std::string_view bytes) {
    if (const auto self = weak.lock()) self->output_.feed(bytes);
  };
  on.exited = [weak = weak_from_this()](const std::string& how) {
    if (const auto self = weak.lock()) self->on_exit(how);
  };
  auto child = child_process::start(host_.get_executor(), command, std::move(on));
  if (!child) return feed(device_event_kind::spawn_failed, child.error().context);
  child_ = std::move(*child);
  log("info", "started as process " + std::to_string(child_->pid()));
  feed(device_event_kind::spawned);
}

void model_server::on_exit(const std::string& how) {
  child_.reset();
  ::unlink(socket_.c_str());
  auto detail = how;
  // Only while it loads: no prompt has reached it, so none can be in its words.
  if (state_.state() == device_state::starting) {
    if (const auto reason = output_.reason(); !reason.empty()) detail += ": " + reason;
  }
  feed(device_event_kind::exited, std::move(detail));
}

void model_server::check_health() {
  auto on_answer = [weak = weak_from_this(), generation = generation_](std::string problem) {
    const auto self = weak.lock();
    if (!self || self->generation_ != generation || !self->child_) return;
    if (problem.empty()) {
      self->feed(device_event_kind::healthy);
    } else {
      self->feed(device_event_kind::unhealthy, std::move(problem));
    }
  };
  probe_health(host_.get_executor(), socket_, host_.how().health_time, std::move(on_answer));
}

void model_server::arm() {
  const auto at = state_.wake_at();
  if (at == routes::instant::max()) {
    armed_for_.reset();
    wake_.cancel();
    return;
  }
  if (armed_for_ == at) return;
  armed_for_ = at;
  wake_.expires_after(std::max(at - boot_now(), routes::instant::duration{0}));
  wake_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
    const auto self = weak.lock();
    if (ec || !self) return;
    self->armed_for_.reset();
    self->feed(device_event_kind::timer);
  });
}

void model_server::log(const char* level, const std::string& what) const {
  if (host_.how().log) host_.how().log(level, "device " + settings_.target + ": " + what);
}

origin model_server::where() const {
  origin o;
  o.kind = transport::unix_socket;
  o.host = socket_;
  o.host_field = "localhost";
  return o;
}

device_tier::status model_server::status() const {
  device_tier::status s;
  s.target = settings_.target;
  s.state = state_.state();
  s.pid = child_ ? static_cast<int>(child_->pid()) : 0;
  s.busy = state_.busy();
  s.failures = state_.failures();
  s.last_failure = state_.last_failure();
  s.last_lines = output_.lines();
  return s;
}

}  // namespace nearfar::providers
