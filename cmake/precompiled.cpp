// A target that precompiles headers needs a source; see Headers.cmake.
