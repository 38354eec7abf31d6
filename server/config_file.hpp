// The configuration file: TOML to a Config, and a commented file with every key.
#pragma once

#include <string>
#include <string_view>

#include <rudp/error.hpp>

#include "server/config.hpp"

namespace server {

/// The values of `text` over those of `start`. An unknown key, a value of the
/// wrong type or outside its range: one sentence that begins with
/// "FILE:LINE:COLUMN: " and names the key.
rudp::Result<Config, std::string> parse_config(std::string_view text, const std::string& file_name,
                                               Config start = {});
/// The same from a file; one that cannot be read is a sentence too.
rudp::Result<Config, std::string> load_config(const std::string& path, Config start = {});

/// A file with every key, what it means, and its value in `config`.
std::string print_config(const Config& config);

}  // namespace server
