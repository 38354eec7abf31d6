// What is known of an end that was asked for, or has come. Most of its life a connection has none of this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <rudp/identity.hpp>

#include "wire/frame.hpp"

namespace rudp::connection {

/// What our CLOSE says.
struct CloseReason {
  wire::CloseFrame::Origin origin = wire::CloseFrame::Origin::application;
  std::uint64_t code = 0;
  std::uint64_t frame_type = 0;
  std::string text;
};

struct Ending {
  CloseReason reason;
  bool is_asked_for = false;  ///< by the application; until all is sent `reason` waits
  // What the application is told beside the error.
  std::uint64_t peer_code = 0;
  std::string peer_reason;
  std::optional<PublicKey> offered_key;
};

}  // namespace rudp::connection
