// SPDX-License-Identifier: Apache-2.0
// A file to send to whoever helps: a tar of texts, packed with gzip. Through libarchive, as neither the texts nor a
// second program should have to touch the disk; gzip, as every machine opens it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace rekam::ctl {

using BundleFiles = std::vector<std::pair<std::string, std::string>>; ///< name in the bundle, text

/// Writes a new file; one that is there stays as it is, and half a bundle is not left behind. When this returns, the
/// bundle is on the disk. Throws std::runtime_error that says what to do.
void write_bundle(const std::string& path, const std::string& folder, const BundleFiles& files);

} // namespace rekam::ctl
