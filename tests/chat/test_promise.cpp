// The promise: an acknowledged message is stored, and shown exactly once, in the
// same order, to everybody who comes back; whatever was cut, killed or full on
// the way (threats U10, U11, U12, U18).
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "chat/chat_world.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace chat;

constexpr std::size_t kClients = 4;

ServiceOptions patient_options() {
  ServiceOptions options;
  const Rate any{std::chrono::nanoseconds(1), 1'000'000};
  options.register_per_address = options.login_per_address = options.login_per_account = any;
  options.login_per_account_and_address = options.resume_per_address = any;
  options.resume_per_account = any;
  // Tight enough that people are slowed down and have to start again.
  options.messages_per_account = {std::chrono::milliseconds(60), 4};
  options.requests_per_account = {std::chrono::milliseconds(20), 8};
  return options;
}

/// Every stored message, by conversation: read from the store itself.
std::map<ConversationId, std::vector<Message>> stored_messages(MemoryEngine& engine) {
  std::map<ConversationId, std::vector<Message>> all;
  for (ConversationId id = 1; id <= 40; ++id) {
    for (AccountId account = 1; account <= kClients; ++account) {
      StoreRequest fetch = FetchMessages{account, id, 0, 200};
      auto* page = static_cast<Page*>(nullptr);
      std::vector<Message> messages;
      StoreReply reply;
      do {
        std::get<FetchMessages>(fetch).after_number = messages.size();
        reply = engine.apply({&fetch, 1}).front();
        page = std::get_if<Page>(&reply);
        if (page != nullptr) messages.insert(messages.end(), page->messages.begin(), page->messages.end());
      } while (page != nullptr && page->complete_to < page->last_number);
      if (!messages.empty()) all[id] = std::move(messages);
    }
  }
  return all;
}

bool told(const char* what, const Message& message) {
  print_message("%s: %s\n", what, message.text.c_str());
  return false;
}

// One run of one client: dense from where it began, and what it shows is what is stored.
bool is_true_to_the_store(const View& view, const std::map<ConversationId, std::vector<Message>>& stored) {
  for (const auto& entry : view) {
    const std::vector<Message>& truth = stored.at(entry.first);
    MessageNumber expected = entry.second.front().number;
    for (const Message& message : entry.second) {
      if (message.number != expected++ || message.number > truth.size()) return false;
      if (!(message == truth[message.number - 1])) return false;
    }
  }
  return true;
}

// The last run ends at the end, and private messages were shown in one run or another from the first on.
bool saw_everything(const WorldClient& client, const std::map<ConversationId, std::vector<Message>>& stored) {
  const View& last = client.views.back();
  for (const auto& entry : stored) {
    std::set<MessageNumber> seen;
    for (const View& view : client.views) {
      const auto it = view.find(entry.first);
      if (it == view.end()) continue;
      for (const Message& message : it->second) seen.insert(message.number);
    }
    const bool takes_part = !seen.empty();
    if (entry.first != kPublicRoom && !takes_part) continue;
    if (entry.first != kPublicRoom && seen.size() != entry.second.size()) {
      return told("not seen, in a conversation that begins with", entry.second.front());
    }
    const auto now = last.find(entry.first);
    const bool at_end = now != last.end() && now->second.back().number == entry.second.size();
    if (entry.first == kPublicRoom && !at_end) return false;
  }
  return true;
}

// Nothing twice, nothing lost, and each person's messages in the order of writing.
bool is_what_was_written(const ChatWorld& world,
                         const std::map<ConversationId, std::vector<Message>>& stored) {
  std::map<std::string, std::set<int>> found;
  for (const auto& entry : stored) {
    std::map<std::string, int> last;
    for (const Message& message : entry.second) {
      const auto hash = message.text.find('#');
      const int number = std::stoi(message.text.substr(hash + 1));
      if (message.text.substr(0, hash) != message.sender) return told("a false sender", message);
      if (!found[message.sender].insert(number).second) return told("a double", message);
      if (number <= last[message.sender]) return told("a person's order", message);
      last[message.sender] = number;
    }
  }
  for (const auto& client : world.clients()) {
    const auto expected = static_cast<std::size_t>(client->written - client->to_nobody);
    if (found[client->name].size() != expected) return told("a loss", {});
    if (client->failed != 0 || client->replaced != 0) return told("failed or replaced", {});
  }
  return true;
}

void check(std::uint64_t seed, ChatWorld& world) {
  const auto stored = stored_messages(world.engine());
  bool good = is_what_was_written(world, stored);
  if (!good) print_message("seed %llu: not what was written\n", static_cast<unsigned long long>(seed));
  for (const auto& client : world.clients()) {
    for (const View& view : client->views) {
      const bool is_true = is_true_to_the_store(view, stored);
      if (!is_true) print_message("seed %llu: a false view\n", static_cast<unsigned long long>(seed));
      good = good && is_true;
    }
    const bool all = saw_everything(*client, stored);
    if (!all) print_message("seed %llu: something was not seen\n", static_cast<unsigned long long>(seed));
    good = good && all;
  }
  assert_true(good);
}

/// RUDP_CHAT_SEEDS asks for a longer run.
std::uint64_t seeds_wanted() {
  const char* wanted = std::getenv("RUDP_CHAT_SEEDS");
  return wanted == nullptr ? 150 : std::max(150ull, std::strtoull(wanted, nullptr, 10));
}

void without_faults_everybody_shows_everything(void**) {
  const ChatWorld::Faults none{1'000'000'000, 1'000'000'000, 1'000'000'000, 1'000'000'000, 1'000'000'000};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    ChatWorld world(seed, kClients, patient_options());
    world.enter_all();
    world.run(500, none);
    assert_true(world.settle(5'000));
    check(seed, world);
    const auto stored = stored_messages(world.engine());
    for (const auto& client : world.clients()) {
      assert_int_equal(client->views.size(), 1);
      assert_int_equal(client->views[0].at(kPublicRoom).size(), stored.at(kPublicRoom).size());
    }
  }
}

void with_every_fault_nothing_is_lost_doubled_or_out_of_order(void**) {
  int kills = 0;
  int cuts = 0;
  int crashes = 0;
  int written = 0;
  const std::uint64_t seeds = seeds_wanted();
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    ChatWorld world(seed, kClients, patient_options());
    world.run(1'500, {});
    if (!world.settle(20'000))
      print_message("seed %llu does not settle\n", static_cast<unsigned long long>(seed));
    assert_true(world.settle(0));
    check(seed, world);
    kills += world.kills();
    cuts += world.cuts();
    crashes += world.crashes();
    for (const auto& client : world.clients()) written += client->written;
  }
  print_message("%d messages, %d server kills, %d cuts, %d client crashes\n", written, kills, cuts, crashes);
  assert_true(kills > 100 && cuts > 500 && crashes > 150 && written > 5'000);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(without_faults_everybody_shows_everything),
      cmocka_unit_test(with_every_fault_nothing_is_lost_doubled_or_out_of_order),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
