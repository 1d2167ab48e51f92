// SPDX-License-Identifier: Apache-2.0 OR MIT
// Turns a submitted frame into what the broker hears of it: checked, converted, hashed, sealed.
#pragma once

#include "core/host/request.h"
#include "core/host/upright.h"

namespace rekam::host {

struct FinishedFrame {
    wire::HostFrame frame; ///< without index
    Turn turned;           ///< how its pixels were turned, so that boxes can follow
    io::Fd memfd;          ///< sealed
};

struct FrameContext {
    const Request& request;
    std::int64_t began_us; ///< when run was entered: the exposure of a device that knows no better
    std::int64_t now_us;
    Cancelled cancelled;
};

/// Whether the bytes of this format go to the client as they come, so that hashing them at once pays.
bool goes_unchanged(std::string_view format, const Request& request);

/// On failure says why: bad-frame for what the plugin did, cancelled, too-large.
/// Throws std::system_error where the memory cannot be had or sealed.
wire::Expected<FinishedFrame> finish_frame(const rekam_frame_t& record, FrameFile file, const FrameContext& context);

wire::Quality quality_of(const rekam_quality_t& quality);
wire::Box box_of(const rekam_box_t& box);
std::vector<std::string> reasons_of(const rekam_quality_t& quality);

} // namespace rekam::host
