// Reads Noise test vectors in the JSON format that Noise implementations exchange.
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/hex.hpp"

namespace test {

/// The part of JSON that the format uses: objects, arrays, strings without escapes.
struct Json {
  std::string text;
  std::vector<Json> items;
  std::map<std::string, Json> fields;

  bool has(const std::string& name) const { return fields.count(name) != 0; }
  std::vector<std::uint8_t> bytes(const std::string& name) const {
    return has(name) ? from_hex(fields.at(name).text) : std::vector<std::uint8_t>();
  }
  std::vector<std::vector<std::uint8_t>> list_of_bytes(const std::string& name) const {
    std::vector<std::vector<std::uint8_t>> list;
    if (!has(name)) return list;
    for (const Json& item : fields.at(name).items) list.push_back(from_hex(item.text));
    return list;
  }
};

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : rest_(text) {}

  Json value() {
    switch (peek()) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return Json{string(), {}, {}};
      default:
        throw std::runtime_error("a value that Noise vectors do not have");
    }
  }

 private:
  char peek() {
    const std::size_t start = rest_.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) throw std::runtime_error("the vectors end too early");
    rest_.remove_prefix(start);
    return rest_.front();
  }
  bool skip(char wanted) {
    if (peek() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!skip(wanted)) throw std::runtime_error(std::string("expected ") + wanted);
  }
  std::string string() {
    expect('"');
    const std::size_t end = rest_.find('"');
    if (end == std::string_view::npos) throw std::runtime_error("a string without an end");
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }
  Json object() {
    Json json;
    expect('{');
    if (skip('}')) return json;
    do {
      std::string name = string();
      expect(':');
      json.fields.emplace(std::move(name), value());
    } while (skip(','));
    expect('}');
    return json;
  }
  Json array() {
    Json json;
    expect('[');
    if (skip(']')) return json;
    do json.items.push_back(value());
    while (skip(','));
    expect(']');
    return json;
  }

  std::string_view rest_;
};

struct NoiseVector {
  struct Side {
    std::vector<std::uint8_t> prologue, ephemeral, static_key, remote_static;
    std::vector<std::vector<std::uint8_t>> psks;
  };
  struct Message {
    std::vector<std::uint8_t> payload, ciphertext;
  };

  std::string protocol_name;  ///< "Noise_NK_25519_ChaChaPoly_BLAKE2b"
  std::string pattern;        ///< "NK"
  Side initiator, responder;
  std::vector<std::uint8_t> handshake_hash;
  std::string exported_label;                            ///< in vectors of our own, else empty
  std::vector<std::vector<std::uint8_t>> exported_keys;  ///< two, where there is a label
  std::vector<Message> messages;
};

inline NoiseVector::Side noise_side_of(const Json& json, const std::string& side) {
  return {json.bytes(side + "_prologue"), json.bytes(side + "_ephemeral"), json.bytes(side + "_static"),
          json.bytes(side + "_remote_static"), json.list_of_bytes(side + "_psks")};
}

inline NoiseVector noise_vector_of(const Json& json) {
  NoiseVector vector;
  vector.protocol_name = json.fields.at("protocol_name").text;
  const std::string name = vector.protocol_name.substr(vector.protocol_name.find('_') + 1);
  vector.pattern = name.substr(0, name.find('_'));
  vector.initiator = noise_side_of(json, "init");
  vector.responder = noise_side_of(json, "resp");
  vector.handshake_hash = json.bytes("handshake_hash");
  if (json.has("exported_label")) vector.exported_label = json.fields.at("exported_label").text;
  vector.exported_keys = json.list_of_bytes("exported_keys");
  for (const Json& message : json.fields.at("messages").items) {
    vector.messages.push_back({message.bytes("payload"), message.bytes("ciphertext")});
  }
  return vector;
}

/// Throws std::runtime_error for a file that is missing or not in the format.
inline std::vector<NoiseVector> load_noise_vectors(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const Json json = JsonReader(text).value();
  std::vector<NoiseVector> vectors;
  for (const Json& item : json.fields.at("vectors").items) vectors.push_back(noise_vector_of(item));
  return vectors;
}

}  // namespace test
