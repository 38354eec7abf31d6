#include "message/channel_table.hpp"

#include <vector>

#include "support/cmocka.hpp"

using rudp::ChannelId;
using rudp::message::ChannelTable;

namespace {

using Ids = std::vector<ChannelId>;

struct Channel {
  ChannelId id = 0;
  int messages = 0;
};

void a_channel_is_found_by_its_id_and_no_other(void**) {
  ChannelTable<Channel> table;
  assert_null(table.find(0));
  for (const ChannelId id : Ids{7, 0, 65535, 300}) table.add(id).messages = id;
  assert_int_equal(table.size(), 4);
  for (const ChannelId id : Ids{7, 0, 65535, 300}) assert_int_equal(table.find(id)->messages, id);
  for (const ChannelId id : Ids{1, 6, 8, 299, 301, 65534}) assert_null(table.find(id));
}

void channels_stay_where_they_are(void**) {
  ChannelTable<Channel> table;
  const Channel* const first = &table.add(500);
  for (ChannelId id = 0; id < 500; ++id) table.add(id);
  assert_ptr_equal(table.find(500), first);
}

void a_walk_meets_each_channel_once_in_order(void**) {
  ChannelTable<Channel> table;
  for (const ChannelId id : Ids{9, 2, 4}) table.add(id);
  Ids ids;
  for (const auto& channel : table) ids.push_back(channel->id);
  assert_true((ids == Ids{2, 4, 9}));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_channel_is_found_by_its_id_and_no_other),
      cmocka_unit_test(channels_stay_where_they_are),
      cmocka_unit_test(a_walk_meets_each_channel_once_in_order),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
