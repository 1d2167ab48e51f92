// SPDX-License-Identifier: Apache-2.0
// Ed25519 (RFC 8032) by nettle, which is linked for SHA-256 already: no second library for one signature. Pure.
#pragma once

#include <string>
#include <string_view>

namespace rekam {

class SigningKey {
  public:
    static constexpr std::size_t seed_bytes = 32, public_bytes = 32, signature_bytes = 64;

    /// `seed`: seed_bytes from the kernel's generator, the same seed is the same key. Throws std::invalid_argument for
    /// another length.
    explicit SigningKey(std::string_view seed);

    [[nodiscard]] const std::string& public_key() const { return public_key_; }
    /// Always the same for the same text.
    [[nodiscard]] std::string sign(std::string_view text) const;

  private:
    std::string seed_, public_key_;
};

/// False also for a key or signature that is none.
bool is_signed(std::string_view text, std::string_view signature, std::string_view public_key);

} // namespace rekam
