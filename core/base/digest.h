// SPDX-License-Identifier: Apache-2.0
// SHA-256, and bytes as lower-case hex. Pure functions over libcrypto; large frames are hashed in the hosts as they
// arrive.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rekam {

/// The 32 bytes of the SHA-256 of `bytes`. Throws std::runtime_error only when libcrypto itself is broken.
std::string sha256(std::string_view bytes);

/// 64 hex digits of the SHA-256 of `bytes`; throws as sha256().
std::string sha256_hex(std::string_view bytes);

/// Lower-case hex of `bytes`.
std::string to_hex(std::string_view bytes);
/// The bytes of lower-case hex; nothing for anything else.
std::optional<std::string> from_hex(std::string_view digits);

} // namespace rekam
