// SPDX-License-Identifier: Apache-2.0
#include "core/base/ed25519.h"

#include <nettle/eddsa.h>

#include <cstdint>
#include <stdexcept>

namespace rekam {
namespace {

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }
std::uint8_t* bytes_of(std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); }

} // namespace

SigningKey::SigningKey(std::string_view seed) : seed_(seed), public_key_(public_bytes, '\0') {
    static_assert(seed_bytes == ED25519_KEY_SIZE && public_bytes == ED25519_KEY_SIZE &&
                  signature_bytes == ED25519_SIGNATURE_SIZE);
    if (seed.size() != seed_bytes)
        throw std::invalid_argument("the seed of an Ed25519 key has " + std::to_string(seed_bytes) +
                                    " bytes, this one " + std::to_string(seed.size()));
    ::ed25519_sha512_public_key(bytes_of(public_key_), bytes_of(seed));
}

std::string SigningKey::sign(std::string_view text) const {
    std::string signature(signature_bytes, '\0');
    ::ed25519_sha512_sign(bytes_of(std::string_view(public_key_)), bytes_of(std::string_view(seed_)), text.size(),
                          bytes_of(text), bytes_of(signature));
    return signature;
}

bool is_signed(std::string_view text, std::string_view signature, std::string_view public_key) {
    return signature.size() == SigningKey::signature_bytes && public_key.size() == SigningKey::public_bytes &&
           ::ed25519_sha512_verify(bytes_of(public_key), text.size(), bytes_of(text), bytes_of(signature)) == 1;
}

} // namespace rekam
