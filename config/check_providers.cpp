#include "config/address.hpp"
#include "config/check.hpp"
#include "config/codes.hpp"
#include "config/model_lists.hpp"
#include "config/names.hpp"
#include "config/preset.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <set>

namespace nearfar::config {

namespace {

bool is_tier_word(std::string_view name) {
  return name == "device" || name == "self_hosted" || name == "remote";
}

void check_name(const provider& p, diagnostics& out) {
  const bool legal = !p.name.empty() && std::ranges::all_of(p.name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
  if (!legal) {
    out.error(code::bad_name, p.where, fmt::format("`{}` is not a name for a provider", p.name),
              "letters, digits, `.`, `_` and `-` only; it stands before the `/` of its targets");
  } else if (is_tier_word(p.name) || p.name == "none") {
    out.error(code::bad_name, p.where, fmt::format("a provider may not be called `{}`", p.name),
              "this word has a meaning in the policy");
  }
}

void check_runtime(const provider& p, diagnostics& out) {
  if (p.runtime && p.where_it_is != tier::device) {
    out.error(code::keys_do_not_fit, p.runtime->where,
              fmt::format("provider `{}` has a `runtime` but is not on this device", p.name),
              "use `tier: device`, or `url` for a server that runs already");
  }
  if (p.runtime && !p.url.empty()) {
    out.error(code::keys_do_not_fit, p.runtime->where,
              fmt::format("provider `{}` has a `runtime` and a `url`", p.name),
              "a runtime chooses its own address: remove one of them");
  }
  for (const auto& m : p.models) {
    if (p.runtime && !m.file) {
      out.error(code::missing_key, m.where,
                fmt::format("model `{}` of provider `{}` has no `file`", m.id, p.name),
                "a runtime loads a file: add `file: ~/models/NAME.gguf`");
    } else if (!p.runtime && m.file) {
      out.error(code::keys_do_not_fit, m.where,
                fmt::format("model `{}` of provider `{}` has a `file`, but the provider has no `runtime`",
                            m.id, p.name),
                "add `runtime: {kind: llama-server}`, or remove `file`");
    } else if (struct stat found{}; m.file && ::stat(m.file->c_str(), &found) != 0) {
      out.warning(code::model_not_installed, m.where,
                  fmt::format("model `{}` is not installed: there is no {}", m.id, *m.file),
                  "its target appears when the file does");
    }
  }
}

void check_address(const provider& p, diagnostics& out) {
  const auto* known = preset_of(p);
  if (p.preset.empty() && !p.runtime) {
    out.error(code::missing_key, p.where, fmt::format("missing key `preset` in provider `{}`", p.name),
              "what kind of server is it? `openai-compatible` fits most");
    return;
  }
  if (p.url.empty() && !p.runtime && known != nullptr && known->url.empty()) {
    out.error(code::missing_key, p.where, fmt::format("missing key `url` in provider `{}`", p.name),
              fmt::format("preset `{}` has no address of its own", p.preset));
  }
  const std::string url = p.url.empty() && known != nullptr ? known->url : p.url;
  if (p.where_it_is == tier::remote && is_plain_http_beyond_loopback(url)) {
    out.error(code::plain_http_to_remote, p.where,
              fmt::format("remote provider `{}` would be reached without encryption", p.name),
              "use `https://`, or `tier: self_hosted` for a server of your own");
  }
}

void check_secret_file(const provider& p, diagnostics& out) {
  struct stat found{};
  if (::stat(p.key.name.c_str(), &found) != 0) {
    out.note(code::key_not_set, p.key.where,
             fmt::format("key of provider `{}`: there is no file {}", p.name, p.key.name),
             p.optional ? "the provider is absent until it is there"
                        : "the gateway does not start without it; say `optional: true` if it may");
    return;
  }
  if ((found.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    out.warning(code::secret_file_open, p.key.where,
                fmt::format("key of provider `{}`: others can read {}", p.name, p.key.name),
                fmt::format("chmod 600 {}", p.key.name));
  }
}

void check_key(const provider& p, diagnostics& out) {
  const auto* known = preset_of(p);
  switch (p.key.kind) {
    case secret_kind::none:
      if (p.where_it_is == tier::remote && (known == nullptr || known->auth != auth_style::none)) {
        out.warning(code::remote_without_key, p.where,
                    fmt::format("remote provider `{}` has no `key`", p.name),
                    "add `key: {env: NAME}`, if it wants one");
      }
      break;
    case secret_kind::env:
      if (const char* value = std::getenv(p.key.name.c_str()); value == nullptr || *value == '\0') {
        out.note(code::key_not_set, p.key.where,
                 fmt::format("key of provider `{}`: {} is not set", p.name, p.key.name),
                 p.optional ? "the provider is absent until it is"
                            : "the gateway does not start without it; say `optional: true` if it may");
      }
      break;
    case secret_kind::file:
      check_secret_file(p, out);
      break;
    case secret_kind::client:
      break;
  }
}

std::string utc(std::int64_t unix_seconds) {
  const auto at = static_cast<std::time_t>(unix_seconds);
  tm parts{};
  gmtime_r(&at, &parts);
  return fmt::format("{:%FT%TZ}", parts);
}

void check_discovery(const provider& p, diagnostics& out) {
  if (!p.discover || (!p.preset.empty() && preset_of(p) == nullptr)) return;
  if (p.key.kind == secret_kind::client) {
    out.error(code::keys_do_not_fit, p.where,
              fmt::format("provider `{}` cannot be asked what it serves: it has no key of its own", p.name),
              "name its models under `models`, or give it a key");
    return;
  }
  if (!list_url(p).empty() || (p.preset.empty() && !p.runtime)) return;
  const bool no_address = !p.runtime && base_url(p).empty();  // said already
  if (no_address) return;
  out.error(code::keys_do_not_fit, p.where,
            fmt::format("provider `{}` cannot be asked what it serves", p.name),
            p.runtime ? "a runtime serves the files that are named: list them under `models`"
                      : fmt::format("preset `{}` has no list of models: name them under `models`", p.preset));
}

// News, so that nobody wonders whose models they see.
void advise_on_discovery(const configuration& c, const provider& p, diagnostics& out) {
  if (p.listed_at) {
    out.note(code::discovered_models, p.where,
             fmt::format("provider `{}` listed {} model{} at {}", p.name, p.models.size(),
                         p.models.size() == 1 ? "" : "s", utc(*p.listed_at)),
             fmt::format(
                 "read from {}; the gateway asks again when it starts, at a reload and for an unknown name",
                 list_file(c.server.state, p.name)));
  } else {
    out.note(code::discovered_models, p.where,
             fmt::format("what provider `{}` serves is not known here: it has not been asked yet", p.name),
             fmt::format("the gateway asks {} and keeps the answer in {}", list_url(p),
                         list_file(c.server.state, p.name)));
  }
}

// SDKs put the version into the base url, and so does this preset.
void advise_on_address(const provider& p, diagnostics& out) {
  if (p.preset != "openai-compatible" || p.url.starts_with("unix:")) return;
  const auto host = p.url.find("://");
  if (host == std::string::npos || p.url.find('/', host + 3) != std::string::npos) return;
  out.warning(code::url_without_version, p.where, fmt::format("the url of provider `{}` has no path", p.name),
              fmt::format("most servers want `{}/v1`", p.url));
}

void check_models(const provider& p, diagnostics& out) {
  std::set<std::string> names;
  for (const auto& m : p.models) {
    const std::string& name = m.as.empty() ? m.id : m.as;
    if (!names.insert(name).second) {
      out.error(code::defined_twice, m.where,
                fmt::format("provider `{}` has two models called `{}`", p.name, name),
                "give one of them another `as`");
    }
    if (m.id.empty()) out.error(code::bad_name, m.where, "a model's id is empty");
  }
}

}  // namespace

void check_providers(const configuration& c, diagnostics& out) {
  for (const auto& p : c.providers) {
    check_name(p, out);
    check_runtime(p, out);
    check_address(p, out);
    check_models(p, out);
    check_discovery(p, out);
    if (p.queue && !p.concurrent) {
      out.error(code::keys_do_not_fit, p.where,
                fmt::format("provider `{}` has a `queue` but no `concurrent`", p.name),
                "nobody waits where nothing is full: add `concurrent`");
    }
  }
}

void advise_on_providers(const configuration& c, diagnostics& out) {
  for (const auto& p : c.providers) {
    check_key(p, out);
    advise_on_address(p, out);
    if (p.discover) {
      advise_on_discovery(c, p, out);
    } else if (p.models.empty()) {
      out.warning(code::no_models, p.where, fmt::format("provider `{}` serves no model", p.name),
                  "name one under `models`");
    }
  }
}

}  // namespace nearfar::config
