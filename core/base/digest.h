// SPDX-License-Identifier: Apache-2.0
// SHA-256 by nettle, and bytes as lower-case hex. Pure. Nettle uses the processor's own instructions as libcrypto does,
// is as fast, and costs a process nothing: of libcrypto each host had 400 KB for itself, and a third of a millisecond
// at its start.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rekam {

/// Of bytes that come one after the other.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void update(std::string_view bytes);
    /// The 32 bytes of the hash of all that came; then it begins anew.
    std::string finish();

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// The 32 bytes of the SHA-256 of `bytes`.
std::string sha256(std::string_view bytes);

/// 64 hex digits of the SHA-256 of `bytes`.
std::string sha256_hex(std::string_view bytes);

/// Lower-case hex of `bytes`.
std::string to_hex(std::string_view bytes);
/// The bytes of lower-case hex; nothing for anything else.
std::optional<std::string> from_hex(std::string_view digits);

} // namespace rekam
