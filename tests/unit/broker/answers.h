// SPDX-License-Identifier: Apache-2.0
// What came out of the broker, to be read by path: answer["holder.client"], answer["frames.0.frame"].
#pragma once

#include "core/wire/packet.h"

#include <boost/json/object.hpp>

#include <string>

namespace rekam::broker {

struct Answer {
    bool ok = false;
    boost::json::object body; ///< result, error, progress or data
    std::string tail;
    std::vector<wire::Descriptor> parts;
    std::uint64_t session = 0;

    /// The value there as text; "-" when there is none.
    [[nodiscard]] std::string operator[](std::string_view path) const;
    /// How many elements the array there has; 0 when there is none.
    [[nodiscard]] std::size_t size(std::string_view path) const;
    /// "ok", or the code of the error.
    [[nodiscard]] std::string code() const { return ok ? "ok" : (*this)["code"]; }
    [[nodiscard]] std::string text() const;
};

boost::json::object parse_object(std::string_view text);

} // namespace rekam::broker
