#include "client/terminal/secret_text.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace client {

// Where the system refuses to lock (RLIMIT_MEMLOCK), an unlocked page has to do.
SecretText::SecretText() {
  void* page = ::mmap(nullptr, kBytesMax, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw std::bad_alloc();
  (void)::mlock(page, kBytesMax);
#if defined(MADV_DONTDUMP)
  (void)::madvise(page, kBytesMax, MADV_DONTDUMP);
#endif
  page_ = static_cast<char*>(page);
}

SecretText::~SecretText() {
  wipe();
  ::munmap(page_, kBytesMax);
}

bool SecretText::keep(std::string_view secret) {
  wipe();
  if (secret.size() > kBytesMax) return false;
  std::copy(secret.begin(), secret.end(), page_);
  size_ = secret.size();
  return true;
}

// Through a volatile pointer, or the compiler would leave out what nobody reads.
void SecretText::wipe() {
  volatile char* bytes = page_;
  for (std::size_t i = 0; i < kBytesMax; ++i) bytes[i] = 0;
  size_ = 0;
}

}  // namespace client
