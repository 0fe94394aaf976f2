#include "runtime/dashboard/database.h"

#include <sqlite3.h>

#include <cstring>

namespace meshctl::dashboard {

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

Result<void, std::string> Statement::run() {
  while (true) {
    const auto has_row = next();
    if (!has_row) return fail(has_row.error());
    if (!*has_row) return {};
  }
}

Result<bool, std::string> Statement::next() {
  const int rc = sqlite3_step(raw_.get());
  if (rc == SQLITE_ROW) return true;
  auto words = rc == SQLITE_DONE ? std::string() : failure();
  end();
  if (rc == SQLITE_DONE) return false;
  return fail(std::move(words));
}

void Statement::end() noexcept {
  sqlite3_reset(raw_.get());
  sqlite3_clear_bindings(raw_.get());
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(raw_.get(), column);
}

std::string_view Statement::bytes(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(raw_.get(), column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(raw_.get(), column))};
}

void Statement::bind_one(int place, std::int64_t number) {
  sqlite3_bind_int64(raw_.get(), place, number);
}

void Statement::bind_one(int place, std::string_view text) {
  sqlite3_bind_text(raw_.get(), place, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

void Statement::bind_one(int place, Blob blob) {
  sqlite3_bind_blob(raw_.get(), place, blob.bytes.data(), static_cast<int>(blob.bytes.size()),
                    SQLITE_STATIC);
}

std::string Statement::failure() const {
  return sqlite3_errmsg(sqlite3_db_handle(raw_.get()));
}

void Database::Close::operator()(sqlite3* database) const noexcept {
  sqlite3_close(database);
}

Result<Database, std::string> Database::open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int rc =
      sqlite3_open_v2(path.c_str(), &raw,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw);
  if (rc == SQLITE_CANTOPEN && sqlite3_system_errno(raw) != 0)
    return fail(std::string(std::strerror(sqlite3_system_errno(raw))));
  if (rc != SQLITE_OK) return fail(database.failure());
  if (sqlite3_db_readonly(raw, "main") == 1) return fail(std::string("it may not be written"));
  return database;
}

Result<void, std::string> Database::run(const std::string& sql) {
  if (sqlite3_exec(raw_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return fail(failure());
  return {};
}

Result<Statement, std::string> Database::compile(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(raw_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK)
    return fail(failure());
  return Statement(statement);
}

Result<std::int64_t, std::string> Database::number(const char* sql) {
  auto statement = compile(sql);
  if (!statement) return fail(std::move(statement.error()));
  const auto has_row = statement->next();
  if (!has_row) return fail(has_row.error());
  if (!*has_row) return fail(std::string("it gave no number"));
  return statement->number(0);
}

std::int64_t Database::last_id() const {
  return sqlite3_last_insert_rowid(raw_.get());
}

bool Database::is_busy() const {
  const int code = sqlite3_errcode(raw_.get());
  return code == SQLITE_BUSY || code == SQLITE_LOCKED;
}

bool Database::is_no_database() const {
  return sqlite3_errcode(raw_.get()) == SQLITE_NOTADB;
}

bool Database::has_vanished() const {
  int has_moved = 0;
  sqlite3_file_control(raw_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
  return has_moved != 0;
}

std::string Database::failure() const {
  return sqlite3_errmsg(raw_.get());
}

}  // namespace meshctl::dashboard
