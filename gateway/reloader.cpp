#include "gateway/reloader.hpp"

#include "config/load.hpp"
#include "config/revision.hpp"
#include "gateway/core.hpp"
#include "gateway/every_core.hpp"
#include "gateway/job_thread.hpp"
#include "gateway/keys/key_keeper.hpp"
#include "gateway/limits/account_memory.hpp"
#include "gateway/link_monitor.hpp"
#include "gateway/log.hpp"
#include "gateway/model_discovery.hpp"
#include "gateway/policy_inputs.hpp"
#include "gateway/state_files.hpp"
#include "providers/os/file_watch.hpp"
#include "routes/policy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <optional>

namespace nearfar::gateway {

namespace {

namespace asio = providers::asio;

constexpr std::string_view by_discovery = "discovery";

std::string without_line_ends(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ';');
  return text;
}

}  // namespace

struct reloader::impl {
  job_thread jobs;
  std::optional<providers::file_watch> file;  // on its executor
};

reloader::reloader(shared_state& shared, std::shared_ptr<const deployment> first, std::string text)
    : shared_(shared),
      impl_(std::make_unique<impl>()),
      current_(std::move(first)),
      text_(std::move(text)),
      revisions_(shared.options.config->server.state + "/revisions") {
  reload_news begin;
  begin.by = "start";
  begin.at = std::time(nullptr);
  begin.changed_by = begin.by;
  begin.changed_at = begin.at;
  news_ = std::make_shared<const reload_news>(std::move(begin));
}

reloader::~reloader() {
  stop();
}

void reloader::start() {
  impl_->jobs.start();
  submit([this] {
    const auto& path = current_->config->path;
    if (!path.empty()) {
      impl_->file.emplace(impl_->jobs.executor(), [this] { reload_now("file"); });
      watch();
    }
    std::string why;
    auto read = path.empty() ? std::nullopt : read_whole(path, why);
    const auto& begun_with = *current_->config;
    const bool same = read && config::revision_of(*read, begun_with.included) == begun_with.revision;
    if (text_.empty() && same) text_ = *read;
    if (!text_.empty()) keep(text_);
    if (!text_.empty()) tell_warnings();
    // What was saved since the check is the next policy; after a start from the last good copy this
    // says once more what is wrong with the file.
    if (!path.empty() && (read != text_ || !inputs_are_as_deployed(*current_))) reload_now("file");
  });
}

void reloader::stop() {
  impl_->jobs.stop([this] { impl_->file.reset(); });
}

bool reloader::submit(std::function<void()> job) {
  return impl_->jobs.submit(std::move(job));
}

void reloader::reload(std::string by) {
  submit([this, by = std::move(by)] { reload_now(by); });
}

std::shared_ptr<const reload_news> reloader::news() const {
  const std::lock_guard hold(lock_);
  return news_;
}

std::uint64_t reloader::count(reload_result which) const {
  return counts_[static_cast<std::size_t>(which)].load(std::memory_order_relaxed);
}

void reloader::tell(reload_news news) {
  news.at = std::time(nullptr);
  // A provider's list is no change of the policy: who brought that stays known.
  if (news.result == reload_result::ok && news.by != by_discovery) {
    news.changed_by = news.by;
    news.changed_at = news.at;
  } else {
    news.changed_by = news_->changed_by;
    news.changed_at = news_->changed_at;
    if (news.result != reload_result::ok) news.warnings = news_->warnings;
  }
  counts_[static_cast<std::size_t>(news.result)].fetch_add(1, std::memory_order_relaxed);
  last_succeeded_.store(news.result != reload_result::failed, std::memory_order_relaxed);
  const std::lock_guard hold(lock_);
  news_ = std::make_shared<const reload_news>(std::move(news));
}

// What the start found was for standard error; who asks /readyz has not seen it.
void reloader::tell_warnings() {
  const auto again = prepare(text_);
  const std::lock_guard hold(lock_);
  auto news = *news_;
  news.warnings = lines_of(again.found, config::severity::warning);
  news_ = std::make_shared<const reload_news>(std::move(news));
}

