#include "chat/strangers.hpp"

namespace chat {

void Strangers::add(SessionId session, const std::string& address) {
  const auto [place, is_new] = places_.try_emplace(session);
  if (!is_new) return;
  place->second = {address, ++last_turn_};
  Crowd& crowd = crowds_[address];
  if (!crowd.empty()) oldest_of_crowds_.erase(rank_of(crowd));
  crowd.emplace(last_turn_, session);
  oldest_of_crowds_.emplace(rank_of(crowd), crowd.begin()->second);
}

void Strangers::remove(SessionId session) {
  const auto place = places_.find(session);
  if (place == places_.end()) return;
  const auto found = crowds_.find(place->second.address);
  Crowd& crowd = found->second;
  oldest_of_crowds_.erase(rank_of(crowd));
  crowd.erase(place->second.turn);
  places_.erase(place);
  if (crowd.empty()) {
    crowds_.erase(found);
  } else {
    oldest_of_crowds_.emplace(rank_of(crowd), crowd.begin()->second);
  }
}

}  // namespace chat
