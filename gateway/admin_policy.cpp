#include "gateway/admin_policy.hpp"

#include "gateway/admin_explain.hpp"
#include "gateway/reloader.hpp"
#include "gateway/request_target.hpp"
#include "gateway/utc_text.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace nearfar::gateway {

namespace {

using providers::openai_chat::append_json_string;

constexpr std::size_t revision_digits = 12;

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string etag(std::string_view revision) {
  return fmt::format("\"{}\"", revision);
}

// RFC 9110, 13.1.1: `*`, or a list of entity tags; a weak one never matches.
bool matches(std::string_view if_match, std::string_view revision) {
  if (if_match == "*") return true;
  const auto wanted = etag(revision);
  for (auto at = if_match.find(wanted); at != std::string_view::npos; at = if_match.find(wanted, at + 1)) {
    if (at < 2 || if_match.substr(at - 2, 2) != "W/") return true;
  }
  // Without quotes it is no entity tag, and what people type.
  return if_match.size() == revision_digits && if_match == revision;
}

simple_answer json(int status, std::string body) {
  return {status, "application/json", std::move(body), {}};
}

simple_answer get_policy(const reloader& reloads) {
  return {200,
          "application/yaml; charset=utf-8",
          reloads.text(),
          {{"etag", etag(reloads.current().policy->revision())}, {"cache-control", "no-store"}}};
}

simple_answer check(const reloader& reloads, std::string_view text) {
  const auto made = reloads.prepare(text);
  return json(200, findings_json(made.made != nullptr, made.found, made.why,
                                 made.made ? made.made->policy->revision() : std::string_view()));
}

// The findings, and what would change.
simple_answer dry_run(const reloader& reloads, const std::string& text) {
  const auto made = reloads.prepare(text);
  auto out = findings_json(made.made != nullptr, made.found, made.why,
                           made.made ? made.made->policy->revision() : std::string_view());
  if (made.made) {
    out.pop_back();
    out += ",\"diff\":" + diff_json(reloads.current(), reloads.text(), *made.made, text) + "}";
  }
  return json(200, std::move(out));
}

simple_answer stale(const reloader& reloads) {
  const auto& now = reloads.current().policy->revision();
  auto out = simple_error(
      412, "policy_has_changed",
      fmt::format("the policy in force is {}; read it again (GET /admin/policy), then edit that", now));
  out.fields.emplace_back("etag", etag(now));
  return out;
}

simple_answer answer_put(reloader& reloads, const reloader::put_result& put) {
  const auto& now = reloads.current().policy->revision();
  switch (put.end) {
    case reloader::put_end::wrong:
      return json(422, findings_json(false, put.found, put.why, now));
    case reloader::put_end::not_writable:
      return simple_error(409, "policy_not_writable", put.why + "; nothing has changed");
    case reloader::put_end::edited_elsewhere:
      return simple_error(409, "policy_edited_elsewhere", put.why);
    case reloader::put_end::ok:
      break;
  }
  auto out = json(200, findings_json(true, put.found, "", now));
  out.fields.emplace_back("etag", etag(now));
  return out;
}

simple_answer put_policy(reloader& reloads, const policy_request& request) {
  const auto& now = reloads.current().policy->revision();
  const bool dry = query_parameter(request.query, "dry_run") == "1";
  // A dry run can lose nobody's edit.
  if (request.if_match.empty() && !dry) {
    return simple_error(
        428, "if_match_required",
        fmt::format("send `If-Match: \"{}\"`, the ETag that GET /admin/policy gave with the text you "
                    "edited, so that nobody's edit is lost",
                    now));
  }
  if (!request.if_match.empty() && !matches(request.if_match, now)) return stale(reloads);
  if (dry) return dry_run(reloads, request.body);
  const auto over = query_parameter(request.query, "overwrite") == "1" ? reloader::over_edits::yes
                                                                       : reloader::over_edits::no;
  return answer_put(reloads, reloads.put(request.body, "admin", over));
}

simple_answer list_revisions(reloader& reloads) {
  std::string out = "[";
  auto all = reloads.revisions().all();
  std::reverse(all.begin(), all.end());
  for (const auto& one : all) {
    if (out.size() > 1) out += ',';
    out +=
        fmt::format("{{\"number\":{},\"revision\":{},\"at\":\"{}\",\"bytes\":{},\"current\":{}}}", one.number,
                    quoted(one.revision), utc_text(static_cast<std::time_t>(one.at)), one.bytes, one.current);
  }
  return json(200, out + "]");
}

simple_answer undo(reloader& reloads, const policy_request& request) {
  auto& store = reloads.revisions();
  const auto wanted = query_parameter(request.query, "to");
  const auto to = wanted.empty() ? store.before_current() : store.find(wanted);
  if (!to) {
    return simple_error(
        404, "no_such_revision",
        wanted.empty() ? std::string("there is no revision before this one; GET /admin/revisions lists them")
                       : fmt::format("no revision `{}` is kept; GET /admin/revisions lists them", wanted));
  }
  std::string why;
  const auto text = store.text(*to, why);
  if (!text) return simple_error(500, "revision_unreadable", why);
  const auto all = store.all();
  const auto current = std::find_if(all.begin(), all.end(), [](const auto& e) { return e.current; });
  // First, so that coming into force finds it current and adds no copy at the end of the list.
  store.go_to(*to);
  const auto put = reloads.put(*text, "undo", reloader::over_edits::yes);
  if (put.end != reloader::put_end::ok && current != all.end()) store.go_to(*current);
  return answer_put(reloads, put);
}

}  // namespace

