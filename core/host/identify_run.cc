// SPDX-License-Identifier: Apache-2.0 OR MIT
// What is asked of a plugin that can show which of two devices it is.
#include "core/host/device.h"
#include "core/host/plugin_error.h"

#include <rekam/ext/identify.h>

#include <array>

namespace rekam::host {
namespace {

struct Means {
    std::uint32_t bit;
    const char* word;
};
constexpr std::array all_means{Means{REKAM_IDENTIFY_LIGHT, "light"}, Means{REKAM_IDENTIFY_SOUND, "sound"},
                               Means{REKAM_IDENTIFY_MOTION, "motion"}, Means{REKAM_IDENTIFY_SCREEN, "screen"}};
constexpr std::uint32_t known_bits =
    REKAM_IDENTIFY_LIGHT | REKAM_IDENTIFY_SOUND | REKAM_IDENTIFY_MOTION | REKAM_IDENTIFY_SCREEN;

} // namespace

bool Device::can_identify() const {
    const auto* table = extension<rekam_identify_t>(REKAM_EXT_IDENTIFY);
    return table && (table->means(device_) & known_bits) != 0;
}

Event Device::identify(const Identify& asked) {
    Identified done;
    const auto* table = extension<rekam_identify_t>(REKAM_EXT_IDENTIFY);
    const std::uint32_t means = table ? table->means(device_) & known_bits : 0;
    if (means == 0) {
        done.said.failure = failure_of(model::Code::not_covered, "the device can neither light nor beep now");
        return done;
    }
    rekam_error_t error = empty_error();
    const std::uint32_t code = table->show(device_, means, static_cast<std::uint32_t>(asked.ms), &error);
    if (code != REKAM_OK) {
        done.said.failure = failure_of(code, error);
        return done;
    }
    for (const auto& [bit, word] : all_means)
        if ((means & bit) != 0)
            done.said.means.emplace_back(word);
    return done;
}

} // namespace rekam::host
