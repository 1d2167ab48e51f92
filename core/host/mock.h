// SPDX-License-Identifier: Apache-2.0 OR MIT
// Passes a tester's word on to a plugin whose devices are made up (rekam.mock/1).
#pragma once

#include "core/wire/host_messages.h"

#include <rekam/plugin.h>

namespace rekam::host {

/// [any] of the ABI. plugin may be null: it is not loaded yet.
wire::HostMockDone tell_mock(rekam_plugin_t* plugin, const wire::HostMock& order);

/// The faults as the TOML text that the extension takes; a failure for what is no object of plain values.
wire::Expected<std::string> fault_script(const std::vector<wire::RawJson>& faults);

} // namespace rekam::host
