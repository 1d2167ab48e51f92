// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/signature-pad/device.h"

#include "mocks/devices/kit/pen.h"

namespace rekam::mock {
namespace {

constexpr int64_t width_um = 96'000, height_um = 60'000;

// The button that ends a signature, where the pad was told to show it.
bool shows(const plugin::Request& request, std::string_view button) {
    const rekam_request_t& record = request.record();
    for (uint32_t i = 0; i < record.option_count; ++i)
        if (std::string_view(record.options[i].key).substr(0, 8) == "buttons." && button == record.options[i].text)
            return true;
    return false;
}

} // namespace

const Kind& SignaturePad::kind() {
    static const Kind kind{"signature-pad", REKAM_FUNCTION_SIGNATURE, "Rekam", "Mock pad", "id=pad-1", {}};
    return kind;
}

std::string SignaturePad::parameters(uint32_t) const {
    return R"({"type":"object","properties":{"formats":{"type":"array","items":{"type":"string","enum":["application/x-rekam-samples"]}},)"
           R"("prompt":{"type":"string"},)"
           R"("buttons":{"type":"array","items":{"type":"string","enum":["clear","accept","cancel","retry"]}},)"
           R"("ink":{"type":"object","properties":{"color":{"type":"string"},"width_um":{"type":"integer","minimum":100,"maximum":2000}}}}})";
}

void SignaturePad::shoot(plugin::Job& job, const CallFaults& faults, uint32_t) {
    const plugin::Request& request = job.request();
    check_parameters(request, {"prompt", "buttons", "ink"});
    job.guide("sign-now");
    job.stop_if_cancelled();
    const Signature signature = sign(spec().seed, number(), width_um, height_um);
    std::string json = samples_json(signature, width_um, height_um);
    if (faults.has("truncated"))
        json.resize(json.size() / 2);
    job.result("samples", json);
    if (shows(request, "accept"))
        job.guide("button-accept");
}

} // namespace rekam::mock
