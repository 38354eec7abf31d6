// Feeds a fuzz target every file of the folders and files named on the command
// line, so that a corpus is a regression test for every compiler.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

// In the order of their names, so that a crash comes at the same place everywhere.
std::set<fs::path> files_in(const fs::path& place) {
  if (!fs::is_directory(place)) return {place};
  std::set<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(place)) {
    if (entry.is_regular_file()) files.insert(entry.path());
  }
  return files;
}

// A copy of exactly this size: a sanitizer sees a read past its end.
void feed(const std::vector<char>& bytes) {
  const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

bool replay(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return false;
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  feed(bytes);
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  feed({});  // libFuzzer begins with it too, and no corpus has to hold it
  std::size_t replayed = 0;
  for (int i = 1; i < count; ++i) {
    for (const fs::path& path : files_in(arguments[i])) {
      if (!replay(path)) {
        std::fprintf(stderr, "cannot read %s\n", path.c_str());
        return 1;
      }
      ++replayed;
    }
  }
  std::printf("%zu inputs replayed\n", replayed);
  return replayed > 0 ? 0 : 1;  // an empty corpus shows nothing
}
