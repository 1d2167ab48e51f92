// SPDX-License-Identifier: Apache-2.0
// The definitions behind core/wire/codec.h; included by the codec_*.cc files only.
#pragma once

#include "core/wire/codec.h"
#include "core/wire/writer.h"

#include <boost/json/monotonic_resource.hpp>

#include <array>

namespace rekam::wire {

template <class T> Expected<T> decode(std::string_view json) {
    // A body of ours may list the capabilities of a whole device, so it may have more keys than a client's header.
    // The parsed value lives no longer than this call, and the room is enough for nearly every body: no allocations.
    std::array<unsigned char, 4'096> room;
    boost::json::monotonic_resource storage(room.data(), room.size());
    auto value = parse_json(json, {.bytes = 64 * 1024, .keys = 8'192, .depth = 32}, &storage);
    if (!value)
        return std::move(value).error();
    return read_as<T>(*value, "");
}

template <class T> std::string encode(const T& from) { return write_json(from); }

} // namespace rekam::wire
