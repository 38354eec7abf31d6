#include "crypto/header_protection.hpp"

#include <sodium.h>

namespace rudp::crypto {

HeaderMask header_mask(const Secret<32>& key, HeaderSample sample) {
  std::uint32_t counter = 0;
  for (std::size_t i = 4; i-- > 0;) counter = counter << 8 | sample[i];
  HeaderMask mask{};
  crypto_stream_chacha20_ietf_xor_ic(mask.data(), mask.data(), mask.size(), sample.data() + 4, counter,
                                     key.bytes().data());
  return mask;
}

}  // namespace rudp::crypto
