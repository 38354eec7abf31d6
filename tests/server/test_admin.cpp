// The admin socket from both sides: what is asked, what is answered, who may ask.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "server/admin_client.hpp"
#include "server/admin_protocol.hpp"
#include "server/admin_socket.hpp"
#include "server/status.hpp"

#include "support/folder.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace server;

struct Folder : test::Folder {
  std::string socket() const { return *this / "admin.sock"; }
};

/// A socket served on this thread while another asks.
struct World {
  explicit World(AdminSocket::OnRequest on_request)
      : admin(*AdminSocket::open(loop, folder.socket(), std::move(on_request))) {}

  /// What asking gives; the loop turns meanwhile.
  AdminAnswer ask(const AdminRequest& request, rudp::Duration wait_max = std::chrono::seconds(60)) {
    return during([&] { return ask_server(folder.socket(), request, wait_max); });
  }
  /// The whole answer to bytes that rchatctl would not send.
  std::string ask_raw(const std::string& bytes) {
    return during([&] { return talk(bytes); });
  }

  template <class Ask>
  auto during(Ask ask) -> decltype(ask()) {
    decltype(ask()) answer;
    WakeUp done(loop, [this] { loop.stop(); });
    std::thread asker([&] {
      answer = ask();
      done.wake();
    });
    loop.run();
    asker.join();
    return answer;
  }

  std::string talk(const std::string& bytes) const {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::strncpy(to.sun_path, folder.socket().c_str(), sizeof to.sun_path - 1);
    if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return "no connection";
    std::string answer;
    if (send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size())) {
      char part[1024];
      for (ssize_t count = 0; (count = read(socket, part, sizeof part)) > 0;)
        answer.append(part, static_cast<std::size_t>(count));
    }
    close(socket);
    return answer;
  }

  Folder folder;
  Loop loop;
  std::unique_ptr<AdminSocket> admin;
};

void requests_read_back_as_they_were_written(void**) {
  for (const AdminRequest& request :
       {AdminRequest(StatusRequest{StatusFormat::table}), AdminRequest(StatusRequest{StatusFormat::json}),
        AdminRequest(StopRequest{}), AdminRequest(StopRequest{"升级, back at 9"})}) {
    const auto parsed = parse_admin_request(format_admin_request(request));
    assert_true(parsed.has_value() && *parsed == request);
  }
}

void requests_that_are_none_are_refused(void**) {
  for (const char* line : {"", "status", "status xml", "stopp", "STOP", " stop", "stop \x1b[2J", "stop \xff"})
    assert_false(parse_admin_request(line).has_value());
  assert_false(parse_admin_request("stop " + std::string(kReasonBytesMax + 1, 'x')).has_value());
}

void answers_read_back_as_they_were_written(void**) {
  const AdminAnswer good = parse_admin_answer(format_admin_success("a\nb\n"));
  assert_true(good.is_ok);
  assert_string_equal(good.text.c_str(), "a\nb\n");
  const AdminAnswer bad = parse_admin_answer(format_admin_error("no such thing"));
  assert_false(bad.is_ok);
  assert_string_equal(bad.text.c_str(), "no such thing");
  for (const char* nonsense : {"", "ok", "SSH-2.0\n", "okay\n"})
    assert_false(parse_admin_answer(nonsense).is_ok);
}

