#include "gateway/ledger/row_feed.hpp"

#include <sqlite3.h>

#include <new>
#include <string>

namespace nearfar::gateway {

namespace {

// SQLite knows its base alone and casts back.
struct feed_table : sqlite3_vtab {
  const row_feed* feed;
};

struct feed_cursor : sqlite3_vtab_cursor {
  std::size_t at;
};

const std::vector<entry_values>& rows_of(sqlite3_vtab_cursor* cursor) {
  return static_cast<feed_table*>(cursor->pVtab)->feed->rows;
}

int connect(sqlite3* database, void* feed, int, const char* const*, sqlite3_vtab** out, char**) {
  std::string columns = "CREATE TABLE x (";
  for (std::size_t i = 0; i < entry_values::columns; ++i)
    columns += (i > 0 ? ", c" : "c") + std::to_string(i);
  if (const int wrong = sqlite3_declare_vtab(database, (columns + ")").c_str()); wrong != SQLITE_OK)
    return wrong;
  auto* made = new (std::nothrow) feed_table{};
  if (made == nullptr) return SQLITE_NOMEM;
  made->feed = static_cast<const row_feed*>(feed);
  *out = made;
  return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
  delete static_cast<feed_table*>(table);
  return SQLITE_OK;
}

int best_index(sqlite3_vtab*, sqlite3_index_info* how) {
  how->estimatedCost = 1000;
  how->estimatedRows = 1000;
  return SQLITE_OK;
}

int open(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
  auto* made = new (std::nothrow) feed_cursor{};
  if (made == nullptr) return SQLITE_NOMEM;
  *out = made;
  return SQLITE_OK;
}

int close(sqlite3_vtab_cursor* cursor) {
  delete static_cast<feed_cursor*>(cursor);
  return SQLITE_OK;
}

int filter(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
  static_cast<feed_cursor*>(cursor)->at = 0;
  return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* cursor) {
  ++static_cast<feed_cursor*>(cursor)->at;
  return SQLITE_OK;
}

int is_at_end(sqlite3_vtab_cursor* cursor) {
  return static_cast<feed_cursor*>(cursor)->at >= rows_of(cursor).size() ? 1 : 0;
}

int column(sqlite3_vtab_cursor* cursor, sqlite3_context* out, int number) {
  const auto& row = rows_of(cursor)[static_cast<feed_cursor*>(cursor)->at];
  const auto i = static_cast<std::size_t>(number);
  // Nothing said is NULL.
  if ((row.absent >> i & 1) != 0) return SQLITE_OK;
  if (i + 1 == entry_values::columns && !row.text.empty()) {
    sqlite3_result_text(out, row.text.data(), static_cast<int>(row.text.size()), SQLITE_STATIC);
  } else {
    sqlite3_result_int64(out, row.numbers[i]);
  }
  return SQLITE_OK;
}

int row_id(sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
  *out = static_cast<sqlite3_int64>(static_cast<feed_cursor*>(cursor)->at);
  return SQLITE_OK;
}

// Without xCreate it is there by its name, and in no file.
constexpr sqlite3_module functions = [] {
  sqlite3_module out{};
  out.xConnect = connect;
  out.xBestIndex = best_index;
  out.xDisconnect = disconnect;
  out.xDestroy = disconnect;
  out.xOpen = open;
  out.xClose = close;
  out.xFilter = filter;
  out.xNext = next;
  out.xEof = is_at_end;
  out.xColumn = column;
  out.xRowid = row_id;
  return out;
}();

}  // namespace

routes::result<void> row_feed::join(database& of) {
  if (sqlite3_create_module(of.handle(), std::string(table).c_str(), &functions, this) == SQLITE_OK)
    return {};
  return routes::make_error(routes::error_kind::internal, of.why());
}

}  // namespace nearfar::gateway
