// SPDX-License-Identifier: Apache-2.0
// The journal that lies in files: what of it counts, and whether each file is what the station wrote.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rekam::prove {

/// The entries of this kind that lie in files, in their order. Only files before the store's first row count: another
/// one is of a move that was cut off, and its rows are still in the store. Throws std::runtime_error for a gap, and for
/// a file that is not whole, or not the one that the journal says.
std::vector<std::string> moved_entries(const std::filesystem::path& store, const std::filesystem::path& folder,
                                       const std::string& public_key, const std::string& kind);

} // namespace rekam::prove
