// SPDX-License-Identifier: Apache-2.0
// The technician's commands: hold, release, replace, reset, identify, plugin, doctor.
#pragma once

#include "core/ctl/context.h"

namespace rekam::ctl {

struct MendArguments {
    std::string slot, device, reason, by, level, plugin;
    bool yes = false;         ///< replace: take the only one that fits, and ask nothing
    std::string file;         ///< identify: for the live picture of a device that can do nothing else
    std::int64_t seconds = 5; ///< identify
};

Exit hold(Context& context, const MendArguments& arguments);
Exit release(Context& context, const MendArguments& arguments);
/// Without a device: a dialogue in a terminal, else the list of what could stand there.
Exit replace(Context& context, const MendArguments& arguments);
Exit reset(Context& context, const MendArguments& arguments);
/// Lights or beeps; where the device can neither, its live picture.
Exit identify(Context& context, const MendArguments& arguments);
Exit reload_plugin(Context& context, const MendArguments& arguments);
/// Of a plugin, or of a device.
Exit clear_quarantine(Context& context, const MendArguments& arguments);
/// Of one slot, or of all of them.
Exit doctor(Context& context, const MendArguments& arguments);

} // namespace rekam::ctl