prepared_policy reloader::prepare(std::string_view text) const {
  const auto& now = *current_->config;
  // Those of this run first: a disk that is full takes no model away.
  const config::list_lookup lists = [this](const config::configuration&, const config::provider& of) {
    const auto found = lists_.find(of.name);
    if (found != lists_.end() && found->second.url == config::list_url(of))
      return std::optional(found->second);
    return config::kept_list(shared_.options.config->server.state, of);
  };
  auto read =
      config::load_text(std::string(text), now.path.empty() ? "nearfar.yaml" : now.path, now.folder, lists);
  prepared_policy out;
  out.found = std::move(read.found);
  if (!read.value) {
    out.why = "the file has errors";
    return out;
  }
  read.value->path = now.path;
  const auto policy = routes::policy::compile(read.value, out.found);
  if (!policy || out.found.has_errors()) {
    out.why = "the policy has errors";
    return out;
  }
  out.made = deploy(read.value, policy, shared_.registry, out.why);
  out.why = without_line_ends(std::move(out.why));
  return out;
}

void reloader::reload_now(const std::string& by) {
  const auto& path = current_->config->path;
  if (path.empty()) {
    log_event(log_level::warning, "no reload: the configuration did not come from a file");
    return;
  }
  std::string why;
  auto read = read_whole(path, why);
  if (!read) {
    fail(by, std::move(why), {});
    return;
  }
  if (*read == text_ && inputs_are_as_deployed(*current_)) {
    // Another shadow is no other policy, and only it knows whether its file changed.
    shared_.decisions.configure(*current_->config);
    // Somebody wants to know; a watcher only saw the file touched.
    if (by == "signal") shared_.discovery->ask(current_->config);
    reload_news news;
    news.result = reload_result::unchanged;
    news.by = by;
    news.restart_pending = news_->restart_pending;
    const bool mended = news_->result == reload_result::failed;
    if (mended)
      log_event(log_level::info, "the file is again the policy in force", current_->policy->revision());
    last_complaint_.clear();
    tell(std::move(news));
    return;
  }
  auto next = prepare(*read);
  if (!next.made) {
    fail(by, std::move(next.why), next.found);
    return;
  }
  take(std::move(next), std::move(*read), by);
}

void reloader::fail(const std::string& by, std::string why, const config::diagnostics& found) {
  reload_news news;
  news.result = reload_result::failed;
  news.by = by;
  news.why = std::move(why);
  news.problems = lines_of(found, config::severity::error);
  news.restart_pending = news_->restart_pending;
  const auto complaint = fmt::format("{}\n{}", news.why, fmt::join(news.problems, "\n"));
  if (complaint != last_complaint_) {
    log_event(log_level::error, "policy not reloaded, the running one stays",
              fmt::format("{} (by {}, running {})", news.why, by, current_->policy->revision()));
    for (const auto& line : news.problems) log_event(log_level::error, "policy", line);
    last_complaint_ = complaint;
  }
  tell(std::move(news));
}

void reloader::take(prepared_policy with, std::string text, const std::string& by) {
  const auto before = current_->policy->revision();
  const auto& config = *with.made->config;
  reload_news news;
  news.by = by;
  const auto& options = shared_.options;
  news.restart_pending =
      restart_pending(options.file_server ? *options.file_server : options.config->server, config.server,
                      strangers_at(*shared_.keys->ring(), std::time(nullptr)));
  current_ = std::move(with.made);
  adopt_limits(shared_, current_);
  text_ = std::move(text);
  last_complaint_.clear();
  // Before the cores know the policy, so that what it asks for is there.
  shared_.facts.reconfigure(config);
  shared_.device.configure(config.providers);
  shared_.decisions.configure(config);
  shared_.bill.retain(config.retain ? config.retain->ledger : std::nullopt);
  push();
  // Behind it: a query in between would ask with the old key, and its refusal would park the new one.
  shared_.registry.forget_refusals(*current_);
  keep(text_);
  watch();
  const auto after = current_->policy->revision();
  log_event(log_level::info,
            by == by_discovery ? "models discovered"
            : before == after  ? "secrets read again"
                               : "policy reloaded",
            fmt::format("{} -> {} (by {})", before, after, by));
  // What it has just been told it need not ask for.
  if (by != by_discovery) shared_.discovery->ask(current_->config);
  news.warnings = lines_of(with.found, config::severity::warning);
  for (const auto& line : news.warnings) log_event(log_level::warning, "policy", line);
  if (!news.restart_pending.empty()) {
    log_event(log_level::warning, "restart pending",
              fmt::format("{}", fmt::join(news.restart_pending, ", ")));
  }
  tell(std::move(news));
}

