#include "server/admin_socket.hpp"

#include <array>
#include <filesystem>
#include <system_error>

namespace server {
namespace fs = std::filesystem;

namespace {

// libuv keeps using it until its callback, which may come after its client's end.
struct Writing {
  uv_write_t request{};
  std::string text;
  bool stay = false;
};

}  // namespace

struct AdminSocket::Client {
  Client(AdminSocket& server, ClientId own_id) : owner(server), id(own_id), pipe(new uv_pipe_t) {
    uv_pipe_init(owner.listener_->loop, pipe.get(), 0);
    pipe->data = this;
  }

  static void on_space(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
    auto& own = static_cast<Client*>(handle->data)->space;
    *buffer = uv_buf_init(own.data(), static_cast<unsigned>(own.size()));
  }

  static void on_bytes(uv_stream_t* from, ssize_t count, const uv_buf_t* buffer) {
    auto* const client = static_cast<Client*>(from->data);
    if (count < 0) return client->owner.drop(client->id);
    // Once it asked, it is only watched for its end.
    if (!client->asked) client->take({buffer->base, static_cast<std::size_t>(count)});
  }

  void take(std::string_view bytes) {
    line += bytes;
    const std::size_t end = line.find('\n');
    if (end == std::string::npos && line.size() <= kAdminLineBytesMax) return;
    asked = true;
    owner.on_line(*this, line.substr(0, end));
  }

  void write(std::string text, bool stay) {
    auto writing = std::make_unique<Writing>();
    writing->text = std::move(text);
    writing->stay = stay;
    uv_write_t* const request = &writing->request;
    request->data = writing.get();
    const uv_buf_t buffer = uv_buf_init(writing->text.data(), static_cast<unsigned>(writing->text.size()));
    if (uv_write(request, stream(pipe), &buffer, 1, on_written) != 0) return owner.drop(id);
    static_cast<void>(writing.release());  // on_written takes it back
  }

  static void on_written(uv_write_t* request, int) {
    const std::unique_ptr<Writing> writing(static_cast<Writing*>(request->data));
    // A pipe that is closing has lost its client already.
    if (uv_is_closing(reinterpret_cast<uv_handle_t*>(request->handle)) != 0) return;
    auto* const client = static_cast<Client*>(request->handle->data);
    if (!writing->stay) client->owner.drop(client->id);
  }

  AdminSocket& owner;
  const ClientId id;
  std::array<char, 1024> space{};
  std::string line;
  bool asked = false;
  Handle<uv_pipe_t> pipe;
};

AdminSocket::AdminSocket(std::string path, OnRequest on_request)
    : path_(std::move(path)), on_request_(std::move(on_request)), listener_(new uv_pipe_t) {}

rudp::Result<std::unique_ptr<AdminSocket>, std::string> AdminSocket::open(Loop& loop, const std::string& path,
                                                                          OnRequest on_request) {
  // libuv would cut a longer path without a word.
  if (path.size() > kSocketPathBytesMax)
    return "the path of the admin socket, " + path + ", is longer than " +
           std::to_string(kSocketPathBytesMax) + " bytes; choose a data folder with a shorter path";
  std::unique_ptr<AdminSocket> opened(new AdminSocket(path, std::move(on_request)));
  if (const int status = opened->listen(loop); status != 0)
    return "cannot listen on the admin socket " + path + ": " + uv_strerror(status);
  return opened;
}

int AdminSocket::listen(Loop& loop) {
  uv_pipe_init(loop.get(), listener_.get(), 0);
  listener_->data = this;
  std::error_code ignored;
  fs::remove(path_, ignored);
  if (const int status = uv_pipe_bind(listener_.get(), path_.c_str()); status != 0) return status;
  // Nobody can connect before it listens, so nobody but the owner ever can.
  std::error_code error;
  fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_write, error);
  if (error) return UV_EPERM;
  const auto on_connection = [](uv_stream_t* from, int status) {
    if (status == 0) static_cast<AdminSocket*>(from->data)->accept();
  };
  return uv_listen(stream(listener_), static_cast<int>(kClientsMax), on_connection);
}

AdminSocket::~AdminSocket() { stop_listening(); }

void AdminSocket::stop_listening() {
  if (!listener_) return;
  std::error_code ignored;
  fs::remove(path_, ignored);
  listener_.reset();
}

void AdminSocket::accept() {
  auto client = std::make_unique<Client>(*this, ++last_id_);
  if (uv_accept(stream(listener_), stream(client->pipe)) != 0) return;
  Client& added = *clients_.emplace(client->id, std::move(client)).first->second;
  uv_read_start(stream(added.pipe), Client::on_space, Client::on_bytes);
  if (clients_.size() <= kClientsMax) return;
  added.asked = true;
  answer(added.id, format_admin_error("too many ask at the same time"));
}

void AdminSocket::on_line(Client& client, const std::string& line) {
  if (line.size() > kAdminLineBytesMax)
    return answer(client.id, format_admin_error("the request is too long"));
  const auto request = parse_admin_request(line);
  if (!request) return answer(client.id, format_admin_error(request.error()));
  on_request_(client.id, *request);
}

void AdminSocket::drop(ClientId id) { clients_.erase(id); }

void AdminSocket::answer(ClientId id, std::string text, bool stay) {
  const auto found = clients_.find(id);
  if (found != clients_.end()) found->second->write(std::move(text), stay);
}

}  // namespace server
