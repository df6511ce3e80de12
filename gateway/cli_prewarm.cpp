#include "gateway/cli_prewarm.hpp"

#include "gateway/cli_admin.hpp"
#include "gateway/state_files.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <optional>

namespace nearfar::gateway {
namespace {

namespace json = boost::json;

enum exit_code : int { ok = 0, findings = 1, usage_or_io = 2 };

std::optional<std::string> body_of(const prewarm_call& what) {
  json::value body = json::object{{"messages", json::array()}};
  if (!what.body_file.empty()) {
    std::string why;
    const auto text = read_whole(what.body_file, why);
    boost::system::error_code ec;
    if (text) body = json::parse(*text, ec);
    if (!text || ec || !body.is_object()) {
      fmt::print(stderr, "nearfar: {}\n",
                 text ? what.body_file + " holds no JSON object: give it a chat request" : why);
      return std::nullopt;
    }
  }
  if (!what.model.empty()) body.as_object()["model"] = what.model;
  return json::serialize(body);
}

bool flag(const json::object& of, std::string_view name) {
  const auto* found = of.if_contains(json::string_view(name.data(), name.size()));
  return found != nullptr && found->is_bool() && found->get_bool();
}

double number(const json::object& of, std::string_view name) {
  const auto* found = of.if_contains(json::string_view(name.data(), name.size()));
  return found != nullptr && found->is_number() ? found->to_number<double>() : 0;
}

std::string text(const json::object& of, std::string_view name) {
  const auto* found = of.if_contains(json::string_view(name.data(), name.size()));
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::string line_of(const json::object& target) {
  std::string how;
  const auto add = [&](const std::string& what) { how += (how.empty() ? "" : ", ") + what; };
  if (flag(target, "connected")) add("connected");
  if (flag(target, "loaded")) add("loaded");
  if (flag(target, "prefilled")) {
    add(fmt::format("prefilled ({:.0f} tokens, {:.0f} of them cached before)",
                    number(target, "prompt_tokens"), number(target, "cached_tokens")));
  }
  if (how.empty()) how = "not warm";
  how += fmt::format(" in {:.0f} ms", number(target, "ms"));
  if (const auto why = text(target, "skipped"); !why.empty()) how += "; " + why;
  return how;
}

int show(const json::object& answer) {
  const auto* targets = answer.if_contains("targets");
  bool warm = false;
  if (targets == nullptr || !targets->is_array()) return findings;
  for (const auto& one : targets->get_array()) {
    const auto& target = one.as_object();
    warm = warm || flag(target, "connected") || flag(target, "loaded");
    fmt::print("{}  {}\n", text(target, "target"), line_of(target));
  }
  return warm ? ok : findings;
}

}  // namespace

int prewarm(const std::string& config_file, const prewarm_call& what, running_form form) {
  if (what.model.empty() && what.body_file.empty()) {
    fmt::print(stderr, "nearfar: name a model of the policy, or give a chat request with --body FILE\n");
    return usage_or_io;
  }
  const auto body = body_of(what);
  const auto gateway = body ? admin_client::find(config_file) : std::nullopt;
  const auto reply = gateway
                         ? gateway->ask("POST", fmt::format("/admin/prewarm?targets={}", what.targets), *body)
                         : std::nullopt;
  if (!reply) return usage_or_io;
  boost::system::error_code ec;
  const auto answer = json::parse(reply->body, ec);
  if (reply->status != 200 || ec || !answer.is_object()) {
    const auto* why = ec ? nullptr : answer.find_pointer("/error/message", ec);
    fmt::print(stderr, "nearfar: {}\n",
               why != nullptr && why->is_string() ? std::string(why->get_string())
                                                  : fmt::format("the gateway answered {}", reply->status));
    return findings;
  }
  if (form == running_form::text) return show(answer.get_object());
  fmt::print("{}\n", reply->body);
  return ok;
}

}  // namespace nearfar::gateway
