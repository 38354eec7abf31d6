// Which of the two socket and timer implementations is compiled.
#pragma once

#if defined(__linux__) && !defined(RUDP_UV_PORTABLE)
#define RUDP_UV_LINUX 1
#else
#define RUDP_UV_LINUX 0
#endif
