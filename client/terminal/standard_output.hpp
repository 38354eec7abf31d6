// Standard output and standard error, written whole.
#pragma once

#include <string_view>

namespace client {

enum class Stream { output, error };

/// Waits where the reader is slow. False: nobody reads any more.
bool write_all(Stream stream, std::string_view bytes);

bool is_terminal(Stream stream);
bool input_is_terminal();

/// What writing to a closed pipe does: false from write_all instead of the end of the program.
void ignore_broken_pipes();

}  // namespace client
