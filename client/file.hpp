// Files and folders, through libuv: whole files, owner only, durable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <rudp/error.hpp>

namespace client::file {

/// The whole file. Errors: io_error and permission_denied, `what` names the path and
/// the reason; too_large above `bytes_max`.
rudp::Result<std::string, rudp::Failure> read(const std::string& path, std::size_t bytes_max);
bool exists(const std::string& path);
/// Writes the file (mode 0600) under another name, fsyncs it and puts it in its place:
/// whatever happens, there is the old one or the new one. Durable when it returns.
rudp::Result<void, rudp::Failure> replace(const std::string& path, std::string_view content);
/// Creates the folder and those above it (mode 0700) where they are missing.
rudp::Result<void, rudp::Failure> make_folder(const std::string& path);
/// The names in a folder, in their order as bytes; none where there is no such folder.
std::vector<std::string> list(const std::string& folder);
void remove(const std::string& path);
/// The part before the last slash.
std::string folder_of(const std::string& path);

/// "/usr/bin" for /usr/bin/rchat: the folder of the program that runs; empty where unknown.
std::string program_folder();
/// An environment variable; empty where it is not set.
std::string environment(const char* name);
/// $HOME as the system knows it; empty where it does not.
std::string home_folder();

}  // namespace client::file
