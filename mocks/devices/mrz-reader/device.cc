// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/mrz-reader/device.h"

#include "mocks/devices/kit/zone.h"

namespace rekam::mock {

const Kind& MrzReader::kind() {
    static const Kind kind{"mrz-reader", REKAM_FUNCTION_MRZ_READER, "Rekam", "Mock swipe",
                           "id=mrz-1",   {document_key()}};
    return kind;
}

std::string MrzReader::parameters(uint32_t) const { return R"({"type":"object","properties":{}})"; }

void MrzReader::shoot(plugin::Job& job, const CallFaults& faults, uint32_t) {
    check_parameters(job.request(), {});
    give_zone(job, spec(), faults);
}

} // namespace rekam::mock