bool is_policy_path(std::string_view path) {
  return path == "/admin/policy" || path == "/admin/check" || path == "/admin/explain" ||
         path == "/admin/revisions" || path == "/admin/revisions/undo";
}

simple_answer answer_policy(reloader& reloads, const policy_request& request) {
  const bool get = request.method == "GET" || request.method == "HEAD";
  if (request.path == "/admin/policy") {
    if (get) return get_policy(reloads);
    if (request.method == "PUT") return put_policy(reloads, request);
    return simple_error(405, "method_not_allowed", "GET or PUT /admin/policy");
  }
  if (request.path == "/admin/check") {
    if (request.method == "POST") return check(reloads, request.body);
    return simple_error(405, "method_not_allowed", "POST the text of a policy to /admin/check");
  }
  if (request.path == "/admin/explain") {
    if (request.method == "POST") return explain_facts(reloads.shared(), reloads.current(), request.body);
    return simple_error(405, "method_not_allowed", "POST {\"facts\": {...}} to /admin/explain");
  }
  if (request.path == "/admin/revisions") {
    if (get) return list_revisions(reloads);
    return simple_error(405, "method_not_allowed", "GET /admin/revisions, POST /admin/revisions/undo");
  }
  if (request.method == "POST") return undo(reloads, request);
  return simple_error(405, "method_not_allowed",
                      "POST /admin/revisions/undo, with ?to=REVISION for a certain one");
}

std::string findings_json(bool ok, const config::diagnostics& found, std::string_view why,
                          std::string_view revision) {
  std::string out = fmt::format("{{\"ok\":{},\"revision\":{}", ok, quoted(revision));
  if (!why.empty()) out += fmt::format(",\"why\":{}", quoted(why));
  auto list = found.render_json();
  while (!list.empty() && list.back() == '\n') list.pop_back();
  return out + ",\"diagnostics\":" + list + "}";
}

std::string reload_json(const reloader& reloads) {
  const auto news = reloads.news();
  std::string out = fmt::format("{{\"result\":\"{}\",\"by\":{},\"at\":\"{}\"", to_string(news->result),
                                quoted(news->by), utc_text(news->at));
  if (!news->why.empty()) out += fmt::format(",\"why\":{}", quoted(news->why));
  const auto list = [&](std::string_view name, const std::vector<std::string>& items) {
    if (items.empty()) return;
    out += fmt::format(",\"{}\":[", name);
    for (std::size_t i = 0; i < items.size(); ++i) out += (i > 0 ? "," : "") + quoted(items[i]);
    out += ']';
  };
  list("problems", news->problems);
  return out + fmt::format(",\"changed_by\":{},\"changed_at\":\"{}\"}}", quoted(news->changed_by),
                           utc_text(news->changed_at));
}

std::string reload_metrics(const reloader& reloads) {
  std::string out =
      "# HELP nearfar_policy_reload_total reloads by what came of them\n# TYPE nearfar_policy_reload_total "
      "counter\n";
  for (const auto result : {reload_result::ok, reload_result::failed, reload_result::unchanged}) {
    out += fmt::format("nearfar_policy_reload_total{{result=\"{}\"}} {}\n", to_string(result),
                       reloads.count(result));
  }
  out += fmt::format(
      "# HELP nearfar_policy_last_reload_success 0: the file is not what is in force\n"
      "# TYPE nearfar_policy_last_reload_success gauge\nnearfar_policy_last_reload_success {}\n",
      reloads.last_succeeded() ? 1 : 0);
  return out;
}

}  // namespace nearfar::gateway
