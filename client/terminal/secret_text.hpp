// A short secret that stays while the program runs: in memory that is not swapped
// out, left out of core dumps, and wiped.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace client {

class SecretText {
 public:
  static constexpr std::size_t kBytesMax = 2048;  // longer than any password that a server takes

  SecretText();
  ~SecretText();
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;

  /// False where it is too long to be kept; nothing is kept then.
  bool keep(std::string_view secret);
  void wipe();
  bool empty() const { return size_ == 0; }
  /// Valid until the next call that changes it.
  std::string_view view() const { return {page_, size_}; }

 private:
  char* page_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace client
