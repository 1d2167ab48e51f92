// SPDX-License-Identifier: Apache-2.0
#include "core/wire/readings.h"

#include <algorithm>

namespace rekam::wire {
namespace {

using model::Code;

template <class Items> bool grows(const Items& items) {
    return std::ranges::adjacent_find(items, std::ranges::greater_equal()) == items.end();
}

} // namespace

std::optional<model::Error> inconsistency(const Samples& samples) {
    const std::size_t count = samples.t_us.items.size();
    const bool even = samples.x_um.items.size() == count && samples.y_um.items.size() == count &&
                      samples.pressure.items.size() == count && (!samples.tilt || samples.tilt->items.size() == count);
    if (!even)
        return model::make_error(Code::bad_request, "samples: t_us, x_um, y_um, pressure and tilt differ in length",
                                 "samples");
    if (!grows(samples.t_us.items))
        return model::make_error(Code::out_of_range, "samples.t_us: the time must grow from sample to sample",
                                 "samples.t_us");
    const auto& gaps = samples.gaps.items;
    if (!grows(gaps) || (!gaps.empty() && static_cast<std::size_t>(gaps.back()) >= count))
        return model::make_error(Code::out_of_range, "samples.gaps: must grow, and name samples that there are",
                                 "samples.gaps");
    return std::nullopt;
}

} // namespace rekam::wire
