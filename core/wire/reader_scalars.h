// SPDX-License-Identifier: Apache-2.0
// The reader's ground: what is wrong and where, texts and numbers within their bounds.
#pragma once

#include "core/wire/json.h"
#include "core/wire/types.h"

namespace rekam::wire {

namespace detail {

using boost::json::value;
using model::Code;

template <class T> struct IsOptional : std::false_type {};
template <class T> struct IsOptional<std::optional<T>> : std::true_type {};

/// The first thing that is wrong; its path grows from the inside out while the reader unwinds.
class Problem {
  public:
    bool set(Code code, std::string message) {
        error_ = model::make_error(code, std::move(message));
        return false;
    }
    bool under(std::string_view key) {
        const bool index = path_.starts_with('[') || path_.empty();
        path_ = std::string(key) + (index ? "" : ".") + path_;
        return false;
    }
    bool under(std::size_t index) {
        const bool joined = path_.starts_with('[') || path_.empty();
        path_ = "[" + std::to_string(index) + "]" + (joined ? "" : ".") + path_;
        return false;
    }
    model::Error take() {
        error_.path = path_;
        error_.message = path_ + " " + error_.message;
        return std::move(error_);
    }

  private:
    model::Error error_;
    std::string path_;
};

bool read_text(const value& from, std::string& to, std::size_t min, std::size_t max, Charset charset, Problem& problem);
bool read_integer(const value& from, std::int64_t& to, std::int64_t min, std::int64_t max, Problem& problem);
/// "acme:sharpen": a namespace, one colon, a name.
bool is_vendor_key(std::string_view key);
/// A string, number or truth value.
bool read_vendor_value(const value& from, RawJson& to, Problem& problem);
std::string wire_name(std::string_view member);
std::string join(const std::string_view* first, std::size_t count);

inline bool read(const value& from, std::string& to, Problem& problem) {
    return read_text(from, to, 0, 64 * 1024, Charset::printable, problem);
}
inline bool read(const value& from, std::int64_t& to, Problem& problem) {
    return read_integer(from, to, -max_integer, max_integer, problem);
}
bool read(const value& from, bool& to, Problem& problem);
bool read(const value& from, RawJson& to, Problem& problem);

} // namespace detail
} // namespace rekam::wire
