// Which of the machine's addresses the system would send from.
#pragma once

#include <uv.h>

#include <rudp/address.hpp>
#include <rudp/error.hpp>

namespace rudp::uv {

/// The address, with a port that means nothing, that datagrams to `to` leave from through a socket that is
/// bound to none; nothing is sent. Errors: network_unreachable and what else the system says where there is
/// no way.
Result<Address, Failure> source_address(uv_loop_t* loop, const Address& to);

}  // namespace rudp::uv
