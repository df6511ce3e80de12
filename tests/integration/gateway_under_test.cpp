#include "tests/integration/gateway_under_test.hpp"

#include "config/load.hpp"
#include "gateway/keys/key_file.hpp"
#include "tests/support/answer_script.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <sys/stat.h>

#include <charconv>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace nearfar::tests {
namespace {

std::string temporary_folder() {
  std::string name = "/tmp/nearfar-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  return name;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

gateway_under_test::gateway_under_test(policy_text policy, millis drain)
    : policy_(std::move(policy)), drain_(drain), folder_(temporary_folder()) {
  std::ofstream(folder_ + "/vendor.key") << vendor_key;
  ::chmod((folder_ + "/vendor.key").c_str(), 0600);
  if (const auto at = policy_.listen.find("{folder}"); at != std::string::npos)
    policy_.listen.replace(at, 8, folder_);
  if (!policy_.keys.empty()) std::filesystem::create_directories(folder_ + "/state");
  for (const auto& wishes : policy_.keys) {
    auto made = gateway::create_key(key_file(), wishes, std::time(nullptr));
    if (!made) throw std::runtime_error("no key: " + made.error().context);
    keys_.emplace(wishes.name, std::string(made->key.reveal()));
  }
  restart();
}

void gateway_under_test::restart() {
  server_.reset();
  std::string why;
  server_ = start(yaml(policy_.listen, "state"), why);
  if (!server_) throw std::runtime_error("the gateway did not start: " + why);
}

std::string gateway_under_test::key_file() const {
  return gateway::key_file_in(folder_ + "/state");
}

gateway_under_test::~gateway_under_test() {
  server_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string gateway_under_test::with_urls(std::string text) const {
  for (const auto& [name, url] :
       {std::pair{"{device}", device.url()}, std::pair{"{self_hosted}", self_hosted.url()},
        std::pair{"{remote}", remote.url()}}) {
    const std::string_view wanted(name);
    for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + url.size()))
      text.replace(at, wanted.size(), url);
  }
  return text;
}

std::string gateway_under_test::yaml(std::string_view listen, std::string_view state) const {
  std::string out =
      fmt::format("version: 1\nserver: {{listen: \"{}\", admin: 127.0.0.1:0, state: {}, threads: {}{}{}}}\n",
                  listen, state, policy_.threads, policy_.server.empty() ? "" : ", ", policy_.server);
  out += "tags: [" + policy_.tags + "]\nfacts:\n  worn: {type: bool, max_age: 10m}\n";
  constexpr std::string_view provider =
      "  {}:\n    tier: {}\n    preset: openai-compatible\n    url: {}\n{}{}    models: {{{}: {{context: "
      "64k, "
      "price: {}, can: {{tools: true, images: true, json: true}}}}}}\n";
  const auto more =
      policy_.continuation.empty() ? "" : fmt::format("    continuation: {}\n", policy_.continuation);
  out += "providers:\n";
  out += fmt::format(fmt::runtime(provider), "phone", "device", device.url(), "", more, "small",
                     policy_.device_price);
  out += fmt::format(fmt::runtime(provider), "homelab", "self_hosted", self_hosted.url(), "", more, "medium",
                     policy_.self_hosted_price);
  out += fmt::format(fmt::runtime(provider), "vendor", "remote", remote.url(),
                     fmt::format("    key: {{file: {}/vendor.key}}\n", folder_), more, "large",
                     policy_.remote_price);
  out += with_urls(policy_.providers) + "models:\n" + policy_.models;
  out += R"(guards:
  - name: private-stays-home
    when: {privacy: private}
    allow: {tier: [device, self_hosted]}
)" + policy_.guards +
         R"(rules:
  - name: offline
    when: {network: [offline, portal]}
    only: {tier: [device, self_hosted]}
  - name: worn
    when: {worn: true}
    prefer: [self_hosted, device, remote]
  - name: default
)";
  out += "    " + policy_.rule + "\nattempts:\n" + policy_.attempt_entries;
  out += fmt::format("  - {{name: default, total: 4, same_target: {}, answer: {}, {}}}\n",
                     policy_.same_target, policy_.answer, policy_.attempts);
  return out + policy_.more;
}

