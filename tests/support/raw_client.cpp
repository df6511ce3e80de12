#include "tests/support/raw_client.hpp"

#include "tests/support/http_message.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace nearfar::support {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int open_socket(int family, int receive_buffer) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  // Before connect: the window scale is settled in the handshake.
  if (receive_buffer > 0) ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  return fd;
}

int connect_unix(std::string_view path, int receive_buffer) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("path too long");
  std::copy(path.begin(), path.end(), address.sun_path);
  const int fd = open_socket(AF_UNIX, receive_buffer);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  fail("connect");
}

int connect_tcp(std::string_view address, int receive_buffer) {
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos) throw std::runtime_error("no port in the address");
  sockaddr_in to{};
  to.sin_family = AF_INET;
  std::uint16_t port = 0;
  std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  to.sin_port = htons(port);
  const std::string host(address.substr(0, colon));
  if (::inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &to.sin_addr) != 1) {
    throw std::runtime_error("not an IPv4 address: " + host);
  }
  const int fd = open_socket(AF_INET, receive_buffer);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
  }
  ::close(fd);
  fail("connect");
}

http_answer parse_answer_head(std::string_view raw) {
  http_answer out;
  out.head = raw;
  if (!raw.starts_with("HTTP/1.")) throw std::runtime_error("not a response head: " + out.head);
  std::from_chars(raw.data() + 9, raw.data() + 12, out.status);
  for (auto at = raw.find("\r\n") + 2; at < raw.size();) {
    const auto end = raw.find("\r\n", at);
    const auto line = raw.substr(at, end - at);
    if (line.empty()) break;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) throw std::runtime_error("field without a colon: " + out.head);
    auto value = line.substr(colon + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    out.fields.emplace_back(line.substr(0, colon), value);
    at = end + 2;
  }
  return out;
}

timed_event parse_event(std::string_view block) {
  timed_event out;
  out.at = std::chrono::steady_clock::now();
  out.comment = true;
  while (!block.empty()) {
    const auto end = std::min(block.find('\n'), block.size());
    auto line = block.substr(0, end);
    block.remove_prefix(std::min(end + 1, block.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(':')) {
      if (out.comment) out.data += line.substr(1);
    } else if (line.starts_with("data:")) {
      if (out.comment) out.data.clear();
      if (!out.comment) out.data += '\n';
      out.comment = false;
      line.remove_prefix(5);
      if (line.starts_with(' ')) line.remove_prefix(1);
      out.data += line;
    }
  }
  return out;
}

// The end of the first event in `bytes` (behind its empty line) and the length of that line end.
std::size_t event_end(std::string_view bytes) {
  const auto plain = bytes.find("\n\n");
  const auto wide = bytes.find("\r\n\r\n");
  if (plain == std::string_view::npos && wide == std::string_view::npos) return std::string_view::npos;
  if (wide == std::string_view::npos || plain < wide) return plain + 2;
  return wide + 4;
}

}  // namespace

std::string_view http_answer::field(std::string_view name) const {
  for (const auto& [n, v] : fields) {
    if (same_name(n, name)) return v;
  }
  return {};
}

bool http_answer::has(std::string_view name) const {
  return std::any_of(fields.begin(), fields.end(), [&](const auto& f) { return same_name(f.first, name); });
}

std::vector<timed_event> events_of(std::string_view body) {
  std::vector<timed_event> out;
  for (auto end = event_end(body); end != std::string_view::npos; end = event_end(body)) {
    out.push_back(parse_event(body.substr(0, end)));
    body.remove_prefix(end);
  }
  return out;
}

std::string text_of(std::string_view sse_body) {
  std::string out;
  for (const auto& event : events_of(sse_body)) {
    if (event.comment) continue;
    boost::system::error_code ec;
    const auto chunk = boost::json::parse(event.data, ec);
    if (ec) continue;
    const auto* content = chunk.find_pointer("/choices/0/delta/content", ec);
    if (content != nullptr && content->is_string()) out += std::string_view(content->get_string());
  }
  return out;
}

raw_client::raw_client(std::string_view address, int receive_buffer) {
  if (address.starts_with("http://")) address.remove_prefix(7);
  fd_ = address.starts_with("unix:") ? connect_unix(address.substr(5), receive_buffer)
                                     : connect_tcp(address, receive_buffer);
}

raw_client::~raw_client() {
  close();
}

raw_client::raw_client(raw_client&& other) noexcept {
  *this = std::move(other);
}

raw_client& raw_client::operator=(raw_client&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(in_, other.in_);
  std::swap(body_, other.body_);
  deadline_ = other.deadline_;
  coding_ = other.coding_;
  left_ = other.left_;
  in_chunk_ = other.in_chunk_;
  body_complete_ = other.body_complete_;
  return *this;
}

void raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::size_t raw_client::send_some(std::string_view bytes, std::chrono::milliseconds at_most) {
  const auto until = clock::now() + at_most;
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
      sent += static_cast<std::size_t>(n);
      continue;
    }
    if (errno != EAGAIN) break;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
    pollfd p{fd_, POLLOUT, 0};
    if (left <= 0 || ::poll(&p, 1, static_cast<int>(left)) <= 0) break;
  }
  return sent;
}

void raw_client::half_close() {
  ::shutdown(fd_, SHUT_WR);
}

