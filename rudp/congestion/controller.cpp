#include "congestion/controller.hpp"

#include "congestion/cubic_floor.hpp"
#include "congestion/new_reno.hpp"

namespace rudp::congestion {

std::unique_ptr<Controller> make_controller(ControllerKind kind, std::uint32_t max_datagram_bytes) {
  switch (kind) {
    case ControllerKind::new_reno:
      return std::make_unique<NewReno>(max_datagram_bytes);
    case ControllerKind::cubic:
      return std::make_unique<Cubic>(max_datagram_bytes);
    case ControllerKind::cubic_floor:
      break;
  }
  return std::make_unique<CubicFloor>(max_datagram_bytes);
}

}  // namespace rudp::congestion
