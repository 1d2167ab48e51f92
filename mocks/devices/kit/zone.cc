// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/zone.h"

#include "mocks/devices/kit/person.h"

namespace rekam::mock {

SpecKey document_key() { return {"document", 0, 0, 0, {"passport", "card"}}; }

std::vector<std::string> zone_of(const DeviceSpec& spec) {
    const Citizen citizen(spec.seed);
    return spec.word("document") == "card" ? card_zone(citizen) : passport_zone(citizen);
}

void give_zone(plugin::Job& job, const DeviceSpec& spec, const CallFaults& faults) {
    job.guide("place");
    job.stop_if_cancelled();
    std::vector<std::string> lines = zone_of(spec);
    if (faults.has("misread")) {
        const bool card = lines.size() == 3;
        char& letter = card ? lines[0][6] : lines[1][1]; // a digit of the number
        letter = letter == '9' ? '0' : static_cast<char>(letter + 1);
    }
    std::string json;
    for (const std::string& line : lines)
        json += (json.empty() ? "[\"" : ",\"") + line + "\"";
    job.result("lines", json + "]");
}

} // namespace rekam::mock
