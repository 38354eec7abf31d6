// A compiled message catalogue (GNU gettext .mo), read by ourselves: it works in
// every locale of the system, which on a fresh machine has none but C.UTF-8, and
// where there is no libintl.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace client {

class Catalogue {
 public:
  /// No translations: every text is its own.
  Catalogue() = default;
  /// Reads the bytes of a .mo file; nothing where they are none. Nothing in them is trusted.
  static std::optional<Catalogue> parse(std::string_view bytes);

  /// The translation, or nothing. Valid as long as the catalogue.
  std::optional<std::string_view> find(std::string_view id) const;
  /// The one that fits the number `n`.
  std::optional<std::string_view> find(std::string_view id, std::uint64_t n) const;
  std::size_t size() const { return entries_.size(); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> entries_;
};

}  // namespace client
