// NEW_CONNECTION_ID and RETIRE_CONNECTION_ID in any order, ids set apart for other paths, and answers to
// challenges: at most four ids of either side are in use, no number and no id stands for two things, and what
// was given up is said until the peer has heard it.
#include <array>
#include <chrono>
#include <cstdint>
#include <set>

#include "base/assert.hpp"
#include "fuzz/input.hpp"
#include "path/local_ids.hpp"
#include "path/remote_ids.hpp"
#include "path/response_queue.hpp"
#include "path/validation.hpp"

namespace {

using namespace rudp;
using namespace rudp::path;
using namespace std::chrono_literals;
using fuzz::Input;

constexpr int kOperationsMax = 256;

ConnectionId id_of(std::uint8_t name) {
  std::array<std::uint8_t, 8> bytes{};
  bytes.fill(name);
  return ConnectionId(bytes);
}

/// The ids that the peer gives, and what we do with them.
class Remote {
 public:
  Remote() { ids_.start(id_of(0), {}); }

  /// False: the peer broke the protocol, and the connection ends.
  bool play(Input& input) {
    const std::uint8_t choice = input.u8();
    switch (choice % 8) {
      case 0:
        if (!ids_.reserved() && !is_reserved_) is_reserved_ = ids_.reserve().has_value();
        break;
      case 1:
        ids_.adopt_reserved();
        is_reserved_ = false;
        break;
      case 2:
        ids_.drop_reserved();
        is_reserved_ = false;
        break;
      case 3:
        say();
        break;
      case 4:
        ids_.on_retirement_acked(input.u8());
        break;
      case 5:
        ids_.on_retirement_lost(input.u8());
        break;
      default:
        return offer(input);
    }
    is_reserved_ = ids_.reserved().has_value();
    return true;
  }

  void check() {
    while (const auto forgotten = ids_.poll_forgotten()) RUDP_ASSERT(table_.erase(*forgotten) == 1);
    while (const auto learned = ids_.poll_learned()) RUDP_ASSERT(table_.insert(*learned).second);
    RUDP_ASSERT(!ids_.has_news());
    RUDP_ASSERT(ids_.size() >= 1 && ids_.size() <= kActiveIdsMax && table_.size() == ids_.size());
    RUDP_ASSERT(ids_.retirements_pending() <= kRetirementsMax + kActiveIdsMax);
    std::set<std::uint64_t> numbers;
    for (std::size_t at = 0; at < ids_.size(); ++at) {
      RUDP_ASSERT(table_.contains(ids_[at].id) && ids_.find(ids_[at].id) == &ids_[at]);
      RUDP_ASSERT(numbers.insert(ids_[at].sequence).second);
    }
    RUDP_ASSERT(ids_.find(ids_.current()) == &ids_[0]);
    if (const auto reserved = ids_.reserved()) RUDP_ASSERT(*reserved != ids_.current());
  }

 private:
  bool offer(Input& input) {
    OfferedId offered;
    offered.sequence = input.u8();
    const std::uint8_t how = input.u8();
    offered.retire_prior_to = offered.sequence - std::min<std::uint64_t>(offered.sequence, how % 16);
    offered.id = id_of(static_cast<std::uint8_t>(offered.sequence));
    if (how >= 224) offered.id = ConnectionId(input.bytes(how % 9));
    if (how >= 192) offered.reset_token[0] = how;
    return ids_.on_offered(offered).has_value();
  }

  void say() {
    const bool has_one = ids_.has_retirement_to_send();
    RUDP_ASSERT(ids_.take_retirement_to_send().has_value() == has_one);
  }

  RemoteIds ids_;
  std::set<ConnectionId> table_;
  bool is_reserved_ = false;
};

/// The ids that we give.
class Local {
 public:
  explicit Local(std::uint64_t peer_limit) { ids_.start(id_of(0), 1 + peer_limit % 8); }

  bool play(Input& input) {
    const std::uint8_t choice = input.u8();
    if (choice % 4 == 0 && ids_.wanted() > 0) ids_.add(id_of(++name_));
    if (choice % 4 == 1) say();
    if (choice % 4 == 2) ids_.on_lost(input.u8());
    return choice % 4 != 3 || ids_.on_retired(input.u8()).has_value();
  }

  void check() {
    while (const auto forgotten = ids_.poll_forgotten()) RUDP_ASSERT(!ids_.sequence_of(*forgotten));
    RUDP_ASSERT(ids_.size() <= kActiveIdsMax);
    for (std::size_t at = 0; at < ids_.size(); ++at) RUDP_ASSERT(ids_.sequence_of(ids_[at]).has_value());
  }

 private:
  void say() {
    const bool has_one = ids_.has_id_to_send();
    const auto told = ids_.take_id_to_send();
    RUDP_ASSERT(told.has_value() == has_one);
    if (told) RUDP_ASSERT(ids_.sequence_of(told->id) == told->sequence);
  }

  LocalIds ids_;
  std::uint8_t name_ = 0;
};

/// A path that is asked, and challenges of the peer's.
class Paths {
 public:
  bool play(Input& input) {
    const std::uint8_t choice = input.u8();
    if (choice % 8 == 0) now_ += 1ms * input.u16();
    if (choice % 8 == 1 && validation_.is_due(now_)) challenge(input.u8());
    if (choice % 8 == 2) answer(input.u8());
    if (choice % 8 == 3) receive(input.u16());
    if (choice % 8 == 4) send(input.u16());
    if (choice % 8 == 5) responses_.push({.data = {choice}, .path = {}, .datagram_bytes = choice});
    if (choice % 8 == 6 && !responses_.empty()) responses_.pop();
    return true;
  }

  void check() const {
    RUDP_ASSERT(responses_.size() <= kResponsesMax && responses_.empty() == (responses_.size() == 0));
    RUDP_ASSERT(challenges_ <= kChallengesMax);
    if (!validation_.limit().is_validated()) RUDP_ASSERT(sent_ <= kAmplificationFactor * received_);
  }

 private:
  void challenge(std::uint8_t name) {
    ++challenges_;
    asked_.insert(name);
    validation_.on_challenge_sent(now_, {name}, 1ms * name);
  }
  void answer(std::uint8_t name) {
    const bool was_validated = validation_.is_validated();
    if (!validation_.on_response(now_, {name})) return;
    RUDP_ASSERT(asked_.contains(name) && !was_validated && validation_.is_validated());
    RUDP_ASSERT(validation_.rtt() >= Duration::zero());
  }
  void send(std::uint64_t bytes) {
    if (!validation_.limit().can_send(bytes)) return;
    validation_.limit().on_sent(bytes);
    sent_ += bytes;
  }
  void receive(std::uint64_t bytes) {
    validation_.limit().on_received(bytes);
    received_ += bytes;
  }

  Validation validation_{NetworkPath{}};
  ResponseQueue responses_;
  std::set<std::uint8_t> asked_;
  std::uint32_t challenges_ = 0;
  std::uint64_t sent_ = 0, received_ = 0;
  Instant now_;
};

template <class Game>
void play(Game game, Input& input) {
  for (int i = 0; i < kOperationsMax && !input.empty() && game.play(input); ++i) game.check();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t which = input.u8();
  if (which % 3 == 0) play(Remote(), input);
  if (which % 3 == 1) play(Local(which / 3), input);
  if (which % 3 == 2) play(Paths(), input);
  return 0;
}
