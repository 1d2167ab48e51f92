// SPDX-License-Identifier: Apache-2.0
// device.doctor, where a device is in trouble that the machine may know more of: who has it open, whether the station
// may open it, whether the bus has it at all. The look is taken outside, and the finding waits for it, but not for
// long.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

/// Answers with the finding, at once or when somebody has looked. `device` is the one that it is about, null: none.
void answer_finding(Step& step, const ReplyTo& to, wire::Finding finding, const Device* device);
/// Somebody has looked.
void probed(Step& step, const Probed& event);
/// probe_overdue: the look hangs in the kernel.
void probe_overdue(Step& step, std::uint64_t number);

} // namespace rekam::broker
