// A SQLite database and its statements, closed by scope. Not thread safe: one thread at a time.
#pragma once

#include "routes/error.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace nearfar::gateway {

enum class open_mode : std::uint8_t { read_write, read_only };

class statement {
 public:
  statement() = default;

  // Counted from 1, as in SQL. Texts are copied.
  statement& bind(int at, std::int64_t value);
  statement& bind(int at, double value);
  statement& bind(int at, std::string_view text);
  // Not copied: it lives until the statement has run.
  statement& bind_static(int at, std::string_view text);
  statement& bind_null(int at);

  // True: a row is there; false: none is left, and the statement is ready to be bound again.
  routes::result<bool> step();
  // For what gives no rows.
  routes::result<void> run();

  // Of the row at hand, counted from 0.
  std::int64_t number(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;  // until the next step
  bool is_null(int column) const;

 private:
  friend class database;
  struct closer {
    void operator()(sqlite3_stmt* s) const;
  };
  std::unique_ptr<sqlite3_stmt, closer> handle_;
};

class database {
 public:
  // Makes the file, 0600, where there is none (read_write). WAL, so that readers in other processes never
  // wait for the writer; synchronous=NORMAL: a commit outlives the process, and a power cut loses commits
  // but corrupts nothing (https://www.sqlite.org/pragma.html#pragma_synchronous).
  static routes::result<database> open(const std::string& path, open_mode mode);
  // At most so many KiB of pages are kept at hand: a batch of a full load and what the next ones change
  // again.
  static constexpr std::string_view writers_cache = "PRAGMA cache_size=-2048;";

  routes::result<void> run(std::string_view sql);  // one or several statements, no rows
  routes::result<statement> prepare(std::string_view sql);
  // What SQLite said last, with the place: for logs.
  std::string why() const;
  std::int64_t changes() const;
  std::int64_t last_id() const;  // of the row inserted last
  // Gives back the pages that it keeps at hand: for when nothing is written for a while.
  void release();
  // For what SQLite calls back.
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct closer {
    void operator()(sqlite3* d) const;
  };
  std::unique_ptr<sqlite3, closer> handle_;
  std::string path_;
};

}  // namespace nearfar::gateway
