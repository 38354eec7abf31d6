// A SQLite file system that can run full or break on purpose. Install it before
// the first database is opened.
#pragma once

#include <map>
#include <string>

#include <sqlite3.h>

namespace failing_vfs {

enum class Fault { none, full, write_error, sync_error };

struct State {
  Fault fault = Fault::none;
  int calls_until_fault = 0;  ///< writes and syncs that still succeed
  int faults = 0;             ///< how often it hit
  sqlite3_vfs* real = nullptr;
  sqlite3_vfs vfs{};
  std::map<const sqlite3_io_methods*, sqlite3_io_methods> wrapped;
  std::map<sqlite3_file*, const sqlite3_io_methods*> real_methods;
};

inline State& state() {
  static State one;
  return one;
}

inline bool strikes(Fault fault) {
  State& s = state();
  if (s.fault != fault) return false;
  if (s.calls_until_fault-- > 0) return false;
  s.faults += 1;
  return true;
}

inline int write(sqlite3_file* file, const void* data, int bytes, sqlite3_int64 offset) {
  if (strikes(Fault::full)) return SQLITE_FULL;
  if (strikes(Fault::write_error)) return SQLITE_IOERR_WRITE;
  return state().real_methods[file]->xWrite(file, data, bytes, offset);
}

inline int sync(sqlite3_file* file, int flags) {
  if (strikes(Fault::sync_error)) return SQLITE_IOERR_FSYNC;
  return state().real_methods[file]->xSync(file, flags);
}

inline int close(sqlite3_file* file) {
  const sqlite3_io_methods* real = state().real_methods[file];
  state().real_methods.erase(file);
  file->pMethods = real;
  return real->xClose(file);
}

inline int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  State& s = state();
  const int code = s.real->xOpen(s.real, name, file, flags, out_flags);
  if (code != SQLITE_OK || file->pMethods == nullptr) return code;
  sqlite3_io_methods& methods = s.wrapped[file->pMethods];
  methods = *file->pMethods;
  methods.xWrite = write;
  methods.xSync = sync;
  methods.xClose = close;
  s.real_methods[file] = file->pMethods;
  file->pMethods = &methods;
  return code;
}

inline void install() {
  State& s = state();
  if (s.real != nullptr) return;
  s.real = sqlite3_vfs_find(nullptr);
  s.vfs = *s.real;
  s.vfs.zName = "failing";
  s.vfs.xOpen = open;
  sqlite3_vfs_register(&s.vfs, 1);
}

inline void arm(Fault fault, int calls_until_fault) {
  state().fault = fault;
  state().calls_until_fault = calls_until_fault;
  state().faults = 0;
}

}  // namespace failing_vfs
