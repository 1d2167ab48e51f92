// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/camera/device.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "mocks/devices/kit/portrait.h"

namespace rekam::mock {
namespace {

constexpr uint32_t preview_width = 320, preview_height = 240;
constexpr uint64_t preview_period_us = 100'000; // ten pictures a second

uint32_t pixels(const plugin::Request& request, const char* key, uint32_t full) {
    const auto value = request.integer(key);
    if (!value)
        return full;
    if (*value < 64 || *value > full)
        throw plugin::out_of_range(key, "64 to " + std::to_string(full));
    return static_cast<uint32_t>(*value);
}

std::string range(const char* name, uint32_t high) {
    return std::string("\"") + name + "\":{\"type\":\"integer\",\"minimum\":64,\"maximum\":" + std::to_string(high) +
           ",\"default\":" + std::to_string(high) + "}";
}

} // namespace

const Kind& Camera::kind() {
    static const Kind kind{
        "camera",   REKAM_FUNCTION_CAMERA,
        "Rekam",    "Mock",
        "id=cam-1", {{"width", 1280, 64, 16'384, {}}, {"height", 960, 64, 16'384, {}}, {"frames", 1, 1, 999, {}}}};
    return kind;
}

std::string Camera::parameters(uint32_t) const {
    return R"({"type":"object","properties":{"formats":{"type":"array","items":{"type":"string","enum":["image/x-rekam-raw"]}},)" +
           range("width_px", spec().number("width")) + "," + range("height_px", spec().number("height")) +
           R"(,"light":{"type":"string","enum":["off","on","auto"],"default":"auto"},)"
           R"("crop":{"type":"string","enum":["none","portrait"],"default":"none"}}})";
}

void Camera::shoot(plugin::Job& job, const CallFaults& faults, uint32_t) {
    const plugin::Request& request = job.request();
    check_parameters(request, {"width_px", "height_px", "light", "crop"});
    uint32_t width = pixels(request, "width_px", spec().number("width"));
    const uint32_t height = pixels(request, "height_px", spec().number("height"));
    if (request.text("crop") == "portrait")
        width = std::min(width, height * 3 / 4);
    const uint32_t quality = faults.number("quality", "score").value_or(90);
    Picture picture = portrait(width, height, spec().seed, number());
    if (quality < 60)
        picture.blur(1 + height * (60 - quality) / 4'000);

    plugin::Frame frame = job.frame(picture.bytes().size());
    rekam_frame_t& record = frame.record();
    const FaceBox face = face_box(width, height, spec().seed, number());
    record.has_box = 1;
    record.box = {face.x_px, face.y_px, face.width_px, face.height_px};
    set_quality(record.quality, quality, "mock-sharpness", "blurred");
    submit(frame, picture, job, faults);
}

uint64_t Camera::preview_start(const plugin::Request&) {
    shown_ = 0;
    next_us_ = mono_us();
    return std::size_t{preview_width} * preview_height * 3;
}

// Somebody who steps closer, moves, and then holds still: what an operator waits for.
void Camera::preview_next(uint32_t timeout_ms, rekam_preview_buffer_t& buffer) {
    const CallFaults script = engine().strike("preview");
    engine().suffer(script, nullptr);
    const uint64_t now = mono_us();
    if (next_us_ > now + uint64_t{timeout_ms} * 1'000) {
        std::this_thread::sleep_for(std::chrono::milliseconds(timeout_ms));
        throw plugin::Error(REKAM_E_TIMEOUT, "no picture yet");
    }
    if (next_us_ > now)
        std::this_thread::sleep_for(std::chrono::microseconds(next_us_ - now));
    const Picture picture = portrait(preview_width, preview_height, spec().seed, ++shown_);
    if (picture.bytes().size() > buffer.capacity)
        throw plugin::Error(REKAM_E_TOO_LARGE, "the preview's buffer is too small");
    std::copy(picture.bytes().begin(), picture.bytes().end(), buffer.data);
    plugin::put_text(buffer.format, REKAM_FORMAT_RAW);
    buffer.bytes = script.has("oversized") ? buffer.capacity + 1 : picture.bytes().size();
    buffer.width_px = preview_width;
    buffer.height_px = preview_height;
    buffer.bits = 8;
    buffer.channels = 3;
    buffer.exposure_mono_us = script.has("stale") ? mono_us() - 60'000'000 : mono_us();
    next_us_ = mono_us() + preview_period_us;
    buffer.quality = std::min(90u, 40 + 5 * shown_);
    plugin::put_text(buffer.guidance, shown_ < 4 ? "closer" : "hold-still");
}

} // namespace rekam::mock
