#include "client/clusters.hpp"

#include "words.hpp"

#include "support/cmocka.hpp"

namespace {

using client::split_clusters;
using client::width_of;

void each_of_these_is_one_cluster(void**) {
  for (const std::string_view text : test::kClusters) {
    const auto clusters = split_clusters(text);
    assert_int_equal(clusters.size(), 1);
    assert_int_equal(clusters[0].size, text.size());
  }
}

void chinese_and_emoji_take_two_columns(void**) {
  for (const char* wide :
       {"中", "，", "𠀀", "😀", "👍🏽", "👩‍👩‍👧", "❤️", "🇨🇳", "각", "「"}) {
    assert_int_equal(width_of(wide), 2);
  }
  for (const char* narrow : {"a", "é", "e\u0301", "ﾊ", "ก"}) assert_int_equal(width_of(narrow), 1);
}

void clusters_cover_the_text_without_gaps(void**) {
  test::Dice dice(3);
  for (int i = 0; i < 2'000; ++i) {
    const std::string text = test::random_text(dice, 30);
    std::size_t at = 0, width = 0;
    for (const client::Cluster& cluster : split_clusters(text)) {
      assert_int_equal(cluster.begin, at);
      assert_true(cluster.size > 0);
      at += cluster.size;
      width += cluster.width;
    }
    assert_int_equal(at, text.size());
    assert_int_equal(width, width_of(text));
  }
}

void a_byte_that_is_no_text_is_a_cluster(void**) {
  const auto clusters = split_clusters(
      "a\xff\xfe"
      "b");
  assert_int_equal(clusters.size(), 4);
  assert_int_equal(clusters[1].width, 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_of_these_is_one_cluster),
      cmocka_unit_test(chinese_and_emoji_take_two_columns),
      cmocka_unit_test(clusters_cover_the_text_without_gaps),
      cmocka_unit_test(a_byte_that_is_no_text_is_a_cluster),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
