// SPDX-License-Identifier: Apache-2.0
#include "core/base/digest.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>

namespace rekam {
namespace {

std::string by_libcrypto(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EXPECT_EQ(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr), 1);
    return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string bytes(std::size_t count) {
    std::string made;
    for (std::size_t i = 0; i < count; ++i)
        made.push_back(static_cast<char>(i * 131 + (i >> 8)));
    return made;
}

TEST(Digest, IsThatOfFips180) {
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, OfEveryLengthIsThatOfAnotherLibrary) {
    const std::string all = bytes(300);
    for (std::size_t length = 0; length <= all.size(); ++length)
        EXPECT_EQ(sha256(all.substr(0, length)), by_libcrypto(all.substr(0, length))) << length;
}

TEST(Digest, InPiecesIsThatOfTheWhole) {
    const std::string all = bytes(100'000);
    Sha256 hash;
    for (std::size_t at = 0, piece = 1; at < all.size(); at += piece, piece = piece * 3 % 4'099 + 1)
        hash.update(std::string_view(all).substr(at, piece));
    EXPECT_EQ(hash.finish(), by_libcrypto(all));
}

TEST(Digest, BeginsAnewWhenItWasFinished) {
    Sha256 hash;
    hash.update("of another one");
    hash.finish();
    hash.update("abc");
    Sha256 moved(std::move(hash));
    EXPECT_EQ(moved.finish(), sha256("abc"));
}

TEST(Digest, HexIsThereAndBack) {
    EXPECT_EQ(to_hex(std::string("\0\xff\x1a", 3)), "00ff1a");
    EXPECT_EQ(from_hex("00ff1a"), std::string("\0\xff\x1a", 3));
    EXPECT_FALSE(from_hex("0"));
    EXPECT_FALSE(from_hex("0G"));
    EXPECT_FALSE(from_hex("FF"));
}

} // namespace
} // namespace rekam
