// Connections that nobody has logged in on, and which of them has to give way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "chat/effects.hpp"

namespace chat {

/// Sessions by address and age.
class Strangers {
 public:
  /// `address` as by rate_key(). One that is there already keeps its age.
  void add(SessionId session, const std::string& address);
  /// Nothing where it is not there.
  void remove(SessionId session);
  std::size_t size() const { return places_.size(); }
  /// The oldest of the address that has most of them, so that nobody is crowded out by others as long as one
  /// address has more; of addresses with equally many, that of the oldest. REQUIRES: size() > 0.
  SessionId first_to_go() const { return oldest_of_crowds_.begin()->second; }

 private:
  using Turn = std::uint64_t;
  using Crowd = std::map<Turn, SessionId>;
  struct Place {
    std::string address;
    Turn turn = 0;
  };
  struct Rank {
    std::size_t size = 0;
    Turn oldest = 0;

    friend bool operator<(const Rank& a, const Rank& b) {
      return a.size != b.size ? a.size > b.size : a.oldest < b.oldest;
    }
  };

  static Rank rank_of(const Crowd& crowd) { return {crowd.size(), crowd.begin()->first}; }

  std::unordered_map<SessionId, Place> places_;
  std::map<std::string, Crowd> crowds_;         // by address; none is empty
  std::map<Rank, SessionId> oldest_of_crowds_;  // the largest crowd first
  Turn last_turn_ = 0;
};

}  // namespace chat
