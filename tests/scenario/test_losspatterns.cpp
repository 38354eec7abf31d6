// whichever one or two datagrams of the first sixty are lost, the result is the same.
#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

#include "duo.hpp"

#include "support/cmocka.hpp"

using namespace scenario;

namespace {

constexpr int kFirstDatagrams = 60;
constexpr std::size_t kMessages = 12;

// What the first loss of all can cost: a client whose second packet is lost knocks again after 100 ms, a
// server's first message waits for a probe of its own, and so on; the idle timeout would be 30 s.
constexpr Duration kOneLossMax = 600ms;
constexpr Duration kTwoLossesMax = 2s;

/// A talk in turns: each side answers what it hears, so that every packet once is the last of its flight.
class Talk {
 public:
  Talk() : duo_(1, {.delay = 25ms}) {
    duo_.world.set_filter([this](const Datagram&) {
      const int number = datagrams_++;
      return number != lost_.first && number != lost_.second;
    });
    duo_.world.on_event(duo_.server, [this](const Event& event) {
      duo_.at_server.take(event);
      if (event.type == EventType::message) answer();
    });
    duo_.world.on_event(duo_.client, [this](const Event& event) {
      duo_.at_client.take(event);
      if (event.type == EventType::message) speak();
    });
  }

  /// How long it takes when these datagrams, counted over both directions, are lost; absent: it failed.
  std::optional<Duration> without(int first, int second) {
    lost_ = {first, second};
    duo_.start();
    speak();
    const bool done =
        duo_.world.run_until([this] { return duo_.at_client.messages.size() == kMessages; }, 30s);
    if (!duo_.is_well() || !done || duo_.at_client.closed || duo_.at_server.closed) return {};
    return duo_.world.now() - Instant();
  }
  int datagrams() const { return datagrams_; }

 private:
  void speak() {
    if (spoken_++ < kMessages) static_cast<void>(duo_.say(std::string(400 * spoken_, 'x')));
  }
  void answer() { static_cast<void>(duo_.answer(std::string(300 * duo_.at_server.messages.size(), 'y'))); }

  Duo duo_;
  std::size_t spoken_ = 0;
  int datagrams_ = 0;
  std::pair<int, int> lost_{-1, -1};
};

Duration clean_time() { return Talk().without(-1, -1).value(); }

void assert_bounded(std::optional<Duration> took, Duration limit, int first, int second) {
  if (!took || *took > limit)
    std::fprintf(stderr, "without %d and %d: %lld ms\n", first, second,
                 took ? static_cast<long long>(*took / 1ms) : -1LL);
  assert_true(took && *took <= limit);
}

void the_talk_is_long_enough(void**) {
  Talk talk;
  assert_true(talk.without(-1, -1).has_value());
  assert_true(talk.datagrams() >= kFirstDatagrams);
}

// Threats.
void any_one_lost_datagram_costs_little(void**) {
  const Duration clean = clean_time();
  Duration worst{0};
  for (int i = 0; i < kFirstDatagrams; ++i) {
    const auto took = Talk().without(i, -1);
    assert_bounded(took, clean + kOneLossMax, i, -1);
    worst = std::max(worst, *took - clean);
  }
  std::printf("one of the first %d datagrams lost: at most %lld ms more than %lld ms\n", kFirstDatagrams,
              static_cast<long long>(worst / 1ms), static_cast<long long>(clean / 1ms));
}

// Threat A-8.
void any_two_lost_datagrams_cost_little(void**) {
  const Duration clean = clean_time();
  Duration worst{0};
  for (int i = 0; i < kFirstDatagrams; ++i) {
    for (int j = i + 1; j < kFirstDatagrams; ++j) {
      const auto took = Talk().without(i, j);
      assert_bounded(took, clean + kTwoLossesMax, i, j);
      worst = std::max(worst, *took - clean);
    }
  }
  std::printf("two of them lost: at most %lld ms more\n", static_cast<long long>(worst / 1ms));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_talk_is_long_enough),
      cmocka_unit_test(any_one_lost_datagram_costs_little),
      cmocka_unit_test(any_two_lost_datagrams_cost_little),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
