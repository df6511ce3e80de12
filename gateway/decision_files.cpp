#include "gateway/decision_files.hpp"

#include "providers/dialects/openai_chat/request_writer.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <utility>

namespace nearfar::gateway {

namespace {

constexpr std::string_view newest_name = "/decisions.jsonl";
constexpr std::size_t piece = 256 * 1024;

// A file that is open and locked, by scope.
class locked_file {
 public:
  locked_file() = default;
  locked_file(locked_file&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
  locked_file& operator=(locked_file&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~locked_file() {
    if (handle_ >= 0) ::close(handle_);
  }

  // False with errno.
  bool open(const std::string& path, int flags) {
    for (;;) {
      locked_file next;
      next.handle_ = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
      if (next.handle_ < 0) return false;
      while (::flock(next.handle_, LOCK_EX) != 0) {
        if (errno != EINTR) return false;
      }
      // Whoever held the lock may have put another file in its place.
      if (next.is_at(path)) {
        *this = std::move(next);
        return true;
      }
    }
  }
  int handle() const { return handle_; }
  std::uint64_t size() const {
    struct stat about{};
    return ::fstat(handle_, &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
  }

 private:
  bool is_at(const std::string& path) const {
    struct stat mine{};
    struct stat there{};
    if (::fstat(handle_, &mine) != 0 || ::stat(path.c_str(), &there) != 0) return false;
    return mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
  }

  int handle_ = -1;
};

bool write_all(int handle, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(handle, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// decisions.jsonl -> decisions.1.jsonl -> … ; the oldest goes.
void put_aside(const std::string& newest, unsigned most) {
  if (most <= 1) {
    ::unlink(newest.c_str());
    return;
  }
  ::unlink(decision_file(newest, most - 1).c_str());
  for (unsigned i = most - 1; i > 0; --i)
    ::rename(decision_file(newest, i - 1).c_str(), decision_file(newest, i).c_str());
}

routes::error failed(const std::string& path) {
  return routes::make_error(routes::error_kind::internal, fmt::format("{}: {}", path, std::strerror(errno)));
}

// Lines as they come; what is left at the end without a newline is one, too.
template <class Take>
bool each_line(int handle, Take take) {
  std::string waiting;
  std::string room(piece, '\0');
  for (;;) {
    const ssize_t n = ::read(handle, room.data(), room.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    if (n == 0) return waiting.empty() || take(std::string_view(waiting));
    waiting.append(room.data(), static_cast<std::size_t>(n));
    std::size_t begin = 0;
    for (auto end = waiting.find('\n'); end != std::string::npos; end = waiting.find('\n', begin)) {
      if (!take(std::string_view(waiting).substr(begin, end - begin))) return false;
      begin = end + 1;
    }
    waiting.erase(0, begin);
  }
}

struct thinned {
  std::uint64_t gone = 0;
  std::uint64_t stay = 0;
};

// Writes what stays beside it and renames that over it, with the lock held.
routes::result<thinned> thin(const std::string& path, const std::function<bool(std::string_view)>& goes) {
  locked_file from;
  if (!from.open(path, O_RDONLY)) return errno == ENOENT ? routes::result<thinned>(thinned{}) : failed(path);
  const auto beside = path + ".new";
  ::unlink(beside.c_str());
  const int to = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (to < 0) return failed(beside);
  thinned out;
  std::string batch;
  bool fine = each_line(from.handle(), [&](std::string_view line) {
    const bool leaves = goes(line);
    ++(leaves ? out.gone : out.stay);
    if (!leaves) batch.append(line).append("\n");
    if (batch.size() < piece) return true;
    const bool wrote = write_all(to, batch);
    batch.clear();
    return wrote;
  });
  fine = fine && write_all(to, batch);
  fine = ::close(to) == 0 && fine;
  if (fine && out.gone > 0)
    fine = (out.stay > 0 ? ::rename(beside.c_str(), path.c_str()) : ::unlink(path.c_str())) == 0;
  const auto why = failed(path);
  ::unlink(beside.c_str());
  if (!fine) return why;
  return out;
}

}  // namespace

std::string decision_file(const std::string& newest, unsigned age) {
  if (age == 0) return newest;
  return fmt::format("{}.{}.jsonl", newest.substr(0, newest.size() - std::strlen(".jsonl")), age);
}

std::vector<std::string> decision_files(const std::string& folder) {
  const auto newest = folder + std::string(newest_name);
  // One may be missing between two others: it held nothing but lines that were erased.
  constexpr unsigned most = 1000;
  constexpr unsigned gap = 16;
  std::vector<std::string> out;
  unsigned missing = 0;
  for (unsigned age = 0; age < most && missing < gap; ++age) {
    auto name = decision_file(newest, age);
    const bool there = ::access(name.c_str(), F_OK) == 0;
    missing = there ? 0 : missing + 1;
    if (there) out.insert(out.begin(), std::move(name));
  }
  return out;
}

std::string append_decisions(const std::string& newest, std::string_view lines, std::uint64_t limit,
                             unsigned most) {
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND;
  locked_file to;
  if (!to.open(newest, flags)) return std::strerror(errno);
  if (to.size() > 0 && to.size() + lines.size() > limit) {
    put_aside(newest, most);
    to = locked_file();
    if (!to.open(newest, flags)) return std::strerror(errno);
  }
  return write_all(to.handle(), lines) ? "" : std::strerror(errno);
}

routes::result<std::uint64_t> thin_decisions(const std::string& folder,
                                             const std::function<bool(std::string_view line)>& goes) {
  std::uint64_t gone = 0;
  for (const auto& file : decision_files(folder)) {
    const auto one = thin(file, goes);
    if (!one) return one.error();
    gone += one->gone;
  }
  return gone;
}

routes::result<std::uint64_t> forget_key_in_decisions(const std::string& folder, std::string_view key) {
  // Inside a text the quotes would be escaped, so only a member is found.
  std::string member = "\"key\":";
  providers::openai_chat::append_json_string(member, key);
  return thin_decisions(folder,
                        [&](std::string_view line) { return line.find(member) != std::string_view::npos; });
}

routes::result<std::uint64_t> forget_decisions_before(const std::string& folder, std::int64_t unix_ms) {
  return thin_decisions(folder, [&](std::string_view line) {
    constexpr std::string_view mark = "{\"at_ms\":";
    if (!line.starts_with(mark)) return false;
    std::int64_t at = 0;
    const auto read = std::from_chars(line.data() + mark.size(), line.data() + line.size(), at);
    return read.ec == std::errc{} && at < unix_ms;
  });
}

}  // namespace nearfar::gateway
