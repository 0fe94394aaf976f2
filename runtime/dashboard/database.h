#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace meshctl::dashboard {

/// Bytes that are no text.
struct Blob {
  std::string_view bytes;
};

/// A statement of SQL, for use over and over: bind(), then run(), or next() until there is no more.
/// Must not outlive its database. One thread at a time.
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* raw) : raw_(raw) {}

  /// Sets the parameters, from the first on. Texts are borrowed until the statement has ended.
  template <typename... Values>
  void bind(const Values&... values) {
    int place = 0;
    (bind_one(++place, values), ...);
  }
  /// To its end, whatever it gives; it can be bound anew then.
  [[nodiscard]] Result<void, std::string> run();
  /// True: there is a row, whose columns can be read. False: there is none, and the statement has
  /// ended, as it has where this fails.
  [[nodiscard]] Result<bool, std::string> next();
  /// Ends it before its last row. No harm where it has ended.
  void end() noexcept;

  /// Of the row, by column from 0 on. Text and bytes are valid until the next call of next(), run()
  /// or end().
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };

  void bind_one(int place, std::int64_t number);
  void bind_one(int place, std::string_view text);
  void bind_one(int place, Blob blob);
  [[nodiscard]] std::string failure() const;

  std::unique_ptr<sqlite3_stmt, Finalize> raw_;
};

/// An SQLite file. Failures are in SQLite's words. One thread at a time.
class Database {
 public:
  /// Opens `path` to read and write, or makes it.
  [[nodiscard]] static Result<Database, std::string> open(const std::string& path);

  /// One or several statements that give nothing.
  [[nodiscard]] Result<void, std::string> run(const std::string& sql);
  [[nodiscard]] Result<Statement, std::string> compile(const char* sql);
  /// The first number that `sql` gives.
  [[nodiscard]] Result<std::int64_t, std::string> number(const char* sql);
  /// What the last INSERT made.
  [[nodiscard]] std::int64_t last_id() const;

  /// Of the last failure: another process has the file, or it is no database.
  [[nodiscard]] bool is_busy() const;
  [[nodiscard]] bool is_no_database() const;
  /// The file was moved or deleted: what is written from now on nobody finds.
  [[nodiscard]] bool has_vanished() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  explicit Database(sqlite3* raw) : raw_(raw) {}
  [[nodiscard]] std::string failure() const;

  std::unique_ptr<sqlite3, Close> raw_;
};

}  // namespace meshctl::dashboard
