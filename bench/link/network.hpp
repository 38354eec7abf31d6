// Two networks that nobody else sees, each with one end of a link: namespaces without names, which vanish
// with the processes in them. Needs root.
#pragma once

#include <string>

#include "uv/file_descriptor.hpp"

namespace bench {

/// One end: a namespace, and in it a TUN device, whose packets come out of `device` and go in there.
struct LinkEnd {
  rudp::uv::FileDescriptor network, device;
};

/// Makes a namespace with a device of that IPv4 address (of a /24) and MTU. The calling process is in it
/// afterwards.
LinkEnd make_link_end(const std::string& ip, int mtu);
/// Moves the calling process there: what it opens from now on belongs to that network.
void enter(const LinkEnd& end);
/// Whether this process may do such things.
bool may_make_networks();

}  // namespace bench
