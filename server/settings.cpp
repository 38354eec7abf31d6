#include "server/settings.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

#include <rudp/address.hpp>

#include "server/database_url.hpp"
#include "server/log_level.hpp"

namespace server {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kKiB = 1 << 10;

std::int64_t in_ms(rudp::Duration time) { return std::chrono::duration_cast<milliseconds>(time).count(); }

using RateMember = chat::Rate chat::ServiceOptions::*;

template <RateMember kRate>
IntegerSetting burst_of() {
  return {1, 1'000'000, [](const Config& c) { return std::int64_t((c.service.*kRate).burst); },
          [](Config& c, std::int64_t value) { (c.service.*kRate).burst = std::uint32_t(value); }};
}

template <RateMember kRate>
IntegerSetting interval_of() {
  return {1, 3'600'000, [](const Config& c) { return in_ms((c.service.*kRate).interval); },
          [](Config& c, std::int64_t value) { (c.service.*kRate).interval = milliseconds(value); }};
}

std::string set_listen(Config& config, const std::vector<std::string>& addresses) {
  if (addresses.empty()) return "must name an address";
  for (const std::string& address : addresses)
    if (!rudp::Address::parse(address))
      return "holds \"" + address + "\", must be ADDR:PORT, for instance 0.0.0.0:8000 or [::]:8000";
  config.listen = addresses;
  return {};
}

std::string set_database(Config& config, const std::string& value) {
  if (const auto parsed = parse_database_url(value); !parsed) return parsed.error();
  config.database = value;
  return {};
}

std::string set_log_level(Config& config, const std::string& value) {
  const auto level = log_level_named(value);
  if (!level) return "is \"" + value + "\", must be debug, info, warning or error";
  config.log.level = *level;
  return {};
}

std::string set_log_file(Config& config, const std::string& value) {
  if (value.empty()) return "must name a file";
  config.log.file = value;
  return {};
}

using Service = chat::ServiceOptions;

const Setting kSettings[] = {
    {"listen",
     "UDP addresses to listen on. [::] is IPv6 only, so it stands beside 0.0.0.0. Port 0: any free one.",
     ListSetting{[](const Config& c) { return c.listen; }, set_listen}},
    {"data", "Folder of the server's key, database, log and admin socket.",
     TextSetting{[](const Config& c) { return c.data; },
                 [](Config& c, const std::string& value) {
                   c.data = value;
                   return std::string();
                 }}},
    {"database",
     "sqlite:PATH; a relative PATH is taken from the data folder. Or mariadb://USER@HOST[:PORT]/NAME, with\n"
     "?password_file=FILE behind it; see docs/OPERATING.md.",
     TextSetting{[](const Config& c) { return c.database; }, set_database}},

    {"passwords.memory_mib",
     "What one password hash (Argon2id) costs in memory. Higher is safer and slower; each worker\n"
     "needs that much. At the next login a password is hashed anew at the new cost. 19 to 1024.",
     IntegerSetting{
         static_cast<std::int64_t>(chat::kPasswordCostFloor.memory_bytes) / kMiB,
         static_cast<std::int64_t>(chat::kPasswordCostCeiling.memory_bytes) / kMiB,
         [](const Config& c) { return std::int64_t(c.passwords.cost.memory_bytes) / kMiB; },
         [](Config& c, std::int64_t value) { c.passwords.cost.memory_bytes = std::uint64_t(value * kMiB); }}},
    {"passwords.passes", "Passes over that memory. 2 to 16.",
     IntegerSetting{chat::kPasswordCostFloor.passes, chat::kPasswordCostCeiling.passes,
                    [](const Config& c) { return std::int64_t(c.passwords.cost.passes); },
                    [](Config& c, std::int64_t value) { c.passwords.cost.passes = std::uint32_t(value); }}},
    {"passwords.workers", "Threads that hash passwords. 0: one for two processors. At most 64.",
     IntegerSetting{0, 64, [](const Config& c) { return std::int64_t(c.passwords.workers); },
                    [](Config& c, std::int64_t value) { c.passwords.workers = std::size_t(value); }}},
    {"passwords.wait_max_ms",
     "Logins that would wait longer for a worker are told to come again. 100 to 30000.",
     IntegerSetting{100, 30'000, [](const Config& c) { return in_ms(c.passwords.wait_max); },
                    [](Config& c, std::int64_t value) { c.passwords.wait_max = milliseconds(value); }}},

    {"limits.text_bytes", "The longest message, in bytes of UTF-8. 1 to 1048576.",
     IntegerSetting{1, kMiB, [](const Config& c) { return std::int64_t(c.service.text_bytes_max); },
                    [](Config& c, std::int64_t value) { c.service.text_bytes_max = std::size_t(value); }}},

    {"limits.strangers_max",
     "Clients that are connected and not logged in. Where one more comes, the oldest of the address with\n"
     "most of them is told to come again. 16 to 1000000.",
     IntegerSetting{16, 1'000'000, [](const Config& c) { return std::int64_t(c.service.strangers_max); },
                    [](Config& c, std::int64_t value) { c.service.strangers_max = std::size_t(value); }}},

    {"limits.register_per_address.burst",
     "Each limit lets `burst` pass at once and then one every interval_ms; an address is an IPv4 address\n"
     "or an IPv6 /64. Registrations from one address:",
     burst_of<&Service::register_per_address>()},
    {"limits.register_per_address.interval_ms", "", interval_of<&Service::register_per_address>()},
    {"limits.login_per_address.burst",
     "Logins by password from one address, right or wrong:", burst_of<&Service::login_per_address>()},
    {"limits.login_per_address.interval_ms", "", interval_of<&Service::login_per_address>()},
    {"limits.login_per_account.burst",
     "Logins by password to one account, from addresses from where it was not entered before:",
     burst_of<&Service::login_per_account>()},
    {"limits.login_per_account.interval_ms", "", interval_of<&Service::login_per_account>()},
    {"limits.login_per_account_and_address.burst", "Logins by password to one account from one address:",
     burst_of<&Service::login_per_account_and_address>()},
    {"limits.login_per_account_and_address.interval_ms", "",
     interval_of<&Service::login_per_account_and_address>()},
    {"limits.resume_per_address.burst", "Clients of one address that come back after their link was gone:",
     burst_of<&Service::resume_per_address>()},
    {"limits.resume_per_address.interval_ms", "", interval_of<&Service::resume_per_address>()},
    {"limits.resume_per_account.burst", "The same of one account:", burst_of<&Service::resume_per_account>()},
    {"limits.resume_per_account.interval_ms", "", interval_of<&Service::resume_per_account>()},
    {"limits.messages_per_account.burst",
     "Messages of one account, and one more for each KiB of them; a pasted page passes as one burst:",
     burst_of<&Service::messages_per_account>()},
    {"limits.messages_per_account.interval_ms", "", interval_of<&Service::messages_per_account>()},
    {"limits.requests_per_account.burst",
     "Other requests of one account, or of one connection before it is logged in:",
     burst_of<&Service::requests_per_account>()},
    {"limits.requests_per_account.interval_ms", "", interval_of<&Service::requests_per_account>()},

    {"transport.max_idle_ms", "Silence after which a client is taken to be gone. 1000 to 600000.",
     IntegerSetting{1'000, 600'000, [](const Config& c) { return in_ms(c.transport.max_idle); },
                    [](Config& c, std::int64_t value) { c.transport.max_idle = milliseconds(value); }}},
    {"transport.keep_alive_ms",
     "Silence after which a client is asked for a sign of life. Less than max_idle_ms.",
     IntegerSetting{100, 600'000, [](const Config& c) { return in_ms(c.transport.keep_alive); },
                    [](Config& c, std::int64_t value) { c.transport.keep_alive = milliseconds(value); }}},
    {"transport.connections_max", "Clients at a time. 1 to 1000000.",
     IntegerSetting{
         1, 1'000'000, [](const Config& c) { return std::int64_t(c.transport.connections_max); },
         [](Config& c, std::int64_t value) { c.transport.connections_max = std::uint32_t(value); }}},
    {"transport.half_open_max", "Clients in the middle of their handshake. 1 to 100000.",
     IntegerSetting{1, 100'000, [](const Config& c) { return std::int64_t(c.transport.half_open_max); },
                    [](Config& c, std::int64_t value) { c.transport.half_open_max = std::uint32_t(value); }}},
    {"transport.socket_buffer_kib",
     "Asked of the system for each socket and direction; `rchatctl status` says what was granted\n"
     "(on Linux net.core.rmem_max and net.core.wmem_max limit it). 4 to 1048576.",
     IntegerSetting{4, kMiB, [](const Config& c) { return c.transport.socket_buffer_bytes / kKiB; },
                    [](Config& c, std::int64_t value) {
                      c.transport.socket_buffer_bytes = std::uint32_t(std::min(value * kKiB, 1024 * kMiB));
                    }}},
    {"transport.send_queue_kib", "Messages on their way to one client. 4 to 1048576.",
     IntegerSetting{
         4, kMiB, [](const Config& c) { return std::int64_t(c.transport.send_queue_bytes) / kKiB; },
         [](Config& c, std::int64_t value) { c.transport.send_queue_bytes = std::size_t(value * kKiB); }}},
    // At least the largest answer: a page of history with the longest text.
    {"transport.backlog_kib",
     "Answers that may wait behind that for a client that reads slowly. One for which more would wait\n"
     "is disconnected, and fetches what it missed when it comes back. 2048 to 1048576.",
     IntegerSetting{
         2'048, kMiB, [](const Config& c) { return std::int64_t(c.transport.backlog_bytes_max) / kKiB; },
         [](Config& c, std::int64_t value) { c.transport.backlog_bytes_max = std::size_t(value * kKiB); }}},
    {"transport.backlog_total_mib",
     "The same for all slow clients together. Where more would wait, those are disconnected for whom most "
     "does.\n"
     "2 to 65536.",
     IntegerSetting{2, 65'536,
                    [](const Config& c) { return std::int64_t(c.transport.backlog_total_bytes_max) / kMiB; },
                    [](Config& c, std::int64_t value) {
                      c.transport.backlog_total_bytes_max = std::size_t(value * kMiB);
                    }}},

    {"log.file", "One JSON object a line; a relative path is taken from the data folder.",
     TextSetting{[](const Config& c) { return c.log.file; }, set_log_file}},
    {"log.level", "debug, info, warning or error. Registrations, logins and departures are info.",
     TextSetting{[](const Config& c) { return std::string(name_of(c.log.level)); }, set_log_level}},
    {"log.file_mib",
     "A file of that size is put aside (rchatd.1.log, rchatd.2.log ...), and a new one begun. 1 to 1024.",
     IntegerSetting{1, 1024, [](const Config& c) { return std::int64_t(c.log.file_bytes_max) / kMiB; },
                    [](Config& c, std::int64_t value) { c.log.file_bytes_max = std::size_t(value * kMiB); }}},
    {"log.files_kept", "Older files that are kept. 1 to 1000.",
     IntegerSetting{1, 1000, [](const Config& c) { return std::int64_t(c.log.files_kept); },
                    [](Config& c, std::int64_t value) { c.log.files_kept = std::size_t(value); }}},
};

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::span<const Setting> settings() { return kSettings; }

const Setting* find_setting(std::string_view name) {
  const auto found = std::find_if(std::begin(kSettings), std::end(kSettings),
                                  [&](const Setting& setting) { return setting.name == name; });
  return found == std::end(kSettings) ? nullptr : found;
}

const Setting* nearest_setting(std::string_view name) {
  constexpr std::size_t kNameBytesMax = 100;  // the distance costs time by the product of both lengths
  if (name.size() > kNameBytesMax) return nullptr;
  const Setting* nearest = nullptr;
  // A third of the letters may differ; beyond that a guess helps nobody.
  std::size_t best = name.size() / 3 + 1;
  for (const Setting& setting : kSettings) {
    const std::size_t distance = edit_distance(name, setting.name);
    if (distance >= best) continue;
    best = distance;
    nearest = &setting;
  }
  return nearest;
}

std::string set_integer(Config& config, const Setting& setting, std::int64_t value) {
  const auto* const kind = std::get_if<IntegerSetting>(&setting.kind);
  if (!kind)
    return std::holds_alternative<TextSetting>(setting.kind) ? "must be a text" : "must be a list of texts";
  if (value < kind->least || value > kind->most)
    return "is " + std::to_string(value) + ", must be " + std::to_string(kind->least) + " to " +
           std::to_string(kind->most);
  kind->set(config, value);
  return {};
}

std::string set_text(Config& config, const Setting& setting, const std::string& value) {
  if (std::holds_alternative<IntegerSetting>(setting.kind)) return "must be a whole number";
  // One text where a list is expected is a list of one.
  if (const auto* const list = std::get_if<ListSetting>(&setting.kind)) return list->set(config, {value});
  return std::get<TextSetting>(setting.kind).set(config, value);
}

std::string set_list(Config& config, const Setting& setting, const std::vector<std::string>& value) {
  const auto* const kind = std::get_if<ListSetting>(&setting.kind);
  if (!kind)
    return std::holds_alternative<TextSetting>(setting.kind) ? "must be a text" : "must be a whole number";
  return kind->set(config, value);
}

}  // namespace server
