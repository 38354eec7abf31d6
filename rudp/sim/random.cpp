// xoshiro256** (Blackman and Vigna, 2018) on two states: one for what may be seen, one for secrets.
#include <algorithm>

#include <rudp/sim.hpp>

namespace rudp::sim {
namespace {

constexpr std::uint64_t kPublicStream = 0x7075626c69630000;  // "public"
constexpr std::uint64_t kSecretStream = 0x7365637265740000;  // "secret"
constexpr std::uint64_t kFork = 0x666f726b00000000;          // "fork"

constexpr std::uint64_t rotate_left(std::uint64_t value, int bits) {
  return (value << bits) | (value >> (64 - bits));
}

// One step of splitmix64: every input bit reaches every output bit.
constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

SeededRandom::SeededRandom(std::uint64_t seed)
    : seed_(seed), public_(state_from(seed ^ kPublicStream)), secret_(state_from(seed ^ kSecretStream)) {}

SeededRandom SeededRandom::fork(std::string_view label) const {
  std::uint64_t key = mix(seed_ ^ kFork);
  for (const char letter : label) key = mix(key ^ static_cast<std::uint8_t>(letter));
  return SeededRandom(mix(key ^ label.size()));
}

SeededRandom SeededRandom::fork(std::uint64_t number) const {
  return SeededRandom(mix(mix(seed_ ^ kFork) ^ mix(number)));
}

void SeededRandom::public_fill(MutableBytes out) { fill(public_, out); }
void SeededRandom::secret_fill(MutableBytes out) { fill(secret_, out); }
std::uint64_t SeededRandom::next() { return advance(public_); }

std::uint64_t SeededRandom::between(std::uint64_t low, std::uint64_t high) {
  const std::uint64_t span = high - low;
  if (span == std::numeric_limits<std::uint64_t>::max()) return next();
  return low + below(span + 1);
}

Duration SeededRandom::between(Duration low, Duration high) {
  return Duration(static_cast<std::int64_t>(
      between(static_cast<std::uint64_t>(low.count()), static_cast<std::uint64_t>(high.count()))));
}

bool SeededRandom::chance(std::uint32_t ppm) { return below(1'000'000) < ppm; }

SeededRandom::State SeededRandom::state_from(std::uint64_t seed) {
  State state{};
  for (std::uint64_t& word : state) word = seed = mix(seed);
  return state;
}

std::uint64_t SeededRandom::advance(State& state) {
  const std::uint64_t result = rotate_left(state[1] * 5, 7) * 9;
  const std::uint64_t shifted = state[1] << 17;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= shifted;
  state[3] = rotate_left(state[3], 45);
  return result;
}

// Little-endian by arithmetic, so that the bytes are the same on every machine.
void SeededRandom::fill(State& state, MutableBytes out) {
  while (!out.empty()) {
    std::uint64_t word = advance(state);
    const std::size_t count = std::min(out.size(), sizeof(word));
    for (std::uint8_t& byte : out.first(count)) {
      byte = static_cast<std::uint8_t>(word);
      word >>= 8;
    }
    out = out.subspan(count);
  }
}

}  // namespace rudp::sim
