// SPDX-License-Identifier: Apache-2.0
#include "core/base/digest.h"
#include "core/base/ed25519.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace rekam {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string signed_by_libcrypto(std::string_view seed, std::string_view text) {
    const Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(seed), seed.size()), &EVP_PKEY_free);
    const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    std::string signature(SigningKey::signature_bytes, '\0');
    std::size_t size = signature.size();
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()), 1);
    EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, raw(text),
                             text.size()),
              1);
    return signature;
}

bool libcrypto_trusts(std::string_view text, std::string_view signature, std::string_view public_key) {
    const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(public_key), public_key.size()),
                  &EVP_PKEY_free);
    const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(text), text.size()) == 1;
}

TEST(Ed25519, IsThatOfRfc8032) { // section 7.1, test 2
    const SigningKey key(*from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
    EXPECT_EQ(to_hex(key.public_key()), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    EXPECT_EQ(to_hex(key.sign("\x72")), "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

/// A journal that was begun with libcrypto goes on, and its heads are still believed.
TEST(Ed25519, IsThatOfAnotherLibrary) {
    for (int i = 0; i < 50; ++i) {
        const std::string seed = sha256("seed " + std::to_string(i)), text(static_cast<std::size_t>(i * 7), 'x');
        const SigningKey key(seed);
        const std::string signature = key.sign(text);
        EXPECT_EQ(signature, signed_by_libcrypto(seed, text));
        EXPECT_TRUE(libcrypto_trusts(text, signature, key.public_key()));
        EXPECT_TRUE(is_signed(text, signature, key.public_key()));
    }
}

TEST(Ed25519, BelievesNothingElse) {
    const SigningKey key(std::string(32, 'k')), other(std::string(32, 'o'));
    const std::string text = "a head", good = key.sign(text);
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string changed = good;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(is_signed(text, changed, key.public_key())) << i;
    }
    EXPECT_FALSE(is_signed("another head", good, key.public_key()));
    EXPECT_FALSE(is_signed(text, good, other.public_key()));
    EXPECT_FALSE(is_signed(text, good.substr(1), key.public_key()));
    EXPECT_FALSE(is_signed(text, "", key.public_key()));
    EXPECT_FALSE(is_signed(text, good, key.public_key().substr(1)));
    EXPECT_FALSE(is_signed(text, good, std::string(32, '\xff')));
    EXPECT_THROW(SigningKey("too short"), std::invalid_argument);
}

} // namespace
} // namespace rekam
