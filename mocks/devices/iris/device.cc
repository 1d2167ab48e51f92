// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/iris/device.h"

#include "mocks/devices/kit/eye.h"

namespace rekam::mock {
namespace {

std::string eye_json(std::string_view word, const EyePicture& eye) {
    const auto number = [](int32_t value) { return std::to_string(value); };
    return R"({"position":")" + std::string(word) + R"(","centre":{"x_px":)" + number(eye.centre_x_px) + R"(,"y_px":)" +
           number(eye.centre_y_px) + R"(},"radius_px":)" + number(eye.radius_px) + R"(,"pupil_radius_px":)" +
           number(eye.pupil_radius_px) + R"(,"gaze":{"x_cdeg":)" + number(eye.gaze_x_cdeg) + R"(,"y_cdeg":)" +
           number(eye.gaze_y_cdeg) + "}}";
}

} // namespace

const Kind& IrisCamera::kind() {
    static const Kind kind{"iris", REKAM_FUNCTION_IRIS, "Rekam", "Mock iris", "id=iris-1", {}};
    return kind;
}

std::string IrisCamera::parameters(uint32_t) const {
    return R"({"type":"object","properties":{"formats":{"type":"array","items":{"type":"string","enum":["image/x-rekam-raw"]}},)"
           R"("wavelength_nm":{"type":"integer","enum":[850,810],"default":850}}})";
}

// One frame for each eye that was asked for, as ISO/IEC 19794-6 wants them.
void IrisCamera::shoot(plugin::Job& job, const CallFaults& faults, uint32_t) {
    const plugin::Request& request = job.request();
    check_parameters(request, {"wavelength_nm"});
    (void)one_of(request, "wavelength_nm", {850, 810});
    job.guide("open-eyes");
    const rekam_request_t& asked = request.record();
    std::string eyes;
    for (uint32_t i = 0; i < asked.part_count; ++i) {
        job.stop_if_cancelled();
        const std::string_view word = asked.parts[i];
        const uint32_t quality = faults.number("quality", "score").value_or(88);
        const EyePicture shown = eye(spec().seed, word, number(), quality);
        plugin::Frame frame = job.frame(shown.picture.bytes().size());
        frame.subject(word);
        set_quality(frame.record().quality, quality, "mock-iris", "blurred");
        submit(frame, shown.picture, job, faults);
        eyes += (eyes.empty() ? "[" : ",") + eye_json(word, shown);
        job.percent(static_cast<int32_t>(100 * (i + 1) / asked.part_count));
    }
    job.result("eyes", eyes + "]");
}

} // namespace rekam::mock