void raw_client::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void raw_client::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

bool raw_client::wait_readable(clock::time_point until) const {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
    pollfd p{fd_, POLLIN, 0};
    const int n = ::poll(&p, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (n > 0) return true;
    if (n == 0) return false;
    if (errno != EINTR) fail("poll");
  }
}

bool raw_client::fill() {
  if (!wait_readable(clock::now() + deadline_))
    throw std::runtime_error("nothing came in time; so far: " + in_);
  std::array<char, 65'536> buffer;
  const auto n = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (n <= 0) return false;
  in_.append(buffer.data(), static_cast<std::size_t>(n));
  return true;
}

http_answer raw_client::read_head() {
  std::vector<int> interim;
  for (;;) {
    auto end = in_.find("\r\n\r\n");
    while (end == std::string::npos) {
      if (!fill()) throw std::runtime_error("the connection ended before a response head: " + in_);
      end = in_.find("\r\n\r\n");
    }
    auto out = parse_answer_head(std::string_view(in_).substr(0, end + 4));
    in_.erase(0, end + 4);
    if (out.status >= 100 && out.status < 200) {
      interim.push_back(out.status);
      continue;
    }
    out.interim = std::move(interim);
    begin_body(out, false);
    return out;
  }
}

void raw_client::begin_body(const http_answer& head, bool head_only) {
  body_.clear();
  left_ = 0;
  in_chunk_ = false;
  body_complete_ = false;
  if (head_only || head.status == 204 || head.status == 304) {
    coding_ = coding::none;
    body_complete_ = true;
  } else if (head.field("transfer-encoding") == "chunked") {
    coding_ = coding::chunked;
  } else if (head.has("content-length")) {
    coding_ = coding::length;
    const auto text = head.field("content-length");
    std::from_chars(text.data(), text.data() + text.size(), left_);
    body_complete_ = left_ == 0;
  } else {
    coding_ = coding::until_close;
  }
}

bool raw_client::more_body() {
  if (body_complete_) return false;
  for (;;) {
    if (coding_ == coding::chunked && !in_chunk_) {
      const auto end = in_.find("\r\n");
      if (end != std::string::npos) {
        left_ = 0;
        const auto [stop, ec] = std::from_chars(in_.data(), in_.data() + end, left_, 16);
        if (ec != std::errc{}) throw std::runtime_error("bad chunk head: " + in_.substr(0, 80));
        if (left_ == 0) {
          if (in_.find("\r\n\r\n", end) == end) {
            in_.erase(0, end + 4);
            body_complete_ = true;
            return false;
          }
        } else {
          in_.erase(0, end + 2);
          in_chunk_ = true;
          continue;
        }
      }
    } else if (!in_.empty()) {
      const auto n = coding_ == coding::until_close ? in_.size() : std::min<std::uint64_t>(left_, in_.size());
      if (n > 0) {
        body_.append(in_, 0, n);
        in_.erase(0, n);
        if (coding_ != coding::until_close) left_ -= n;
        if (coding_ == coding::length && left_ == 0) body_complete_ = true;
        return true;
      }
      if (in_.size() >= 2) {  // the line end behind a chunk
        in_.erase(0, 2);
        in_chunk_ = false;
        continue;
      }
    }
    if (!fill()) {
      body_complete_ = coding_ == coding::until_close;
      return false;
    }
  }
}

void raw_client::read_body(http_answer& answer) {
  while (more_body()) {
  }
  answer.body = std::move(body_);
  body_.clear();
  answer.complete = body_complete_;
}

http_answer raw_client::read_answer(bool head_only) {
  auto out = read_head();
  if (head_only) begin_body(out, true);
  read_body(out);
  return out;
}

std::optional<timed_event> raw_client::read_event() {
  for (;;) {
    const auto end = event_end(body_);
    if (end != std::string::npos) {
      auto out = parse_event(std::string_view(body_).substr(0, end));
      body_.erase(0, end);
      return out;
    }
    if (!more_body()) return std::nullopt;
  }
}

std::string raw_client::read_raw() {
  if (in_.empty()) fill();
  return std::exchange(in_, {});
}

bool raw_client::closed_within(std::chrono::milliseconds at_most) {
  const auto until = clock::now() + at_most;
  std::array<char, 65'536> buffer;
  while (wait_readable(until)) {
    if (::recv(fd_, buffer.data(), buffer.size(), 0) <= 0) return true;
  }
  return false;
}

std::string post(std::string_view path, std::string_view body,
                 const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out = fmt::format("POST {} HTTP/1.1\r\n", path);
  bool has_host = false;
  for (const auto& [name, value] : fields) {
    has_host = has_host || same_name(name, "host");
    out += fmt::format("{}: {}\r\n", name, value);
  }
  if (!has_host) out += "host: localhost\r\n";
  out += fmt::format("content-type: application/json\r\ncontent-length: {}\r\n\r\n", body.size());
  out += body;
  return out;
}

std::string get(std::string_view path, const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out = fmt::format("GET {} HTTP/1.1\r\n", path);
  bool has_host = false;
  for (const auto& [name, value] : fields) {
    has_host = has_host || same_name(name, "host");
    out += fmt::format("{}: {}\r\n", name, value);
  }
  if (!has_host) out += "host: localhost\r\n";
  return out + "\r\n";
}

}  // namespace nearfar::support
