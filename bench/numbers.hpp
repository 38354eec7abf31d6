// Medians and percentiles of few numbers.
#pragma once

#include <algorithm>
#include <vector>

namespace bench {

/// `share` of 0 to 1. REQUIRES: there is a value.
template <class T>
T percentile(std::vector<T> values, double share) {
  std::sort(values.begin(), values.end());
  const auto index = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values[std::min(index, values.size() - 1)];
}

/// The one in the middle. REQUIRES: there is a value.
template <class T>
T median(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return values[(values.size() - 1) / 2];
}

}  // namespace bench
