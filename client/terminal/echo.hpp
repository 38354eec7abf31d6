// Whether a terminal in line mode shows what is typed.
#pragma once

namespace client {

/// Does nothing where standard input is no terminal.
void set_echo(bool on);

}  // namespace client
