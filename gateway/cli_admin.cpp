#include "gateway/cli_admin.hpp"

#include "config/load.hpp"
#include "config/paths.hpp"
#include "gateway/listen_address.hpp"
#include "gateway/state_files.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <regex>

namespace nearfar::gateway {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using socket = asio::generic::stream_protocol::socket;

constexpr std::string_view default_state = "~/.local/state/nearfar";

// One key of the section `server` by its looks alone: the file may be broken anywhere else.
std::string server_value(const std::string& text, std::string_view key) {
  static const std::regex section(R"((^|\n)server:([^\n]*(\n([ \t][^\n]*)?)*))");
  std::smatch found;
  if (!std::regex_search(text, found, section)) return {};
  const std::string inside = found[2].str();
  const std::regex entry(fmt::format(R"((^|[\s{{,]){}:\s*["']?([^\s,}}"'#]+))", key));
  std::smatch value;
  return std::regex_search(inside, value, entry) ? value[2].str() : std::string();
}

std::string home_folder() {
  const char* home = std::getenv("HOME");
  return home != nullptr && *home != '\0' ? home : "/";
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

bool connect(socket& to, const std::string& address, std::string& why) {
  const config::server_config any;
  const auto parsed = parse_listen(address, listener_role::admin, any);
  if (!parsed) {
    why = parsed.error().context;
    return false;
  }
  boost::system::error_code ec;
  if (parsed->is_unix) {
    to.connect(asio::local::stream_protocol::endpoint(parsed->host), ec);
  } else {
    to.connect(asio::ip::tcp::endpoint(asio::ip::make_address(parsed->host), parsed->port), ec);
  }
  if (ec) why = ec.message();
  return !ec;
}

http::request<http::string_body> make_request(std::string_view method, std::string_view path,
                                              std::string_view body, const std::string& token) {
  http::request<http::string_body> out;
  out.version(11);
  out.method_string(method);
  out.target(path);
  out.set(http::field::host, "localhost");
  out.set(http::field::authorization, "Bearer " + token);
  out.set(http::field::connection, "close");
  out.body() = body;
  out.prepare_payload();
  return out;
}

void nobody(const std::string& address, const std::string& why) {
  fmt::print(stderr, "nearfar: no gateway answers at {}: {}; is `nearfar serve` running?\n", address, why);
}

// Takes the whole events out of `in`.
void hand_out(std::string& in, const std::function<void(std::string_view)>& each) {
  constexpr std::string_view mark = "data: ";
  for (auto end = in.find("\n\n"); end != std::string::npos; end = in.find("\n\n")) {
    const std::string_view event(in.data(), end);
    if (event.starts_with(mark)) each(event.substr(mark.size()));
    if (event.starts_with(": ") && event.ends_with("left out")) fmt::print(stderr, "({})\n", event.substr(2));
    in.erase(0, end + 2);
  }
}

}  // namespace

std::string state_folder_of(const std::string& config_file) {
  const auto read = config::load_file(config_file);
  if (read.value) return read.value->server.state;
  std::string why;
  const auto text = read_whole(config_file, why);
  const auto written = text ? server_value(*text, "state") : std::string();
  const auto folder = std::filesystem::absolute(config_file).parent_path().string();
  return config::resolve_path(written.empty() ? default_state : written, folder, home_folder());
}

std::optional<admin_client> admin_client::find(const std::string& config_file) {
  const auto state = state_folder_of(config_file);
  std::string why;
  auto token = read_whole(state + "/admin.token", why);
  auto address = token ? read_whole(state + "/admin.address", why) : std::nullopt;
  if (!address) {
    fmt::print(stderr, "nearfar: {}; it is made by `nearfar serve` of this configuration\n", why);
    return std::nullopt;
  }
  return admin_client(trimmed(std::move(*address)), trimmed(std::move(*token)));
}

std::optional<admin_reply> admin_client::ask(std::string_view method, std::string_view path,
                                             std::string_view body) const {
  std::string why;
  auto reply = ask_quietly(method, path, body, why);
  if (!reply) nobody(address_, why);
  return reply;
}

std::optional<admin_reply> admin_client::ask_quietly(std::string_view method, std::string_view path,
                                                     std::string_view body, std::string& why) const {
  asio::io_context io{1};
  socket to(io);
  if (!connect(to, address_, why)) return std::nullopt;
  boost::system::error_code ec;
  const auto request = make_request(method, path, body, token_);
  http::write(to, request, ec);
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> answer;
  if (!ec) http::read(to, buffer, answer, ec);
  if (ec) {
    why = ec.message();
    return std::nullopt;
  }
  return admin_reply{static_cast<int>(answer.result_int()), std::move(answer.body())};
}

bool admin_client::follow(std::string_view path, const std::function<void(std::string_view)>& each) const {
  asio::io_context io{1};
  socket to(io);
  std::string why;
  if (!connect(to, address_, why)) {
    nobody(address_, why);
    return false;
  }
  boost::system::error_code ec;
  const auto request = make_request("GET", path, {}, token_);
  http::write(to, request, ec);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::empty_body> head;
  if (!ec) http::read_header(to, buffer, head, ec);
  if (ec || head.get().result_int() != 200) {
    nobody(address_, ec ? ec.message() : fmt::format("it answered {}", head.get().result_int()));
    return false;
  }
  std::string in(static_cast<const char*>(buffer.data().data()), buffer.size());
  std::array<char, 16384> piece;
  for (;;) {
    hand_out(in, each);
    const auto got = to.read_some(asio::buffer(piece), ec);
    if (ec) return true;
    in.append(piece.data(), got);
  }
}

}  // namespace nearfar::gateway
