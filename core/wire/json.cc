// SPDX-License-Identifier: Apache-2.0
#include "core/wire/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

namespace rekam::model {
void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw std::logic_error(error.message);
}
} // namespace rekam::model

namespace rekam::wire {
namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;

/// Builds the value and counts what the limits bound. Boost's own parser keeps the last of two equal keys in silence,
/// so the keys seen are counted here and compared with the keys that the value holds at the end.
class Handler {
  public:
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = 256;
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    Handler(std::size_t max_keys, const json::storage_ptr& storage) : max_keys_(max_keys) { stack_.reset(storage); }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return true; }
    bool on_object_end(std::size_t size, error_code&) {
        stack_.push_object(size);
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t size, error_code&) {
        stack_.push_array(size);
        return true;
    }
    bool on_key_part(string_view part, std::size_t, error_code&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_key(string_view part, std::size_t, error_code& error) {
        if (++keys_ > max_keys_) {
            error = json::make_error_code(json::error::object_too_large);
            return false;
        }
        stack_.push_key(part);
        return true;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_string(string_view part, std::size_t, error_code&) {
        stack_.push_string(part);
        return true;
    }
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, string_view, error_code&) {
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, string_view, error_code&) {
        stack_.push_uint64(number);
        return true;
    }
    bool on_double(double number, string_view, error_code&) {
        stack_.push_double(number);
        return true;
    }
    bool on_bool(bool value, error_code&) {
        stack_.push_bool(value);
        return true;
    }
    bool on_null(error_code&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

    [[nodiscard]] std::size_t keys() const { return keys_; }
    json::value release() { return stack_.release(); }

  private:
    std::array<unsigned char, 2'048> scratch_; ///< enough for most headers, so that the stack asks for no memory
    json::value_stack stack_{{}, scratch_.data(), scratch_.size()};
    std::size_t max_keys_;
    std::size_t keys_ = 0;
};

std::size_t count_keys(const json::value& value) {
    std::size_t keys = 0;
    if (const auto* object = value.if_object()) {
        keys = object->size();
        for (const auto& member : *object)
            keys += count_keys(member.value());
    } else if (const auto* array = value.if_array()) {
        for (const auto& item : *array)
            keys += count_keys(item);
    }
    return keys;
}

/// Every character stands for itself, in Boost's writing too.
bool is_plain_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

void append_canonical(std::string& out, const json::value& value) {
    if (const auto* object = value.if_object()) {
        std::vector<const json::key_value_pair*> members;
        for (const auto& member : *object)
            members.push_back(&member);
        std::ranges::sort(members, {}, [](const auto* member) { return member->key(); });
        char separator = '{';
        for (const auto* member : members) {
            out += separator;
            append_json_string(out, member->key());
            out += ':';
            append_canonical(out, member->value());
            separator = ',';
        }
        out += members.empty() ? "{}" : "}";
    } else if (const auto* array = value.if_array()) {
        out += '[';
        for (std::size_t i = 0; i < array->size(); ++i) {
            if (i != 0)
                out += ',';
            append_canonical(out, (*array)[i]);
        }
        out += ']';
    } else if (const auto* text = value.if_string(); text && is_plain_ascii(*text)) {
        out += '"'; // what most values are, without setting up a serializer
        out += *text;
        out += '"';
    } else {
        out += json::serialize(value); // its bytes are in the body hashes of the store, so they stay
    }
}

} // namespace

Expected<json::value> parse_json(std::string_view text, const JsonLimits& limits, const json::storage_ptr& storage) {
    using model::Code;
    if (text.size() > limits.bytes)
        return model::make_error(Code::too_large, "the header has " + std::to_string(text.size()) + " bytes, at most " +
                                                      std::to_string(limits.bytes) +
                                                      " are allowed: send a shorter one");
    json::parse_options options;
    options.max_depth = limits.depth;
    json::basic_parser<Handler> parser(options, limits.keys, storage);
    error_code error;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    if (error == json::error::object_too_large)
        return model::make_error(Code::too_large,
                                 "the header has more than " + std::to_string(limits.keys) + " keys: send fewer");
    if (error == json::error::too_deep)
        return model::make_error(Code::too_large, "the header is nested deeper than " + std::to_string(limits.depth) +
                                                      " levels: send a flatter one");
    if (error || used != text.size())
        return model::make_error(Code::bad_request, "the header must be one JSON document in UTF-8: " +
                                                        (error ? error.message() : "something follows the document") +
                                                        " near byte " + std::to_string(used));
    json::value value = parser.handler().release();
    if (count_keys(value) != parser.handler().keys())
        return model::make_error(Code::bad_request, "the same key stands twice in one object; send each key once");
    return value;
}

std::string canonical_json(const json::value& value) {
    std::string out;
    append_canonical(out, value);
    return out;
}

void append_json_string(std::string& out, std::string_view text) {
    static constexpr std::string_view digits = "0123456789abcdef";
    const auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; };
    out += '"';
    for (auto from = text.begin(); from != text.end();) {
        const auto special = std::find_if_not(from, text.end(), is_plain);
        out.append(from, special); // nearly always the whole text
        if (special == text.end())
            break;
        if (const char c = *special; c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else {
            out += "\\u00";
            out += digits[static_cast<unsigned char>(c) >> 4];
            out += digits[static_cast<unsigned char>(c) & 15];
        }
        from = special + 1;
    }
    out += '"';
}

} // namespace rekam::wire
