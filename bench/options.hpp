// Command lines of the benchmarks: pairs of --NAME VALUE, and words.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "bench/peers/peer.hpp"

namespace bench {

class CommandLine {
 public:
  CommandLine(int argc, char** argv) : arguments_(argv + 1, argv + argc) {}

  /// The value of --NAME as a number of at least `least`; taken out.
  int number(std::string_view name, int least, int otherwise) {
    for (std::size_t at = 0; at + 1 < arguments_.size(); ++at) {
      if (arguments_[at] != "--" + std::string(name)) continue;
      const int value = std::atoi(arguments_[at + 1].c_str());
      if (value < least)
        give_up("--" + std::string(name) + " takes a number from " + std::to_string(least) + " on");
      arguments_.erase(arguments_.begin() + static_cast<std::ptrdiff_t>(at),
                       arguments_.begin() + static_cast<std::ptrdiff_t>(at) + 2);
      return value;
    }
    return otherwise;
  }
  /// What is left, each being one of `known`; all of these where nothing is left.
  std::vector<std::string> words(const std::vector<std::string>& known) const {
    for (const std::string& word : arguments_)
      if (std::find(known.begin(), known.end(), word) == known.end()) give_up("unknown word: " + word);
    return arguments_.empty() ? known : arguments_;
  }

 private:
  std::vector<std::string> arguments_;
};

}  // namespace bench
