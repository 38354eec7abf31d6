// What the service wants done, done.
#pragma once

#include <functional>
#include <string>

#include "chat/effects.hpp"
#include "chat/password_pool.hpp"
#include "chat/service.hpp"
#include "server/log.hpp"
#include "server/outgoing.hpp"

namespace server {

/// Borrows all its parts for its lifetime.
struct EffectParts {
  chat::Service& service;
  Outgoing& outgoing;
  chat::Store& store;
  chat::PasswordPool& passwords;
  Log& log;
  std::function<void(const std::string& why)> stop;
};

class Effects {
 public:
  explicit Effects(EffectParts parts) : parts_(std::move(parts)) {}

  /// Does everything that the service has to ask for, until it asks for nothing.
  void drain(const chat::Now& now);

 private:
  void run(const chat::Now& now, chat::SendToSession& send);
  void run(const chat::Now& now, chat::CloseSession& close);
  void run(const chat::Now& now, chat::RunStore& run);
  void run(const chat::Now& now, chat::RunHash& run);
  void run(const chat::Now& now, chat::LogLine& line);
  void run(const chat::Now& now, chat::StopServer& stop);

  EffectParts parts_;
};

}  // namespace server
