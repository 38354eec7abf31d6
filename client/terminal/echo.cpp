#include "client/terminal/echo.hpp"

#include <termios.h>
#include <unistd.h>

namespace client {

void set_echo(bool on) {
  termios settings{};
  if (::tcgetattr(STDIN_FILENO, &settings) != 0) return;
  constexpr tcflag_t kEcho = ECHO;
  const tcflag_t wanted = on ? settings.c_lflag | kEcho : settings.c_lflag & ~kEcho;
  if (wanted == settings.c_lflag) return;
  settings.c_lflag = wanted;
  // What was typed ahead stays.
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &settings);
}

}  // namespace client
