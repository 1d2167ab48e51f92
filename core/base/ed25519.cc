// SPDX-License-Identifier: Apache-2.0
#include "core/base/ed25519.h"

#include <openssl/evp.h>

#include <stdexcept>

namespace rekam {
namespace {

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

[[noreturn]] void fail(const char* what) { throw std::runtime_error(std::string("libcrypto could not ") + what); }

} // namespace

struct SigningKey::Key {
    KeyPtr key{nullptr, &EVP_PKEY_free};
};

SigningKey::SigningKey(std::string_view seed) : key_(std::make_unique<Key>()) {
    key_->key.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed.size()));
    if (!key_->key)
        fail("make an Ed25519 key of this seed");
}

SigningKey::~SigningKey() = default;
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;

std::string SigningKey::public_key() const {
    std::string key(public_bytes, '\0');
    std::size_t size = key.size();
    if (EVP_PKEY_get_raw_public_key(key_->key.get(), reinterpret_cast<unsigned char*>(key.data()), &size) != 1)
        fail("give the public key");
    return key;
}

std::string SigningKey::sign(std::string_view text) const {
    std::string signature(signature_bytes, '\0');
    std::size_t size = signature.size();
    const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_->key.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes_of(text),
                       text.size()) != 1)
        fail("sign");
    return signature;
}

bool is_signed(std::string_view text, std::string_view signature, std::string_view public_key) {
    const KeyPtr key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(public_key), public_key.size()),
                     &EVP_PKEY_free);
    const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
}

} // namespace rekam