std::unique_ptr<gateway::server> gateway_under_test::start(const std::string& text, std::string& why) const {
  if (policy_.from_file) std::ofstream(path()) << text;
  const auto loaded =
      policy_.from_file ? config::load_file(path()) : config::load_text(text, "test.yaml", folder_);
  if (!loaded.value) {
    why = loaded.found.render(config::diagnostics::style::plain);
    return nullptr;
  }
  gateway::server_options options;
  options.config = loaded.value;
  // A test may change the file before the gateway has read it once more.
  options.text = text;
  options.log_queries = false;
  options.self = NEARFAR_BINARY;
  options.drain = drain_;
  options.list_again = policy_.list_again;
  options.watch_links = policy_.watch_links;
  return gateway::server::start(std::move(options), why);
}

std::unique_ptr<gateway::server> gateway_under_test::another(std::string_view listen, std::string& why,
                                                             std::string_view state) const {
  return start(yaml(listen, state), why);
}

http_answer gateway_under_test::ask(std::string_view body, const header_list& fields) const {
  auto asking = client();
  asking.set_deadline(millis{30'000});
  asking.send(support::post("/v1/chat/completions", body, fields));
  return asking.read_answer();
}

std::string gateway_under_test::text_with(std::string_view models) const {
  auto text = yaml(policy_.listen, "state");
  text.replace(text.find(policy_.models), policy_.models.size(), models);
  return text;
}

http_answer gateway_under_test::admin(std::string_view method, std::string_view path, std::string_view body,
                                      const header_list& fields) const {
  std::ifstream file(server_->admin_token_file());
  const std::string token(std::istreambuf_iterator<char>(file), {});
  raw_client asking(server_->admin_address());
  std::string more;
  for (const auto& [name, value] : fields) more += fmt::format("{}: {}\r\n", name, value);
  asking.send(fmt::format(
      "{} {} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n{}content-length: {}\r\n\r\n{}",
      method, path, trimmed(token), more, body.size(), body));
  return asking.read_answer();
}

double gateway_under_test::metric(std::string_view name) const {
  const auto text = "\n" + admin("GET", "/metrics").body;
  const auto wanted = fmt::format("\n{} ", name);
  const auto at = text.find(wanted);
  if (at == std::string::npos) throw std::runtime_error(fmt::format("no metric {} in:{}", name, text));
  return std::strtod(text.c_str() + at + wanted.size(), nullptr);
}

bool gateway_under_test::metric_reaches(std::string_view name, double value) const {
  return eventually([&] { return metric(name) >= value; });
}

std::uint64_t gateway_under_test::upstream_requests() const {
  return device.counters().requests + self_hosted.counters().requests + remote.counters().requests;
}

std::string chat(std::string_view model, std::string_view prompt) {
  return fmt::format(R"({{"model":"{}","messages":[{{"role":"user","content":"{}"}}]}})", model, prompt);
}

std::string chat_stream(std::string_view model, std::string_view prompt) {
  return fmt::format(R"({{"model":"{}","messages":[{{"role":"user","content":"{}"}}],"stream":true}})", model,
                     prompt);
}

std::string answer_text(const http_answer& a) {
  if (a.field("content-type").starts_with("text/event-stream")) return support::text_of(a.body);
  boost::system::error_code ec;
  const auto body = boost::json::parse(a.body, ec);
  if (ec) return {};
  const auto* content = body.find_pointer("/choices/0/message/content", ec);
  return content != nullptr && content->is_string() ? std::string(content->get_string()) : std::string{};
}

std::string default_text(std::string_view name, unsigned tokens) {
  support::behaviour b;
  b.tokens = tokens;
  std::string out;
  for (const auto& token : support::compose_answer(b, {}, {std::string(name), 0}).text) out += token;
  return out;
}

std::string error_field(std::string_view body, std::string_view field) {
  boost::system::error_code ec;
  const auto parsed = boost::json::parse(body, ec);
  if (ec) return {};
  const auto* found = parsed.find_pointer(fmt::format("/error/{}", field), ec);
  if (found == nullptr) return {};
  return found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
}

void short_rest() {
  std::this_thread::sleep_for(millis{20});
}

}  // namespace nearfar::tests
