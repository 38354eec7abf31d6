// Words of others on their way to a terminal, and what comes from the keyboard: nothing that could steer a
// terminal gets through, text that went through stays as it is, and the caret stands between characters.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "client/clusters.hpp"
#include "client/command.hpp"
#include "client/key_decoder.hpp"
#include "client/line_editor.hpp"
#include "client/line_view.hpp"
#include "client/sanitize.hpp"
#include "fuzz/input.hpp"

namespace {

using namespace client;
using fuzz::Input;

constexpr std::size_t kTextBytesMax = 160;
/// Kill and yank double the line with two keys; looked at key by key, a long one costs as much as thousands of other
/// inputs. That it may be 64 KiB is a matter of test_line_editor.
constexpr std::size_t kLongLineBytes = 1024;

std::string_view text_of(rudp::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_control(char32_t value) { return value < 0x20 || (value >= 0x7f && value < 0xa0); }

/// Turns text around or isolates it (threat T2), or breaks a line.
bool is_steering(char32_t value) {
  return (value >= 0x202a && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069) || value == 0x200e ||
         value == 0x200f || value == 0x061c || value == 0x2028 || value == 0x2029;
}

void check_clean(std::string_view text) {
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    RUDP_ASSERT(point.valid && point.size >= 1 && point.size <= text.size());
    RUDP_ASSERT(!is_control(point.value) && !is_steering(point.value));
    text.remove_prefix(point.size);
  }
}

void check_clusters(std::string_view text) {
  std::size_t end = 0, width = 0;
  for (const Cluster& cluster : split_clusters(text)) {
    RUDP_ASSERT(cluster.begin == end && cluster.size > 0);
    end += cluster.size;
    width += cluster.width;
  }
  RUDP_ASSERT(end == text.size() && width == width_of(text));
}

void show(std::string_view text) {
  check_clusters(text);
  const std::string shown = sanitize(text);
  check_clean(shown);
  check_clusters(shown);
  RUDP_ASSERT(sanitize(shown) == shown);
  static_cast<void>(parse_command(text));
}

void type(Input& input) {
  LineEditor editor;
  LineView view;
  const std::size_t columns = 8 + input.u8() % 100u;
  KeyDecoder decoder([&](const Key& key) {
    if (editor.text().size() > kLongLineBytes) return;
    if (key.code == KeyCode::enter) return static_cast<void>(editor.take(true));
    static_cast<void>(editor.handle(key));
  });
  while (!input.empty() && editor.text().size() <= kLongLineBytes) {
    decoder.take(text_of(input.bytes(1 + input.u8() % 16)));
    RUDP_ASSERT(editor.caret() <= editor.text().size() && editor.text().size() <= LineEditor::kBytesMax);
    const auto clusters = split_clusters(editor.text());
    const bool is_between =
        editor.caret() == editor.text().size() || std::ranges::any_of(clusters, [&](const Cluster& cluster) {
          return cluster.begin == editor.caret();
        });
    RUDP_ASSERT(is_between);
    const VisibleLine line = view.show("> ", editor.text(), editor.caret(), columns);
    check_clean(line.before);
    check_clean(line.behind);
    RUDP_ASSERT(width_of(line.before) + width_of(line.behind) < columns);
    if (decoder.has_escape() && input.empty()) decoder.drop_escape();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, std::min(size, kTextBytesMax));
  if (input.u8() % 2 == 0)
    show(text_of(input.rest()));
  else
    type(input);
  return 0;
}
