// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/studio-camera/device.h"

#include <algorithm>

#include "mocks/devices/kit/portrait.h"

namespace rekam::mock {
namespace {

// The sensor stands on its side: the picture is portrait, and comes out lying on its left. EXIF 6: turn it right.
constexpr uint32_t width_px = 1'200, height_px = 1'600, lies_on_its_left = 6;
constexpr int64_t usual_exposure_us = 8'000;

// A longer exposure gives more light, as far as the sensor can take it.
void expose(Picture& picture, int64_t exposure_us) {
    const double gain = std::clamp(static_cast<double>(exposure_us) / usual_exposure_us, 0.25, 2.0);
    if (exposure_us == usual_exposure_us)
        return;
    for (uint32_t y = 0; y < picture.height(); ++y)
        for (uint32_t x = 0; x < picture.width(); ++x)
            for (uint32_t channel = 0; channel < 3; ++channel)
                picture.at(x, y)[channel] = Picture::clamped(picture.at(x, y)[channel] * gain);
}

int64_t within(const plugin::Request& request, const char* key, int64_t usual, int64_t low, int64_t high) {
    const rekam_option_t* option = request.find(key);
    if (!option || (option->type == REKAM_VALUE_TEXT && std::string_view(option->text) == "auto"))
        return usual;
    const int64_t value = request.integer(key).value_or(usual);
    if (value < low || value > high)
        throw plugin::out_of_range(key, "auto or " + std::to_string(low) + " to " + std::to_string(high));
    return value;
}

} // namespace

const Kind& StudioCamera::kind() {
    static const Kind kind{"studio-camera", REKAM_FUNCTION_CAMERA, "Lensa", "Mock studio", "id=studio-1", {}};
    return kind;
}

std::string StudioCamera::parameters(uint32_t) const {
    return R"({"type":"object","properties":{"formats":{"type":"array","items":{"type":"string","enum":["image/x-rekam-raw"]}},)"
           R"("exposure":{"type":["integer","string"],"minimum":500,"maximum":100000,"default":"auto"},)"
           R"("zoom":{"type":"integer","minimum":100,"maximum":200,"default":100},)"
           R"("crop":{"type":"string","enum":["none","portrait"],"default":"portrait"},)"
           R"("lensa:softbox":{"type":"boolean","default":false}}})";
}

void StudioCamera::shoot(plugin::Job& job, const CallFaults& faults, uint32_t) {
    const plugin::Request& request = job.request();
    check_parameters(request, {"exposure", "zoom", "crop", "lensa:softbox"});
    const int64_t exposure_us = within(request, "exposure", usual_exposure_us, 500, 100'000);
    const int64_t zoom = within(request, "zoom", 100, 100, 200);
    (void)request.flag("lensa:softbox");
    job.guide("look-here");
    const uint32_t quality = faults.number("quality", "score").value_or(94);
    // Zoom shows less at the same number of pixels: the scene is drawn larger and its middle is taken.
    const auto large_width = static_cast<uint32_t>(width_px * zoom / 100),
               large_height = static_cast<uint32_t>(height_px * zoom / 100);
    const int32_t left = -static_cast<int32_t>((large_width - width_px) / 2),
                  top = -static_cast<int32_t>((large_height - height_px) / 2);
    Picture picture(width_px, height_px, 3);
    picture.paste(left, top, portrait(large_width, large_height, spec().seed, number()));
    expose(picture, exposure_us);
    if (quality < 60)
        picture.blur(1 + (60 - quality) / 3);

    const Picture lying = picture.turned_left();
    plugin::Frame frame = job.frame(lying.bytes().size());
    rekam_frame_t& record = frame.record();
    record.orientation = lies_on_its_left;
    const FaceBox face = face_box(large_width, large_height, spec().seed, number());
    record.has_box = 1; // in the pixels as they are delivered
    const int32_t x = face.x_px + left, y = face.y_px + top;
    record.box = {y, static_cast<int32_t>(width_px) - x - face.width_px, face.height_px, face.width_px};
    set_quality(record.quality, quality, "lensa-q", "blurred");
    submit(frame, lying, job, faults);
}

} // namespace rekam::mock
