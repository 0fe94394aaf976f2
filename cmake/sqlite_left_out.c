/* SQLite registers its full-text search, its R-trees and SQL's trigonometry from its start, so a static binary would carry them
   and the tables of libm: 0.7 MB that no statement of history.cpp can reach. These stand in their place, so that the linker leaves
   the real ones in their archives. docs/decisions/0010-what-the-image-leaves-out.md. */
#include <math.h>

struct sqlite3;

int sqlite3Fts3Init(struct sqlite3* db);
int sqlite3Fts5Init(struct sqlite3* db);
int sqlite3RtreeInit(struct sqlite3* db);

int sqlite3Fts3Init(struct sqlite3* db) {
  (void)db;
  return 0;
}

int sqlite3Fts5Init(struct sqlite3* db) {
  (void)db;
  return 0;
}

int sqlite3RtreeInit(struct sqlite3* db) {
  (void)db;
  return 0;
}

/* In SQL they give NaN, which SQLite shows as NULL. The second argument is that of atan2 alone. */
#define LEFT_OUT(name)                             \
  double meshctl_no_##name(double x, double y);    \
  double meshctl_no_##name(double x, double y) {   \
    (void)x;                                       \
    (void)y;                                       \
    return NAN;                                    \
  }

LEFT_OUT(acos)
LEFT_OUT(asin)
LEFT_OUT(atan)
LEFT_OUT(atan2)
LEFT_OUT(cos)
LEFT_OUT(sin)
LEFT_OUT(tan)
