// SPDX-License-Identifier: Apache-2.0
// JSON text to a Boost.JSON value, strictly and under limits: the one place where header bytes are parsed.
#pragma once

#include "core/model/error.h"

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <map>
#include <string>
#include <string_view>

namespace rekam::wire {

template <class T> using Expected = boost::system::result<T, model::Error>;

struct JsonLimits {
    std::size_t bytes = 64 * 1024;
    std::size_t keys = 2'048; ///< over all objects; 64 KiB of keys would take 0.7 ms
    std::size_t depth = 32;
};

/// Parses one JSON document. Refused with `bad-request` or `too-large`: more bytes, keys or nesting than the limits,
/// duplicate keys, invalid UTF-8, anything behind the document. Numbers with a fraction or exponent stay doubles, so
/// that the reader can refuse `1.0` where an integer is asked for. `storage` holds the parts of the value: the heap, if
/// nothing else is named.
Expected<boost::json::value> parse_json(std::string_view text, const JsonLimits& limits = {},
                                        const boost::json::storage_ptr& storage = {});

/// The same value always gives the same text: keys sorted, no white space. For body hashes.
std::string canonical_json(const boost::json::value& value);

/// JSON text carried verbatim inside a record (capabilities, requires, vendor values).
struct RawJson {
    std::string text = "{}";
    bool operator==(const RawJson&) const = default;
};

/// A vendor's own keys ("acme:sharpen") with their values.
using VendorKeys = std::map<std::string, RawJson>;

/// Appends `text` as a JSON string literal.
void append_json_string(std::string& out, std::string_view text);

} // namespace rekam::wire

namespace rekam::model {
/// Lets Expected<T>::value() compile; Rekam asks has_value() first, so reaching it is a bug.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);
} // namespace rekam::model
