// H1, H3: a flood of INITs from ever new addresses costs the server no memory and no key agreement, and
// those who are flooded in its name get no more than was sent.
#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include <rudp/endpoint.hpp>
#include <rudp/sim.hpp>

#include "wire/packet_header.hpp"

#include "support/cmocka.hpp"

namespace {

std::size_t allocations = 0;

}  // namespace

// Counts what this process allocates.
void* operator new(std::size_t bytes) {
  ++allocations;
  void* memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (!memory) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

using namespace rudp;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kFlood = 100'000;
constexpr Duration kApart = 20us;  // 50,000 a second

Address source_number(std::uint32_t number) {
  return Address::v4(11, static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
                     static_cast<std::uint8_t>(number), static_cast<std::uint16_t>(1024 + number % 60'000));
}

struct Server {
  Server() : random(1) {
    EndpointConfig config;
    config.identity = Identity::generate(random);
    config.accept = true;
    endpoint = std::move(Endpoint::create(config, random)).value();
  }

  /// Bytes of the answers.
  std::size_t handle(Instant now, const Address& from, MutableBytes datagram) {
    endpoint->handle_datagram(now, from, datagram);
    std::size_t answered = 0;
    Transmit transmit;
    while (endpoint->poll_transmit(now, buffer, transmit)) {
      answered += transmit.bytes;
      misdirected = misdirected || transmit.to != from;
    }
    Event event;
    while (endpoint->poll_event(event)) ++events;
    return answered;
  }

  sim::SeededRandom random;
  std::unique_ptr<Endpoint> endpoint;
  std::vector<std::uint8_t> buffer = std::vector<std::uint8_t>(65'536);
  bool misdirected = false;
  int events = 0;
};

/// An INIT that looks right: only its key is made of random bytes.
std::size_t write_init(sim::SeededRandom& random, Bytes token, MutableBytes out) {
  std::array<std::uint8_t, 8> id{};
  std::array<std::uint8_t, 200> noise{};
  random.public_fill(id);
  random.public_fill(noise);
  wire::Writer writer(out);
  wire::write_long_packet(writer, wire::InitPacket{.client_cid = ConnectionId(id),
                                                   .version = wire::kVersion1,
                                                   .pattern = HandshakePattern::nk,
                                                   .token = token,
                                                   .noise_message = noise});
  return writer.size();
}

struct Flood {
  std::size_t allocations = 0;
  std::size_t largest_answer = 0;
  std::uint64_t answers = 0;
};

/// Everybody's first, and last, INIT. `token_bytes`: of garbage that each carries as its cookie.
Flood flood(Server& server, std::size_t token_bytes) {
  sim::SeededRandom random(2);
  std::array<std::uint8_t, wire::kInitBytesMin> datagram{};
  std::array<std::uint8_t, 64> token{};
  Flood result;
  std::size_t before = 0;
  for (std::uint32_t i = 0; i < kFlood; ++i) {
    if (i == 100) before = allocations;  // what is made once may be made
    random.public_fill(token);
    const std::size_t bytes = write_init(random, Bytes(token).first(token_bytes), datagram);
    const std::size_t answered =
        server.handle(Instant() + kApart * i, source_number(i), MutableBytes(datagram).first(bytes));
    result.largest_answer = std::max(result.largest_answer, answered);
    result.answers += answered > 0;
  }
  result.allocations = allocations - before;
  return result;
}

void assert_harmless(const Server& server, const Flood& result) {
  const EndpointStatistics& statistics = server.endpoint->statistics();
  assert_int_equal(result.allocations, 0);
  assert_int_equal(statistics.key_agreements, 0);
  assert_int_equal(statistics.inits_received, kFlood);
  assert_int_equal(statistics.connections, 0);
  assert_int_equal(server.endpoint->connection_count(), 0);
  assert_int_equal(server.events, 0);
  assert_false(server.misdirected);
  assert_true(result.largest_answer <= wire::kRetryBytes);
}

// Threats H1, H3.
void a_flood_without_cookies_is_answered_by_cookies_alone(void**) {
  Server server;
  const Flood result = flood(server, 0);
  assert_harmless(server, result);
  assert_true(result.answers > 0);
  assert_int_equal(server.endpoint->statistics().retries_sent, result.answers);
}

// Threats H1, H4.
void a_flood_of_forged_cookies_is_refused_without_a_key_agreement(void**) {
  Server server;
  assert_harmless(server, flood(server, wire::kCookieBytes));
  assert_int_equal(server.endpoint->statistics().cookies_refused, kFlood);
}

// Threats H1, H4.
void a_flood_of_forged_address_tokens_is_refused_without_a_key_agreement(void**) {
  Server server;
  assert_harmless(server, flood(server, wire::kAddressTokenBytes));
}

// Threat H3.
void an_init_below_its_least_size_is_not_answered(void**) {
  Server server;
  sim::SeededRandom random(2);
  std::array<std::uint8_t, wire::kInitBytesMin> datagram{};
  const std::size_t bytes = write_init(random, {}, datagram);
  assert_int_equal(bytes, wire::kInitBytesMin);
  for (std::size_t length = 0; length < bytes; ++length) {
    std::array<std::uint8_t, wire::kInitBytesMin> copy = datagram;
    assert_int_equal(server.handle(Instant(), source_number(1), MutableBytes(copy).first(length)), 0);
  }
  assert_true(server.handle(Instant(), source_number(1), datagram) > 0);
}

// Threat H3.
void an_unknown_version_is_answered_with_less_than_was_sent(void**) {
  Server server;
  sim::SeededRandom random(2);
  std::array<std::uint8_t, wire::kInitBytesMin> datagram{};
  write_init(random, {}, datagram);
  datagram[9] = 0x7f;  // the first byte of the version, behind the type and the connection id
  const std::size_t answered = server.handle(Instant(), source_number(1), datagram);
  assert_in_range(answered, 1, 64);
  assert_int_equal(server.endpoint->statistics().key_agreements, 0);
}

// A real client gets in while the flood goes on.
void a_client_connects_through_the_flood(void**) {
  using namespace rudp::sim;
  World world(3);
  SeededRandom random(3);
  EndpointConfig config;
  config.identity = Identity::generate(random);
  config.accept = true;
  const NodeId server = world.add_node(Address::v4(10, 0, 0, 1, 9000), config).value();
  const NodeId client = world.add_node(Address::v4(10, 0, 0, 2, 5000), {}).value();
  bool connected = false;
  world.on_event(client,
                 [&](const Event& event) { connected = connected || event.type == EventType::connected; });
  std::uint32_t number = 0;
  const std::function<void()> attack = [&] {
    std::array<std::uint8_t, wire::kInitBytesMin> datagram{};
    const std::size_t bytes = write_init(random, {}, datagram);
    world.inject(source_number(number++), world.address(server), Bytes(datagram).first(bytes));
    world.after(100us, attack);
  };
  attack();
  world.run_for(1s);
  const auto began = world.connect(client, server, {.server_key = config.identity.public_key()});
  assert_true(static_cast<bool>(began));
  assert_true(world.run_until([&] { return connected; }, 10s));
  assert_int_equal(world.endpoint(server).statistics().key_agreements, 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_flood_without_cookies_is_answered_by_cookies_alone),
      cmocka_unit_test(a_flood_of_forged_cookies_is_refused_without_a_key_agreement),
      cmocka_unit_test(a_flood_of_forged_address_tokens_is_refused_without_a_key_agreement),
      cmocka_unit_test(an_init_below_its_least_size_is_not_answered),
      cmocka_unit_test(an_unknown_version_is_answered_with_less_than_was_sent),
      cmocka_unit_test(a_client_connects_through_the_flood),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
