#include "uv/driver.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "uv/clock.hpp"

namespace rudp::uv {
namespace {

/// Work that callbacks make for each other is done in the same turn this often; then the loop goes round.
constexpr int kRoundsPerTurn = 4;
/// After the last connection has ended its CLOSE is repeated for peers that missed it. A peer on the same
/// continent asks again within this time; one that does not learns by its idle timeout.
constexpr Duration kLingerMax = std::chrono::milliseconds(200);
constexpr int kSocketBufferBytesMin = 4 << 10;
constexpr int kSocketBufferBytesMax = 1 << 30;

template <class H>
void start(const Handle<H>& handle, int (*starter)(H*, void (*)(H*)), void (*callback)(H*)) {
  starter(handle.get(), callback);
  unref(handle);
}

void add(EndpointStatistics& sum, const EndpointStatistics& one) {
  sum.datagrams_received += one.datagrams_received;
  sum.datagrams_sent += one.datagrams_sent;
  sum.dropped_malformed += one.dropped_malformed;
  sum.dropped_unknown_connection += one.dropped_unknown_connection;
  sum.dropped_unauthenticated += one.dropped_unauthenticated;
  sum.dropped_duplicate += one.dropped_duplicate;
  sum.dropped_limit += one.dropped_limit;
  sum.dropped_unexpected += one.dropped_unexpected;
  sum.inits_received += one.inits_received;
  sum.retries_sent += one.retries_sent;
  sum.cookies_refused += one.cookies_refused;
  sum.key_agreements += one.key_agreements;
  sum.connections_accepted += one.connections_accepted;
  sum.connections_opened += one.connections_opened;
  sum.connections += one.connections;
  sum.half_open += one.half_open;
  sum.half_open_evicted += one.half_open_evicted;
}

// An address that others can be sent to, for a socket that listens on all of them.
Address reachable(Address local) {
  if (!local.is_unspecified()) return local;
  if (local.is_v4()) return Address::v4(127, 0, 0, 1, local.port);
  local.ip.back() = 1;
  return local;
}

std::string without_port(const Address& address) {
  const std::string text = address.to_string();
  const std::string host = text.substr(0, text.rfind(':'));
  return host.front() == '[' ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

Result<std::unique_ptr<Driver>, Failure> Driver::open(uv_loop_t* loop, Options options) {
  std::unique_ptr<Driver> driver(new Driver(loop, std::move(options)));
  if (auto started = driver->start(); !started) return started.error();
  return driver;
}

Driver::Driver(uv_loop_t* loop, Options options)
    : loop_(loop),
      options_(std::move(options)),
      prepare_(new uv_prepare_t),
      check_(new uv_check_t),
      again_(new uv_idle_t) {
  uv_prepare_init(loop, prepare_.get());
  uv_check_init(loop, check_.get());
  uv_idle_init(loop, again_.get());
  prepare_->data = check_->data = again_->data = this;
  unref(again_);
}

// The callbacks return into the driver, so none of them may end it.
Driver::~Driver() {
  RUDP_ASSERT(!on_connect.is_running() && !on_message.is_running() && !on_writable.is_running());
  RUDP_ASSERT(!on_receipt.is_running() && !on_close.is_running());
  RUDP_ASSERT(!on_stream.is_running() && !on_readable.is_running() && !on_stream_writable.is_running());
  RUDP_ASSERT(!on_stream_reset.is_running() && !on_stream_stopped.is_running());
  RUDP_ASSERT(!on_stream_finished.is_running() && !on_streams_available.is_running());
  RUDP_ASSERT(!on_path_change.is_running());
}

Result<void, Failure> Driver::start() {
  if (options_.socket_buffer_bytes < kSocketBufferBytesMin ||
      options_.socket_buffer_bytes > kSocketBufferBytesMax)
    return Failure(Error::invalid_config,
                   "socket_buffer_bytes: " + std::to_string(options_.socket_buffer_bytes) +
                       ", must be 4096 to 1073741824");
  if (auto valid = core_config(!options_.bind.empty()).validate(); !valid) return valid;
  auto timer = Timer::open(loop_, [this] { note_work(); });
  if (!timer) return timer.error();
  timer_ = *std::move(timer);
  if (auto bound = bind(); !bound) return bound;
  serving_ = !bindings_.empty();
  // Before the loop sleeps, for what timers and the program did; after it woke, for what came in.
  uv::start(
      prepare_, uv_prepare_start, +[](uv_prepare_t* raw) { static_cast<Driver*>(raw->data)->turn(); });
  uv::start(
      check_, uv_check_start, +[](uv_check_t* raw) { static_cast<Driver*>(raw->data)->turn_after_poll(); });
  keep_loop_alive();
  return {};
}

// All behind one core: a client may move from one of the addresses to another.
Result<void, Failure> Driver::bind() {
  std::vector<Address> locals;
  for (const std::string& text : options_.bind) {
    const Result<Address> local = Address::parse(text);
    if (!local) return Failure(local.error(), "bind: \"" + text + "\"");
    locals.push_back(*local);
  }
  if (locals.empty()) return {};
  auto binding = Binding::open(loop_, locals, options_.socket_buffer_bytes, core_config(true), *this);
  if (!binding) return Failure(binding.error().code, "bind: " + binding.error().what);
  log_grants(**binding);
  bindings_.push_back(*std::move(binding));
  return {};
}

EndpointConfig Driver::core_config(bool accept) const {
  EndpointConfig config;
  config.identity = options_.identity;
  config.accept = accept;
  config.transport = options_.transport;
  config.max_connections = options_.max_connections;
  config.max_half_open = options_.max_half_open;
  config.cookie_free_handshakes_per_second = options_.cookie_free_handshakes_per_second;
  config.message_budget_bytes = options_.message_budget_bytes;
  config.log = options_.log;
  config.trace = options_.trace;
  config.pre_shared_key = options_.pre_shared_key;
  config.require_pre_shared_key = options_.require_pre_shared_key;
  config.require_client_key = options_.require_client_key;
  config.source_handshakes_per_second = options_.source_handshakes_per_second;
  config.source_handshakes_burst = options_.source_handshakes_burst;
  config.reset_label = options_.reset_label;
  return config;
}

void Driver::log(LogLevel level, const std::string& line) const {
  if (options_.log) options_.log(level, line);
}

void Driver::log_grants(const Binding& binding) const {
  for (std::size_t at = 0; at < binding.socket_count(); ++at) {
    const SocketInfo& info = binding.info(at);
    if (std::min(info.receive_buffer_bytes, info.send_buffer_bytes) >= options_.socket_buffer_bytes) continue;
    log(LogLevel::warning, info.local.to_string() + ": the system granted socket buffers of " +
                               std::to_string(info.receive_buffer_bytes) + " bytes to receive and " +
                               std::to_string(info.send_buffer_bytes) + " to send, asked for " +
                               std::to_string(options_.socket_buffer_bytes) +
                               " (on Linux: net.core.rmem_max, net.core.wmem_max)");
  }
}

void Driver::note_work() {
  has_work_ = true;
  stay_awake();
}

void Driver::on_due() {
  is_due_ = true;
  stay_awake();
}

void Driver::stay_awake() {
  uv_idle_start(again_.get(), [](uv_idle_t*) {});
}

// The loop runs its timers before it polls, and among what it polled in any order.
void Driver::turn_after_poll() {
  if (std::exchange(is_due_, false))
    for (const auto& binding : bindings_) binding->handle_due();
  turn();
}

void Driver::turn() {
  if (!has_work_) return;
  for (int round = 0; round < kRoundsPerTurn && has_work_; ++round) {
    has_work_ = false;
    deliver_local();
    look_for_lost();
    poll_waiting();
    drain_all();
  }
  if (!local_.empty()) has_work_ = true;
  if (has_work_ || is_due_)
    stay_awake();
  else
    uv_idle_stop(again_.get());
  keep_loop_alive();
  if (state_ == State::closing) linger(monotonic_now());  // may destroy this
}

// By index: a callback may connect and so add a binding.
void Driver::drain_all() {
  for (std::size_t i = 0; i < bindings_.size(); ++i) {
    if (!bindings_[i]->has_work()) continue;
    bindings_[i]->drain();
    if (bindings_[i]->has_work()) has_work_ = true;
  }
}

// All other handles are unreferenced; the prepare handle speaks for the endpoint.
void Driver::keep_loop_alive() {
  const bool busy = !peers_.empty() || !local_.empty() || state_ == State::closing;
  auto* const handle = reinterpret_cast<uv_handle_t*>(prepare_.get());
  if (busy || serving_)
    uv_ref(handle);
  else
    uv_unref(handle);
}

void Driver::close(std::uint64_t code, std::string_view reason, Duration drain, std::function<void()> done) {
  if (!closing_) closing_ = Closing{code, std::string(reason), std::nullopt, {}};
  if (done) closing_->done.push_back(std::move(done));
  state_ = State::closing;
  peers_.for_each(
      [&](ConnectionHandle slot, std::unique_ptr<Peer>&) { close_peer(to_id(slot), code, reason, drain); });
  note_work();
  keep_loop_alive();
}

void Driver::linger(Instant now) {
  if (!peers_.empty() || !local_.empty()) return;
  if (!closing_->linger_until) closing_->linger_until = now + kLingerMax;
  if (is_quiet() || now >= *closing_->linger_until) return finish();
  timer_->set(closing_->linger_until, now);
}

bool Driver::is_quiet() const {
  return std::all_of(bindings_.begin(), bindings_.end(), [](const std::unique_ptr<Binding>& binding) {
    return binding->core().connection_count() == 0;
  });
}

// The last `done` may destroy the endpoint, so nothing here is touched after it.
void Driver::finish() {
  state_ = State::closed;
  serving_ = false;
  statistics();
  network_watch_.reset();
  refusals_.clear();
  refuge_.reset();
  bindings_.clear();
  keep_loop_alive();
  const std::vector<std::function<void()>> done = std::move(closing_->done);
  closing_->done.clear();
  for (const std::function<void()>& call : done) call();
}

const std::vector<SocketInfo>& Driver::sockets() {
  socket_infos_.clear();
  for (const auto& binding : bindings_)
    for (std::size_t at = 0; at < binding->socket_count(); ++at) socket_infos_.push_back(binding->info(at));
  return socket_infos_;
}

std::string Driver::url(std::size_t index) {
  if (index >= sockets().size()) return {};
  const Address address = reachable(socket_infos_[index].local);
  Url url;
  url.host = without_port(address);
  url.port = address.port;
  if (options_.identity) url.key = options_.identity.public_key();
  return url.to_string();
}

// After the sockets are closed the last sum stays.
const EndpointStatistics& Driver::statistics() {
  if (bindings_.empty()) return statistics_;
  statistics_ = {};
  for (const auto& binding : bindings_) add(statistics_, binding->core().statistics());
  return statistics_;
}

}  // namespace rudp::uv
