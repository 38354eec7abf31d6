// chat/storage/store: the suite of all engines, on the model and on SQLite.
#include "chat/storage/store.hpp"

#include "chat/store_suite.hpp"

namespace {

using namespace store_suite;

struct Fixture : StoreFixture {
  test::Folder folder;
};

int with_memory(void** state) {
  auto* fixture = new Fixture;
  fixture->engine = std::make_unique<MemoryEngine>();
  *state = static_cast<StoreFixture*>(fixture);
  return 0;
}

int with_sqlite(void** state) {
  auto* fixture = new Fixture;
  auto opened = SqliteEngine::open(fixture->folder / "chat.db");
  if (!opened) return -1;
  fixture->engine = std::move(*opened);
  *state = static_cast<StoreFixture*>(fixture);
  return 0;
}

int teardown(void** state) {
  delete static_cast<StoreFixture*>(*state);
  return 0;
}

}  // namespace

#define ON_BOTH(test)                                       \
  {"memory: " #test, test, with_memory, teardown, nullptr}, \
      {"sqlite: " #test, test, with_sqlite, teardown, nullptr},

int main() {
  const CMUnitTest tests[] = {
      STORE_SUITE(ON_BOTH)  //
      {"sqlite: the engine agrees with the model on random requests",
       the_engine_agrees_with_the_model_on_random_requests, with_sqlite, teardown, nullptr},
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