// Returns when every core has it, so that who was told "done" is served by the new policy.
void reloader::push() {
  if (shared_.links) shared_.links->deployed(current_);
  tell_every_core(shared_, [next = current_](core& on) { on.deployed = next; });
}

void reloader::keep(const std::string& text) {
  auto why = revisions_.enter(current_->policy->revision(), text);
  if (why.empty())
    why = write_atomically(shared_.options.config->server.state + "/last-good.yaml", text, 0600);
  // Serving goes before remembering.
  if (!why.empty()) log_event(log_level::warning, "the policy in force is not kept", why);
}

void reloader::keep(const config::model_list& list) {
  const auto file = config::list_file(shared_.options.config->server.state, list.provider);
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), ignored);
  const auto why = write_atomically(file, config::list_text(list), 0600, synced::no);
  if (!why.empty()) log_event(log_level::warning, "the list of models is not kept", why);
}

std::string reloader::with_list(const config::model_list& list) {
  if (text_.empty()) return "the configuration did not come from a text that could be read again";
  const auto before = lists_;
  lists_.insert_or_assign(list.provider, list);
  auto next = prepare(text_);
  if (!next.made) {
    lists_ = before;
    const auto problems = lines_of(next.found, config::severity::error);
    return fmt::format("with its list {}{}{}", next.why, problems.empty() ? "" : ": ",
                       problems.empty() ? "" : problems.front());
  }
  // First, so that a shadow, which is read from its own file on the way, finds it.
  keep(list);
  take(std::move(next), text_, std::string(by_discovery));
  return "";
}

std::string reloader::discovered(const config::model_list& list) {
  const auto& all = current_->config->providers;
  const auto of =
      std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.name == list.provider; });
  // Another policy has come into force meanwhile, and its providers are asked already.
  if (of == all.end() || !of->discover || config::list_url(*of) != list.url) return "";
  const bool same =
      of->listed_at && std::equal(of->models.begin(), of->models.end(), list.ids.begin(), list.ids.end(),
                                  [](const auto& model, const auto& id) { return model.id == id; });
  if (!same) return with_list(list);
  keep(list);
  return "";
}

void reloader::watch() {
  if (!impl_->file) return;
  std::vector<std::string> paths{current_->config->path};
  for (const auto& provider : current_->config->providers) {
    if (provider.key.kind == config::secret_kind::file) paths.push_back(provider.key.name);
  }
  for (const auto& each : current_->config->included) paths.push_back(each.path);
  if (current_->config->shadow) paths.push_back(*current_->config->shadow);
  if (!impl_->file->follow(std::move(paths))) {
    log_event(log_level::warning, "the configuration is not watched in full",
              "a folder cannot be watched (fs.inotify limits, or it may not be read); SIGHUP and PUT "
              "/admin/policy work");
  }
}

reloader::put_result reloader::put(std::string_view text, std::string by, over_edits how) {
  put_result out;
  const auto& path = current_->config->path;
  if (path.empty()) {
    out.end = put_end::not_writable;
    out.why = "the configuration did not come from a file, so there is none to write";
    return out;
  }
  std::string unread;
  const auto on_disk = read_whole(path, unread);
  if (on_disk && *on_disk != text_ && *on_disk != text && how == over_edits::no) {
    out.end = put_end::edited_elsewhere;
    out.why = fmt::format(
        "{} holds an edit that is not in force and would be lost; mend it there, or repeat with "
        "?overwrite=1",
        path);
    return out;
  }
  auto next = prepare(text);
  out.found = next.found;
  if (!next.made) {
    out.end = put_end::wrong;
    out.why = std::move(next.why);
    return out;
  }
  if (!on_disk || *on_disk != text) out.why = write_atomically(path, text, 0600);
  if (!out.why.empty()) {
    out.end = put_end::not_writable;
    return out;
  }
  if (text == text_ && inputs_are_as_deployed(*current_)) return out;
  take(std::move(next), std::string(text), by);
  return out;
}

}  // namespace nearfar::gateway
