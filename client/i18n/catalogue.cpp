#include "client/i18n/catalogue.hpp"

#include <algorithm>

namespace client {
namespace {

// The file's layout: GNU gettext manual, "The Format of GNU MO Files".
constexpr std::uint32_t kMagic = 0x950412de;
constexpr std::size_t kCountAt = 8, kIdsAt = 12, kTextsAt = 16;
constexpr std::uint32_t kEntriesMax = 10'000;

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  std::uint32_t number(std::size_t at) {
    if (at > bytes_.size() || bytes_.size() - at < 4) return fail(), 0;
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes_[at + i]);
    return value;
  }

  /// The string whose length and place stand in the table at `table`.
  std::string_view text(std::size_t table, std::uint32_t index) {
    const std::size_t at = table + std::size_t{8} * index;
    const std::uint32_t size = number(at), begin = number(at + 4);
    if (begin > bytes_.size() || bytes_.size() - begin < size) return fail(), std::string_view();
    return bytes_.substr(begin, size);
  }

  bool ok() const { return ok_; }

 private:
  void fail() { ok_ = false; }
  std::string_view bytes_;
  bool ok_ = true;
};

std::vector<std::string> split_at_nul(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t end = text.find('\0'); end != text.npos; end = text.find('\0')) {
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.emplace_back(text);
  return parts;
}

}  // namespace

std::optional<Catalogue> Catalogue::parse(std::string_view file) {
  Bytes bytes(file);
  if (bytes.number(0) != kMagic) return std::nullopt;
  const std::uint32_t count = bytes.number(kCountAt), ids = bytes.number(kIdsAt),
                      texts = bytes.number(kTextsAt);
  if (!bytes.ok() || count > kEntriesMax) return std::nullopt;
  Catalogue catalogue;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string_view id = bytes.text(ids, i);
    catalogue.entries_.emplace(id.substr(0, id.find('\0')), split_at_nul(bytes.text(texts, i)));
  }
  if (!bytes.ok()) return std::nullopt;
  return catalogue;
}

std::optional<std::string_view> Catalogue::find(std::string_view id) const { return find(id, 1); }

// Chinese has one form, English two by the same rule as here; a language with
// more forms brings its rule with it.
std::optional<std::string_view> Catalogue::find(std::string_view id, std::uint64_t n) const {
  const auto entry = entries_.find(id);
  if (id.empty() || entry == entries_.end()) return std::nullopt;
  const std::size_t wanted = n == 1 ? 0 : 1;
  const std::string& text = entry->second[std::min(wanted, entry->second.size() - 1)];
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace client
