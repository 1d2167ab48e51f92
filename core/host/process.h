// SPDX-License-Identifier: Apache-2.0 OR MIT
// What this process does to itself before any vendor code runs.
#pragma once

#include <string>
#include <vector>

namespace rekam::host {

/// The channel to rekamd.
constexpr int channel_fd = 3;

/// Dies with its parent, gains no privileges, keeps no descriptor but stdio and the channel, dumps no core, has bounded
/// resources, an ordinary schedule and a private umask. Returns what could not be done, for the log; throws
/// std::runtime_error where going on would be unsafe: no channel, or the parent is gone already.
std::vector<std::string> prepare_process();

} // namespace rekam::host
