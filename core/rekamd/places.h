// SPDX-License-Identifier: Apache-2.0
// The directories of a running station: made with the right modes, and held by one rekamd at a time.
#pragma once

#include "core/io/fd.h"

#include <filesystem>
#include <stdexcept>
#include <string>

namespace rekam::rekamd {

/// Another rekamd holds the directory; the text says which, and since when.
class HeldByAnother : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Makes the directory (and its parents) if need be. Throws std::runtime_error where it is another user's, can be
/// written by others, or cannot be made.
void make_directory(const std::filesystem::path& directory, unsigned mode);

/// Holds the directory until the result is closed, or this process ends in whatever way. Throws HeldByAnother.
io::Fd hold_directory(const std::filesystem::path& directory);

/// The key that clients of the loopback ports show: read from DIRECTORY/station.key (0640), made when it is not there.
std::string station_key(const std::filesystem::path& directory);

/// What signs the journal: 32 bytes from DIRECTORY/journal.key (0600), made when it is not there. One that others could
/// read is replaced: the journal says whose word counts from then on.
std::string journal_seed(const std::filesystem::path& directory);

} // namespace rekam::rekamd
