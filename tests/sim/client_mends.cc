// SPDX-License-Identifier: Apache-2.0
// What a technician does at a station that works on: takes slots out of service, replaces and resets devices.
#include "tests/sim/client.h"

namespace rekam::sim {
namespace {

constexpr std::array slots{"photo", "photo2", "finger", "scan", "sign", "printer", "encoder", "spare"};

} // namespace

void Client::put_in_service(const std::string& slot) { ask(request("slot.release"), R"({"slot":")" + slot + "\"}"); }

void Client::replace(const std::string& slot, const std::string& device) {
    ask(request("slot.replace"), R"({"slot":")" + slot + R"(","device":")" + device + "\"}");
}

void Client::mend() {
    auto& random = world_.random;
    const std::string slot = slots[random.below(slots.size())];
    const std::string about = R"({"slot":")" + slot + '"';
    switch (random.below(12)) {
    case 0: return ask(request("slot.hold"), about + R"(,"reason":"the lens is cracked","by":"T. Technician"})");
    case 1:
    case 2:
    case 3: return put_in_service(slot);
    case 4: {
        constexpr std::array devices{"id.alpha/cam2", "id.alpha/cam0", "id.beta/cam1", "id.alpha/fp0"};
        return ask(request("slot.replace"), about + R"(,"device":")" + devices[random.below(devices.size())] + "\"}");
    }
    case 5: return ask(request("slot.replace"), about + "}");
    case 6: return ask(request("slot.reset"), about + "}");
    case 7: {
        constexpr std::array levels{"restart", "usb", "power"};
        return ask(request("slot.reset"), about + R"(,"level":")" + levels[random.below(levels.size())] + "\"}");
    }
    case 8: {
        const std::string plugin = random.chance(500) ? R"({"plugin":"id.alpha"})" : R"({"plugin":"id.beta"})";
        return ask(request(random.chance(500) ? "plugin.reload" : "plugin.clear-quarantine"), plugin);
    }
    case 9:
    case 10: return ask(request("slot.identify"), about + (random.chance(500) ? R"(,"seconds":1})" : "}"));
    default: return ask(request("device.doctor"), about + "}");
    }
}

} // namespace rekam::sim
