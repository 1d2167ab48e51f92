// SPDX-License-Identifier: Apache-2.0 OR MIT
//
// rekam/cpp/error.hpp: the error that C++ drivers throw, and how it becomes a rekam_error_t. Exceptions end here:
// guard() is around every call that the host makes.
#pragma once

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "../plugin.h"

namespace rekam::plugin {

// Copies text into a fixed array: always ended by a zero byte, cut at a UTF-8 boundary.
template <std::size_t N> constexpr void put_text(char (&out)[N], std::string_view text) {
    std::size_t length = std::min(text.size(), N - 1);
    if (length < text.size())
        while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0u) == 0x80u)
            --length;
    for (std::size_t i = 0; i < N; ++i)
        out[i] = i < length ? text[i] : '\0';
}

// Thrown by a driver; caught by the wrapper. `throw Error(REKAM_E_JAM, "sheet stuck at the exit").hint("open-cover");`
class Error : public std::exception {
  public:
    Error(uint32_t code, std::string message) : message_(std::move(message)), code_(code) {}

    Error& vendor_code(int64_t value) {
        vendor_code_ = value;
        return *this;
    }
    Error& hint(std::string value) {
        hint_ = std::move(value);
        return *this;
    }
    Error& parameter(std::string value) {
        parameter_ = std::move(value);
        return *this;
    }
    Error& retry(rekam_retry value) {
        retry_ = value;
        return *this;
    }
    Error& effect(rekam_effect value) {
        effect_ = value;
        return *this;
    }

    const char* what() const noexcept override { return message_.c_str(); }
    uint32_t code() const { return code_; }
    bool says_effect() const { return effect_.has_value(); }

    uint32_t write(rekam_error_t* out) const {
        out->code = code_;
        out->vendor_code = vendor_code_;
        out->retry = static_cast<uint32_t>(retry_);
        out->effect = static_cast<uint32_t>(effect_.value_or(REKAM_EFFECT_NONE));
        put_text(out->hint, hint_);
        put_text(out->parameter, parameter_);
        put_text(out->message, message_);
        return code_;
    }

  private:
    std::string message_, hint_, parameter_;
    int64_t vendor_code_ = 0;
    uint32_t code_;
    rekam_retry retry_ = REKAM_RETRY_DEFAULT;
    std::optional<rekam_effect> effect_;
};

// A refused parameter; the host says its name before the message.
inline Error unsupported(const std::string& parameter) {
    return Error(REKAM_E_UNSUPPORTED_PARAMETER, "this device does not have it").parameter(parameter);
}

inline Error out_of_range(const std::string& parameter, const std::string& allowed) {
    return Error(REKAM_E_OUT_OF_RANGE, "must be " + allowed).parameter(parameter);
}

// Runs body and turns whatever it throws into a code and a filled record. Never throws.
template <class Body> uint32_t guard(rekam_error_t* error, Body&& body) noexcept {
    try {
        std::forward<Body>(body)();
        return REKAM_OK;
    } catch (const Error& e) {
        return e.write(error);
    } catch (const std::bad_alloc&) {
        error->code = REKAM_E_INTERNAL;
        put_text(error->message, "out of memory in the plugin");
    } catch (const std::exception& e) {
        error->code = REKAM_E_INTERNAL;
        put_text(error->message, e.what());
    } catch (...) {
        error->code = REKAM_E_INTERNAL;
        put_text(error->message, "the plugin threw something that is no std::exception");
    }
    return REKAM_E_INTERNAL;
}

// The same for what moves or writes a card. `unsure` is asked after a failure: it gets the Error, or nullptr for an exception
// that the driver did not foresee, and says whether nobody knows what became of the card: then the effect is UNKNOWN.
template <class Body, class Unsure> uint32_t guard_card(rekam_error_t* error, Body&& body, Unsure&& unsure) noexcept {
    bool failed = true, unknown = false;
    const uint32_t code = guard(error, [&] {
        try {
            std::forward<Body>(body)();
            failed = false;
        } catch (const Error& e) {
            failed = false;
            unknown = unsure(&e);
            throw;
        }
    });
    if (unknown || (failed && unsure(nullptr)))
        error->effect = REKAM_EFFECT_UNKNOWN;
    return code;
}

} // namespace rekam::plugin
