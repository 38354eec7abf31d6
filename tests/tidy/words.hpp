// Headers and words that have a place of their own.
#pragma once

#include "tidy/source_tree.hpp"

namespace tidy {

/// Headers of other libraries and of the system, outside the folders that may
/// know them; in the core nothing but the C++ standard library.
Findings check_foreign_headers(const Tree& tree);

/// Clocks, randomness, exceptions, plain assertions and floating point in the
/// core; comparisons that leak time in the crypto room.
Findings check_words(const Tree& tree);

/// Left-over marks of unfinished work, anywhere.
Findings check_leftovers(const Tree& tree);

}  // namespace tidy
