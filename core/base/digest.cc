// SPDX-License-Identifier: Apache-2.0
#include "core/base/digest.h"

#include <nettle/sha2.h>

namespace rekam {

struct Sha256::Context {
    Context() { ::sha256_init(&state); }
    sha256_ctx state;
};

namespace {

std::string digest_of(sha256_ctx& state) {
    std::string digest(SHA256_DIGEST_SIZE, '\0');
    ::sha256_digest(&state, digest.size(), reinterpret_cast<std::uint8_t*>(digest.data()));
    return digest;
}

void add(sha256_ctx& state, std::string_view bytes) {
    ::sha256_update(&state, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

} // namespace

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) { add(context_->state, bytes); }
std::string Sha256::finish() { return digest_of(context_->state); }

std::string to_hex(std::string_view bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        hex.push_back(digits[byte >> 4]);
        hex.push_back(digits[byte & 15]);
    }
    return hex;
}

std::optional<std::string> from_hex(std::string_view digits) {
    const auto value = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
    if (digits.size() % 2 != 0)
        return std::nullopt;
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int high = value(digits[i]), low = value(digits[i + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        bytes.push_back(static_cast<char>(high * 16 + low));
    }
    return bytes;
}

std::string sha256(std::string_view bytes) {
    sha256_ctx state;
    ::sha256_init(&state);
    add(state, bytes);
    return digest_of(state);
}

std::string sha256_hex(std::string_view bytes) { return to_hex(sha256(bytes)); }

} // namespace rekam
