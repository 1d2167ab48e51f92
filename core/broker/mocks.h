// SPDX-License-Identifier: Apache-2.0
// mock.*: a tester's word to devices that are made up, where plugins.d grants it.
#pragma once

#include "core/broker/sessions.h"

namespace rekam::broker {

void mock_set(Step& step, const Asked& asked);
void mock_clear(Step& step, const Asked& asked);
void mock_get(Step& step, const Asked& asked);

/// What the plugin's devices without a process were told: their lister passes it on before it lists.
std::vector<wire::HostMock> take_mock_calls(Step& step, const Child& lister);
/// host_mock_done, from a host or a lister.
std::optional<model::Error> mock_done(Step& step, const Child& child, const wire::Message& message);
/// The process ended: who has no answer gets one.
void mocks_died(Step& step, const Child& child);

} // namespace rekam::broker
