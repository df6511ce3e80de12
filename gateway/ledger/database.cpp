#include "gateway/ledger/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <fcntl.h>
#include <unistd.h>

namespace nearfar::gateway {

namespace {

// Another process (the command line) may hold the lock for a moment.
constexpr int busy_ms = 2000;

routes::error failed(sqlite3* handle, std::string_view path) {
  auto e = routes::make_error(routes::error_kind::internal,
                              fmt::format("{}: {}", path, handle ? sqlite3_errmsg(handle) : "out of memory"));
  e.side = routes::error_side::internal;
  return e;
}

// Counting every allocation takes a lock of the whole process
// (https://www.sqlite.org/malloc.html#memory_statistics). Only before its first use; where somebody else had
// that, it counts on.
void configure_once() {
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)configured;
}

// The ledger tells who asked what for how much: nobody else on the machine reads it.
void make_private(const std::string& path) {
  const int handle = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (handle >= 0) ::close(handle);
}

// SQLite would make the files beside it with the rights of the first, and they would stay behind when those
// are mended.
std::string not_writable(const std::string& path) {
  for (const std::string_view suffix : {"", "-wal", "-shm"}) {
    const auto file = path + std::string(suffix);
    if (::access(file.c_str(), F_OK) == 0 && ::access(file.c_str(), W_OK) != 0) return file;
  }
  return {};
}

}  // namespace

void statement::closer::operator()(sqlite3_stmt* s) const {
  sqlite3_finalize(s);
}

void database::closer::operator()(sqlite3* d) const {
  sqlite3_close_v2(d);
}

statement& statement::bind(int at, std::int64_t value) {
  sqlite3_bind_int64(handle_.get(), at, value);
  return *this;
}

statement& statement::bind(int at, double value) {
  sqlite3_bind_double(handle_.get(), at, value);
  return *this;
}

statement& statement::bind(int at, std::string_view text) {
  // An empty view may hold a null pointer, which SQLite would take for NULL.
  sqlite3_bind_text(handle_.get(), at, text.empty() ? "" : text.data(), static_cast<int>(text.size()),
                    SQLITE_TRANSIENT);
  return *this;
}

statement& statement::bind_static(int at, std::string_view text) {
  sqlite3_bind_text(handle_.get(), at, text.empty() ? "" : text.data(), static_cast<int>(text.size()),
                    SQLITE_STATIC);
  return *this;
}

statement& statement::bind_null(int at) {
  sqlite3_bind_null(handle_.get(), at);
  return *this;
}

routes::result<bool> statement::step() {
  switch (sqlite3_step(handle_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      sqlite3_reset(handle_.get());
      return false;
    default: {
      auto* owner = sqlite3_db_handle(handle_.get());
      auto e = failed(owner, sqlite3_db_filename(owner, "main"));
      sqlite3_reset(handle_.get());
      return e;
    }
  }
}

routes::result<void> statement::run() {
  for (;;) {
    auto more = step();
    if (!more) return std::move(more).error();
    if (!*more) return {};
  }
}

std::int64_t statement::number(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

double statement::real(int column) const {
  return sqlite3_column_double(handle_.get(), column);
}

std::string_view statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(handle_.get(), column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

bool statement::is_null(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

routes::result<database> database::open(const std::string& path, open_mode mode) {
  configure_once();
  if (const auto file = not_writable(path); mode == open_mode::read_write && !file.empty()) {
    auto e = failed(nullptr, file);
    e.context = file + ": it can be read, and not written";
    return e;
  }
  if (mode == open_mode::read_write) make_private(path);
  const int flags =
      mode == open_mode::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  database out;
  out.handle_.reset(raw);
  out.path_ = path;
  if (code != SQLITE_OK) return failed(raw, path);
  sqlite3_busy_timeout(raw, busy_ms);
  // The daemon idles on phones: readers keep little, and a writer nothing once release() was called.
  if (auto ok = out.run("PRAGMA foreign_keys=ON; PRAGMA cache_size=-256;"); !ok) return std::move(ok).error();
  if (mode == open_mode::read_write) {
    if (auto ok = out.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"); !ok)
      return std::move(ok).error();
    // Where it may not be written SQLite opens it for reading, and would say so at the first row only.
    if (sqlite3_db_readonly(raw, "main") == 1) {
      auto e = failed(raw, path);
      e.context = path + ": it can be read, and not written";
      return e;
    }
    if (auto ok = out.run(writers_cache); !ok) return std::move(ok).error();
  }
  return out;
}

routes::result<void> database::run(std::string_view sql) {
  const std::string text(sql);
  if (sqlite3_exec(handle_.get(), text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return failed(handle_.get(), path_);
  return {};
}

routes::result<statement> database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                         &raw, nullptr) != SQLITE_OK)
    return failed(handle_.get(), path_);
  statement out;
  out.handle_.reset(raw);
  return out;
}

std::string database::why() const {
  return fmt::format("{}: {}", path_, sqlite3_errmsg(handle_.get()));
}

std::int64_t database::changes() const {
  return sqlite3_changes64(handle_.get());
}

std::int64_t database::last_id() const {
  return sqlite3_last_insert_rowid(handle_.get());
}

void database::release() {
  sqlite3_db_release_memory(handle_.get());
}

}  // namespace nearfar::gateway
