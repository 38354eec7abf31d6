// Chat messages to bytes and back. Whatever the peer sends becomes a valid value
// or an error; nothing above this file looks at bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <rudp/error.hpp>
#include <rudp/types.hpp>

#include "chat/messages.hpp"

namespace chat {

/// What a request may carry beside its text: names, ids, what was seen.
constexpr std::size_t kRequestOverheadBytesMax = 16 * 1024;
/// The largest reply; the default size limit of an rudp message.
constexpr std::size_t kReplyBytesMax = 16 * 1024 * 1024;
/// Entries in `seen` and `up_to`; a client with more sends the newest.
constexpr std::size_t kSeenEntriesMax = 200;
/// Bytes of a name as a client may send it, before the rules of names.hpp.
constexpr std::size_t kNameFieldBytesMax = 512;
/// Bytes of a password field, before the rules of passwords.hpp.
constexpr std::size_t kPasswordFieldBytesMax = 1024;
/// Bytes of version, language and reason fields.
constexpr std::size_t kShortFieldBytesMax = 256;

std::vector<std::uint8_t> encode(const Request& request);
std::vector<std::uint8_t> encode(const Reply& reply);

/// Reads a client's bytes, at most `bytes_max` of them. Ids of the right length,
/// numbers in the range of a signed 64-bit integer, valid UTF-8, fields within
/// the limits above; texts and names still have to pass their own rules.
/// Errors: too_large, malformed.
rudp::Result<Request> decode_request(rudp::Bytes bytes, std::size_t bytes_max);

/// Reads a server's bytes. Errors: too_large, malformed.
rudp::Result<Reply> decode_reply(rudp::Bytes bytes);

}  // namespace chat
