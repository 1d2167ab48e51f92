// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/document/device.h"

#include "mocks/devices/document/page.h"
#include "mocks/devices/kit/zone.h"

namespace rekam::mock {

namespace {

constexpr uint32_t lamp_life_hours = 20'000;
constexpr int64_t lamp_low_hours = 500;

} // namespace

const Kind& DocumentCamera::kind() {
    static const Kind kind{"document", REKAM_FUNCTION_DOCUMENT | REKAM_FUNCTION_MRZ_READER,
                           "Rekam",    "Mock reader",
                           "id=doc-1", {document_key(), {"lamp_hours", 100, 0, lamp_life_hours, {}}}};
    return kind;
}

std::vector<plugin::Consumable> DocumentCamera::consumables() {
    return {plugin::Consumable("lamp", "hours")
                .amount(int64_t{lamp_life_hours} - spec().number("lamp_hours"), lamp_life_hours)
                .low(lamp_low_hours, REKAM_WHO_TECHNICIAN, "replace-lamp")};
}

std::string DocumentCamera::parameters(uint32_t function) const {
    if (function == REKAM_FUNCTION_MRZ_READER)
        return R"({"type":"object","properties":{}})";
    return R"({"type":"object","properties":{"formats":{"type":"array","items":{"type":"string","enum":["image/x-rekam-raw"]}},)"
           R"("source":{"type":"string","enum":["camera"],"default":"camera"},)"
           R"("mode":{"type":"string","enum":["color","gray"],"default":"color"},)"
           R"("dpi":{"type":"integer","enum":[300,150,200,400],"default":300}}})";
}

void DocumentCamera::shoot(plugin::Job& job, const CallFaults& faults, uint32_t page) {
    const plugin::Request& request = job.request();
    if (request.record().function == REKAM_FUNCTION_MRZ_READER) {
        check_parameters(request, {});
        return give_zone(job, spec(), faults);
    }
    check_parameters(request, {"source", "mode", "dpi"});
    const auto dpi = static_cast<uint32_t>(one_of(request, "dpi", {300, 150, 200, 400}));
    const bool back = request.subject() == "document.back";
    job.guide("place");
    job.stop_if_cancelled();
    Picture picture = spec().word("document") == "card" ? card_side(spec().seed, dpi, back, number())
                                                        : passport_page(spec().seed, dpi, number());
    if (request.text("mode").value_or("color") == "gray")
        picture = picture.gray();
    plugin::Frame frame = job.frame(picture.bytes().size());
    rekam_frame_t& record = frame.record();
    record.dpi_x = record.dpi_y = dpi;
    record.page = page;
    record.side = back ? REKAM_SIDE_BACK : REKAM_SIDE_FRONT;
    submit(frame, picture, job, faults);
}

} // namespace rekam::mock
