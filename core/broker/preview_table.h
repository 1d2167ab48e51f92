// SPDX-License-Identifier: Apache-2.0
// The rows of the broker's table of previews.
#pragma once

#include "core/broker/fleet.h"
#include "core/wire/data_messages.h"
#include "core/wire/preview_params.h"

#include <boost/json/object.hpp>

namespace rekam::broker {

/// A picture that has not gone to the gate yet. The broker never looks into it.
struct WaitingPicture {
    std::string record;
    wire::Descriptor descriptor = -1;
    std::int64_t bytes = 0;
};

/// It lasts as long as its lease holds, and leaves nothing behind: no record, no frame. It ends in the step that ends
/// its lease, whatever its host still does.
struct Preview {
    PreviewNo no = 0;
    SessionNo session = 0;
    LeaseNo lease = 0;
    DeviceNo device = 0;
    std::string slot;
    model::Function function = model::Function::camera;
    std::int64_t fence = 0;
    std::int64_t accepted_us = 0;
    std::int64_t rate_hz = 10;
    boost::json::object raw_params;
    ReplyTo reply_to;
    bool given = false;      ///< to the device's host; until then it waits for the device's last preview to end
    bool with_gate = false;  ///< a picture went to the gate, which has not taken it
    std::int64_t frames = 0; ///< that came from the device
    std::optional<WaitingPicture> waiting; ///< the newest one, while another is with the gate
    std::int64_t tickets = 0; ///< its pictures go to so many local programs, through a pool of its host's buffers
    std::optional<wire::PoolBuffers> pool; ///< the newest one
    std::vector<wire::Descriptor> buffers; ///< of it
};

} // namespace rekam::broker
