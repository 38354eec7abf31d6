// The cryptographic library has to be started once before anything else here works.
#pragma once

namespace rudp::crypto {

/// Starts the cryptographic library; every call after the first costs one load.
/// Safe from every thread. Ends the program with a sentence on standard error
/// where it cannot start, because going on would mean unsafe keys.
void initialize();

}  // namespace rudp::crypto
