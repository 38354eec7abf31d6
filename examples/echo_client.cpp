// The encrypted echo, client side: says hello to the server at the given address, prints the answer and
// leaves.
//   echo_client rudp://HOST:PORT/#KEY
#include <iostream>
#include <rudp/uv_endpoint.hpp>

namespace uv = rudp::uv;

int main(int argc, char** argv) {
  auto client = uv::or_exit(uv::Endpoint::open(uv_default_loop(), {}));
  client->on_message([](uv::Connection server, const rudp::Message& message) {
    std::cout << uv::as_text(message.bytes) << std::endl;
    server.close();
  });
  client->on_close([](uv::Connection, const uv::Closed& closed) {
    if (closed.error == rudp::Error::closed_locally) return;
    std::cerr << rudp::to_sentence(closed.error) << '\n';
    std::exit(1);
  });
  auto server = uv::or_exit(client->connect(argc > 1 ? argv[1] : ""));
  if (!server.send(0, "hello")) return 1;
  return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
