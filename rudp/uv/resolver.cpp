#include "uv/resolver.hpp"

#include <algorithm>

#include "uv/socket_address.hpp"

namespace rudp::uv {

struct Resolution::Request {
  uv_getaddrinfo_t raw{};
  std::string host;
  std::uint16_t port = 0;
  Callback callback;
  Resolution* owner = nullptr;  // null: cancelled
};

namespace {

std::vector<Address> addresses_in(const addrinfo* list, std::uint16_t port) {
  std::vector<Address> addresses;
  for (; list; list = list->ai_next) {
    std::optional<Address> address = from_socket_address(*list->ai_addr);
    if (!address) continue;
    address->port = port;
    if (std::find(addresses.begin(), addresses.end(), *address) == addresses.end())
      addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace

std::optional<Address> numeric_address(const std::string& host, std::uint16_t port) {
  SocketAddress address{};
  if (uv_ip4_addr(host.c_str(), port, &address.v4) == 0) return from_socket_address(address.any);
  if (uv_ip6_addr(host.c_str(), port, &address.v6) == 0) return from_socket_address(address.any);
  return std::nullopt;
}

std::vector<Address> alternate_families(const std::vector<Address>& addresses) {
  if (addresses.empty()) return {};
  std::vector<Address> first, second, out;
  const bool first_is_v4 = addresses.front().is_v4();
  for (const Address& address : addresses)
    (address.is_v4() == first_is_v4 ? first : second).push_back(address);
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) out.push_back(first[i]);
    if (i < second.size()) out.push_back(second[i]);
  }
  return out;
}

Result<std::unique_ptr<Resolution>, Failure> Resolution::start(uv_loop_t* loop, const std::string& host,
                                                               std::uint16_t port, Callback callback) {
  auto request = std::make_unique<Request>();
  request->host = host;
  request->port = port;
  request->callback = std::move(callback);
  request->raw.data = request.get();
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;
  const int status = uv_getaddrinfo(loop, &request->raw, on_resolved, host.c_str(), nullptr, &hints);
  if (status != 0) return Failure(Error::name_not_resolved, host);
  std::unique_ptr<Resolution> resolution(new Resolution(request.get()));
  request.release()->owner = resolution.get();
  return resolution;
}

Resolution::~Resolution() {
  if (!request_) return;
  request_->owner = nullptr;
  // Where it is already running this has no effect, and on_resolved finds no owner.
  uv_cancel(reinterpret_cast<uv_req_t*>(&request_->raw));
}

void Resolution::on_resolved(uv_getaddrinfo_t* raw, int status, addrinfo* found) {
  const std::unique_ptr<Request> request(static_cast<Request*>(raw->data));
  std::vector<Address> addresses = status == 0 ? addresses_in(found, request->port) : std::vector<Address>();
  uv_freeaddrinfo(found);
  if (!request->owner) return;
  request->owner->request_ = nullptr;
  if (addresses.empty()) return request->callback(Failure(Error::name_not_resolved, request->host));
  request->callback(alternate_families(addresses));
}

}  // namespace rudp::uv
