// SPDX-License-Identifier: Apache-2.0 OR MIT
// Scripted failures of the card mocks. The file that REKAM_MOCK_CARD_FAULTS names is read at every point, so that a
// test changes its mind while the mock runs. One fault per line:   [once] <device or *> <point> <fault> [argument]
//   points of a print   check start feed read-blank chip magnetic print printed laminate verify exit
//   points of a card    open transmit close
//   faults  crash SIGNAL   die by that signal         exit CODE    leave the process behind the host's back
//           error WORD     fail with that code        unsure       fall silent: the effect is unknown
//           slow MS        take so long with progress, interruptible while the card has not begun
//           hang           sleep for ever, deaf
//   a figure of the printer's health report:   <device or *> health temperature VALUE   in 0.1 degree Celsius
// "once" is used up over all processes of the mock: a file beside the script remembers it.
#pragma once

#include <rekam/plugin.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace rekam::mock_card {

// Suffers what the script has for this device at this point. `begun`: the card cannot be taken back any more.
// Throws rekam::plugin::Error; also for a line that cannot be read, so that a test with a typo does not pass.
// The figure of that name that the script sets for the device's health report.
std::optional<int> scripted_figure(std::string_view device, std::string_view name);

void suffer(std::string_view device, std::string_view point, plugin::Job& job, bool begun);

} // namespace rekam::mock_card
