#include "crypto/noise_symmetric.hpp"

#include <vector>

#include "support/cmocka.hpp"

namespace {

using rudp::Bytes;
using rudp::Error;
using rudp::crypto::NoiseSymmetric;
using Buffer = std::vector<std::uint8_t>;

const Buffer kPlaintext = {1, 2, 3};

NoiseSymmetric symmetric() { return NoiseSymmetric(*rudp::crypto::find_pattern("NK")); }

NoiseSymmetric keyed() {
  NoiseSymmetric state = symmetric();
  state.mix_key(kPlaintext);
  return state;
}

Buffer encrypted(NoiseSymmetric& state) {
  Buffer out(kPlaintext.size() + state.tag_bytes());
  state.encrypt_and_hash(kPlaintext, out);
  return out;
}

void without_a_key_everything_is_plain_but_hashed(void**) {
  NoiseSymmetric state = symmetric();
  const auto before = state.hash();
  assert_true(encrypted(state) == kPlaintext);
  assert_false(state.hash() == before);
}

void two_states_in_step_understand_each_other(void**) {
  NoiseSymmetric writer = keyed();
  NoiseSymmetric reader = keyed();
  for (int i = 0; i < 3; ++i) {
    Buffer out(kPlaintext.size());
    assert_int_equal(*reader.decrypt_and_hash(encrypted(writer), out), kPlaintext.size());
    assert_true(out == kPlaintext);
    assert_true(reader.fingerprint() == writer.fingerprint());
  }
}

// Threat H7.
void a_failed_decryption_leaves_the_state_untouched(void**) {
  NoiseSymmetric writer = keyed();
  NoiseSymmetric reader = keyed();
  Buffer ciphertext = encrypted(writer);
  const auto before = reader.fingerprint();
  Buffer out(kPlaintext.size());
  ciphertext[0] ^= 1;
  assert_int_equal(reader.decrypt_and_hash(ciphertext, out).error(), Error::authentication_failed);
  ciphertext[0] ^= 1;
  assert_int_equal(reader.decrypt_and_hash(Bytes(ciphertext).first(15), out).error(), Error::truncated);
  assert_int_equal(reader.decrypt_and_hash(ciphertext, rudp::MutableBytes(out).first(2)).error(),
                   Error::buffer_too_small);
  assert_true(reader.fingerprint() == before);
  assert_true(reader.decrypt_and_hash(ciphertext, out).has_value());
}

void every_kind_of_input_changes_the_fingerprint(void**) {
  const auto start = keyed().fingerprint();
  NoiseSymmetric a = keyed();
  a.mix_hash({});
  NoiseSymmetric b = keyed();
  b.mix_key({});
  NoiseSymmetric c = keyed();
  c.mix_key_and_hash({});
  assert_false(a.fingerprint() == start);
  assert_false(b.fingerprint() == start);
  assert_false(c.fingerprint() == start);
  assert_false(b.fingerprint() == c.fingerprint());
  assert_true(keyed().clone().fingerprint() == start);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(without_a_key_everything_is_plain_but_hashed),
      cmocka_unit_test(two_states_in_step_understand_each_other),
      cmocka_unit_test(a_failed_decryption_leaves_the_state_untouched),
      cmocka_unit_test(every_kind_of_input_changes_the_fingerprint),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
