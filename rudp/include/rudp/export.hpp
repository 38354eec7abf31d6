// Marks what the shared libraries export.
#pragma once

#if defined(_WIN32)
#define RUDP_API
#else
#define RUDP_API __attribute__((visibility("default")))
#endif