void a_request_reaches_the_server_and_its_answer_comes_back(void**) {
  AdminSocket* admin = nullptr;
  World world([&](AdminSocket::ClientId client, const AdminRequest& request) {
    assert_true((request == AdminRequest(StatusRequest{StatusFormat::json})));
    admin->answer(client, format_admin_success(std::string(100'000, 'x') + "\n"));
  });
  admin = world.admin.get();
  const AdminAnswer answer = world.ask(StatusRequest{StatusFormat::json});
  assert_true(answer.is_ok);
  assert_int_equal(answer.text.size(), 100'001);
}

void an_answer_that_stays_ends_with_the_server(void**) {
  std::unique_ptr<Timer> end;
  World world([&](AdminSocket::ClientId client, const AdminRequest& request) {
    world.admin->answer(client, format_admin_success(""), true);
    // What was asked first may be read after its time is up, on a slow machine.
    if (end && std::holds_alternative<StopRequest>(request)) end->set(now().instant + std::chrono::milliseconds(50));
  });
  assert_string_equal(world.ask(StatusRequest{}, std::chrono::milliseconds(300)).text.c_str(),
                      "the server did not answer in time");
  end = std::make_unique<Timer>(world.loop, [&] { world.admin.reset(); });
  assert_true(world.ask(StopRequest{}).is_ok);
  end.reset();
}

void nonsense_gets_an_error_and_no_request_is_made(void**) {
  int requests = 0;
  World world([&](AdminSocket::ClientId, const AdminRequest&) { ++requests; });
  assert_int_equal(world.ask_raw("dance\n").compare(0, 6, "error "), 0);
  assert_int_equal(world.ask_raw(std::string(10'000, 'x')).compare(0, 6, "error "), 0);
  assert_int_equal(world.ask_raw(std::string("\0\xff\n", 3)).compare(0, 6, "error "), 0);
  assert_int_equal(requests, 0);
}

void an_answer_to_one_who_left_is_harmless(void**) {
  AdminSocket::ClientId left = 0;
  World world([&](AdminSocket::ClientId client, const AdminRequest&) { left = client; });
  // On a slow machine they may have left before the server looked.
  for (int tries = 0; tries < 100 && left == 0; ++tries)
    world.ask(StatusRequest{}, std::chrono::milliseconds(100));
  assert_true(left != 0);
  world.admin->answer(left, format_admin_success("too late\n"));
  world.admin->answer(left + 100, format_admin_success("never asked\n"));
}

void only_the_owner_can_ask(void**) {
  World world([](AdminSocket::ClientId, const AdminRequest&) {});
  struct stat status {};
  assert_int_equal(stat(world.folder.socket().c_str(), &status), 0);
  assert_int_equal(status.st_mode & 0777, 0600);
}

void too_many_at_a_time_are_refused(void**) {
  World world([](AdminSocket::ClientId, const AdminRequest&) {});
  std::vector<int> sockets;
  const std::string answer = world.during([&] {
    for (std::size_t i = 0; i < AdminSocket::kClientsMax; ++i) {
      const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
      sockaddr_un to{};
      to.sun_family = AF_UNIX;
      std::strncpy(to.sun_path, world.folder.socket().c_str(), sizeof to.sun_path - 1);
      if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) std::abort();
      sockets.push_back(socket);
    }
    return world.talk("");
  });
  assert_int_equal(answer.compare(0, 14, "error too many"), 0);
  for (const int socket : sockets) close(socket);
}

void a_socket_left_over_is_replaced_and_the_own_one_removed(void**) {
  Folder folder;
  std::string path = folder.socket();
  const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::strncpy(to.sun_path, path.c_str(), sizeof to.sun_path - 1);
  assert_int_equal(bind(stale, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  close(stale);
  Loop loop;
  auto admin = AdminSocket::open(loop, path, [](AdminSocket::ClientId, const AdminRequest&) {});
  assert_true(admin.has_value());
  *admin = nullptr;
  assert_false(std::filesystem::exists(path));
}

void where_nobody_serves_the_sentence_says_so(void**) {
  Folder folder;
  const AdminAnswer answer = ask_server(folder.socket(), StatusRequest{});
  assert_false(answer.is_ok);
  assert_int_equal(answer.text.find("no rchatd runs here"), 0);
  assert_false(ask_server("/" + std::string(200, 'x'), StatusRequest{}).is_ok);
}

void a_status_is_shown_to_people_and_to_programs(void**) {
  Status status;
  status.version = "rchatd 9.9.9";
  status.uptime_s = 2 * 86'400 + 3 * 3'600 + 4 * 60 + 5;
  status.listen = {{"[::1]:8000", 4u << 20, 208u << 10, 7}};
  status.chat.online = 12;
  status.stored.messages = 345;
  status.transport.dropped_malformed = 6;
  const std::string table = to_table(status);
  for (const char* part :
       {"rchatd 9.9.9\n", "2 d 03:04:05\n", "[::1]:8000 (buffers granted: 4096 KiB to receive, 208 KiB",
        "7 datagrams refused", "users online          12\n", "messages              345\n", "6 malformed\n"})
    assert_true(table.find(part) != std::string::npos);
  const std::string json = to_json(status);
  for (const char* part :
       {"\"uptime_s\":183845", "\"listen\":[{\"address\":\"[::1]:8000\"", "\"dropped_malformed\":6"})
    assert_true(json.find(part) != std::string::npos);
  assert_int_equal(json.find('\n'), json.size() - 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(requests_read_back_as_they_were_written),
      cmocka_unit_test(requests_that_are_none_are_refused),
      cmocka_unit_test(answers_read_back_as_they_were_written),
      cmocka_unit_test(a_request_reaches_the_server_and_its_answer_comes_back),
      cmocka_unit_test(an_answer_that_stays_ends_with_the_server),
      cmocka_unit_test(nonsense_gets_an_error_and_no_request_is_made),
      cmocka_unit_test(an_answer_to_one_who_left_is_harmless),
      cmocka_unit_test(only_the_owner_can_ask),
      cmocka_unit_test(too_many_at_a_time_are_refused),
      cmocka_unit_test(a_socket_left_over_is_replaced_and_the_own_one_removed),
      cmocka_unit_test(where_nobody_serves_the_sentence_says_so),
      cmocka_unit_test(a_status_is_shown_to_people_and_to_programs),
  };
  return cmocka_run_group_tests_name("admin", tests, nullptr, nullptr);
}
