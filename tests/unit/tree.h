// SPDX-License-Identifier: Apache-2.0
// Where tests find the project's own files; ctest says it in two variables.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace rekam::test {

/// The folder that `variable` names. Throws where it is not set: a test that looked elsewhere would find other files or
/// none.
inline std::filesystem::path folder_in(const char* variable) {
    const char* const value = std::getenv(variable);
    if (!value)
        throw std::runtime_error(std::string(variable) + " is not set; run the tests through ctest or ./dev test");
    return value;
}

inline std::filesystem::path source_dir() { return folder_in("REKAM_SOURCE_DIR"); }

inline std::filesystem::path build_dir() { return folder_in("REKAM_BUILD_DIR"); }

} // namespace rekam::test
