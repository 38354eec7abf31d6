// Memory that goes back to the allocator.
#pragma once

namespace rudp::base {

/// Empties a container and frees what it holds; clear() and `= {}` would keep a vector's memory.
template <class Container>
void give_back(Container& container) {
  container = Container();
}

}  // namespace rudp::base
