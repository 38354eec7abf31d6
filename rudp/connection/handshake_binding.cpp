#include "connection/handshake_binding.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "crypto/blake2b.hpp"
#include "wire/writer.hpp"

namespace rudp::connection {
namespace {

constexpr std::uint8_t kInitType = 0x80;
constexpr std::size_t kInitHeadBytes = 1 + 8 + 4 + 1;

}  // namespace

std::string_view noise_pattern_name(HandshakePattern pattern) {
  switch (pattern) {
    case HandshakePattern::nk:
      return "NK";
    case HandshakePattern::nx:
      return "NX";
    case HandshakePattern::nk_psk2:
      return "NKpsk2";
    case HandshakePattern::nx_psk2:
      return "NXpsk2";
    case HandshakePattern::xk:
      return "XK";
    case HandshakePattern::ik:
      return "IK";
    case HandshakePattern::xk_psk3:
      return "XKpsk3";
    case HandshakePattern::ik_psk2:
      return "IKpsk2";
  }
  return {};
}

Prologue make_prologue(std::uint32_t version, const ConnectionId& client_cid, HandshakePattern pattern) {
  Prologue prologue{};
  wire::Writer writer(prologue);
  writer.bytes(crypto::as_bytes(kPrologueLabel));
  writer.u8(kInitType);
  writer.u32(version);
  writer.bytes(client_cid.bytes());
  writer.u8(static_cast<std::uint8_t>(pattern));
  RUDP_ASSERT(writer.ok() && writer.size() == prologue.size());
  return prologue;
}

InitHash hash_init(const wire::InitPacket& init) {
  std::array<std::uint8_t, kInitHeadBytes> head{};
  wire::Writer writer(head);
  writer.u8(kInitType);
  writer.bytes(init.client_cid.bytes());
  writer.u32(init.version);
  writer.u8(static_cast<std::uint8_t>(init.pattern));
  const crypto::Hash hash = crypto::blake2b({head, init.noise_message});
  InitHash cut;
  std::copy_n(hash.begin(), cut.size(), cut.begin());
  return cut;
}

}  // namespace rudp::connection
