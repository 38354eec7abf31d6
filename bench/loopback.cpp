// What carrying bytes and small messages costs over loopback: rudp, encrypted, beside ENet, kernel TCP and
// TLS.
//
//   loopback [--seconds N] [--runs N] [bulk] [small]      2 seconds, 5 runs, both unless told otherwise
//
// Sender and receiver are processes on cores of their own, the first and the last. Runs are interleaved over
// the transports, and medians printed, as Markdown. On a busy machine throughput says little: look at CPU
// time, and at the columns "against rudp", which are medians of what the others needed in the same run,
// divided by rudp's.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <rudp/random.hpp>

#include "bench/numbers.hpp"
#include "bench/options.hpp"
#include "bench/pair.hpp"

namespace {

using namespace bench;

constexpr std::size_t kLoopbackMtu = 65'536;
constexpr Duration kWarmUp = 500ms;

std::vector<Transport> transports(Workload workload) {
  std::vector<Transport> all;
  if (workload == Workload::bulk) all.push_back(rudp_transport("rudp, stream", RudpVariant::stream, {}));
  all.push_back(rudp_transport("rudp, messages", RudpVariant::messages, {}));
  all.push_back(enet_transport());
  all.push_back(tcp_transport("TCP", ""));
  all.push_back(tls_transport());
  return all;
}

std::optional<Span> run(const Transport& transport, Workload workload, Duration length) {
  PeerOptions options;
  options.workload = workload;
  options.path_mtu = kLoopbackMtu;
  options.variant = transport.variant;
  options.identity = rudp::Identity::generate(rudp::system_random());
  Pair pair(transport, options, {[] { pin_to(Core::first); }, [] { pin_to(Core::last); }});
  if (!pair.wait_until_connected(5s)) return std::nullopt;
  sleep_for(kWarmUp);
  return pair.measure(length);
}

double seconds(Duration length) { return static_cast<double>(length.count()) * 1e-9; }

/// One transport's column of runs.
struct Row {
  std::string name;
  std::vector<double> per_second, sender_cost, receiver_cost, against_first;
};

/// `unit` units of the workload are 1 in the table.
void note(Row& row, const Row& first, const Span& span, double units) {
  row.per_second.push_back(units / seconds(span.length));
  row.sender_cost.push_back(seconds(span.sender_cpu) / units);
  row.receiver_cost.push_back(seconds(span.receiver_cpu) / units);
  const double own = row.sender_cost.back() + row.receiver_cost.back();
  const double of_first = first.sender_cost.back() + first.receiver_cost.back();
  row.against_first.push_back(own / of_first);
}

std::vector<Row> measure(Workload workload, int runs, Duration length) {
  const std::vector<Transport> all = transports(workload);
  std::vector<Row> rows;
  for (const Transport& transport : all) rows.push_back({transport.name, {}, {}, {}, {}});
  for (int run_number = 0; run_number < runs; ++run_number) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto span = run(all[i], workload, length);
      if (!span || span->bytes == 0) give_up(all[i].name + " carried nothing");
      const double units = workload == Workload::bulk ? static_cast<double>(span->bytes) / 1e9
                                                      : static_cast<double>(span->messages) / 1e6;
      note(rows[i], rows[0], *span, units);
    }
  }
  return rows;
}

void print(const char* title, const char* head, double per_second_scale, const std::vector<Row>& rows) {
  std::printf("%s\n\n%s\n|---|---:|---:|---:|---:|\n", title, head);
  for (const Row& row : rows)
    std::printf("| %s | %.2f | %.2f | %.2f | %.2f |\n", row.name.c_str(),
                median(row.per_second) * per_second_scale, median(row.sender_cost), median(row.receiver_cost),
                median(row.against_first));
  std::printf("\n");
}

void bulk(int runs, Duration length) {
  print("Bulk, one connection, one way:",
        "| | MB/s | CPU s/GB, sender | CPU s/GB, receiver | CPU of both, against rudp |", 1e3,
        measure(Workload::bulk, runs, length));
}

// Seconds for a million messages are microseconds for one.
void small(int runs, Duration length) {
  print("Messages of 64 bytes, reliable and in order:",
        "| | million/s | CPU us/message, sender | CPU us/message, receiver | CPU of both, against rudp |", 1,
        measure(Workload::small, runs, length));
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line(argc, argv);
  const Duration length = line.number("seconds", 1, 2) * 1s;
  const int runs = line.number("runs", 1, 5);
  for (const std::string& word : line.words({"bulk", "small"}))
    word == "bulk" ? bulk(runs, length) : small(runs, length);
  return 0;
}
