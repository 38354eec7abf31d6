#include "server/effects.hpp"

#include <variant>

namespace server {

void Effects::drain(const chat::Now& now) {
  while (auto effect = parts_.service.poll_effect())
    std::visit([&](auto& wanted) { run(now, wanted); }, *effect);
}

// From the first message that has to wait on, live messages are held back by the service.
void Effects::run(const chat::Now& now, chat::SendToSession& send) {
  if (parts_.outgoing.send(now.instant, send.session, std::move(send.bytes)) == Outgoing::Outcome::waits)
    parts_.service.handle_blocked(now, send.session);
}

void Effects::run(const chat::Now& now, chat::CloseSession& close) {
  parts_.outgoing.close(now.instant, close.session);
}

void Effects::run(const chat::Now&, chat::RunStore& run) {
  parts_.store.submit(run.operation, std::move(run.request));
}

void Effects::run(const chat::Now&, chat::RunHash& run) {
  parts_.passwords.submit(run.operation, std::move(run.request));
}

void Effects::run(const chat::Now& now, chat::LogLine& line) { parts_.log.write(now, line); }

void Effects::run(const chat::Now&, chat::StopServer& stop) { parts_.stop(stop.why); }

}  // namespace server
