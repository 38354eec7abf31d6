// The encrypted echo, server side: prints the address to give to echo_client, then echoes until it is killed.
//   echo_server [ADDR:PORT [KEYFILE]]
#include <iostream>
#include <rudp/uv_endpoint.hpp>

namespace uv = rudp::uv;

int main(int argc, char** argv) {
  auto identity = uv::or_exit(uv::load_or_create_identity(argc > 2 ? argv[2] : "echo_server.key"));
  auto server = uv::or_exit(uv::Endpoint::open(
      uv_default_loop(), {.bind = {argc > 1 ? argv[1] : "127.0.0.1:9000"}, .identity = identity}));
  server->on_message([](uv::Connection client, const rudp::Message& message) {
    if (!client.send(message.channel, message.bytes)) client.close(1, "you send faster than you read");
  });
  std::cout << server->url() << std::endl;
  return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
