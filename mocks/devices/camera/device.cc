// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/camera/device.h"

#include <chrono>
#include <ctime>
#include <thread>

#include "mocks/devices/camera/picture.h"

namespace rekam::mock_camera {
namespace {

using plugin::put_text;

uint64_t mono_us() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1'000;
}

uint32_t pixels(const plugin::Request& request, const char* key, uint32_t full) {
    const auto value = request.integer(key);
    if (!value)
        return full;
    if (*value < 64 || *value > full)
        throw plugin::out_of_range(key, "64 to " + std::to_string(full));
    return static_cast<uint32_t>(*value);
}

// A parameter that the device lacks is refused by name, never ignored.
void check_parameters(const plugin::Request& request, std::initializer_list<std::string_view> known) {
    const rekam_request_t& record = request.record();
    for (uint32_t i = 0; i < record.option_count; ++i) {
        const std::string key = record.options[i].key;
        bool found = false;
        for (const std::string_view name : known)
            found = found || name == key;
        if (!found)
            throw plugin::unsupported(key);
    }
}

// As an honest device would: exposed now; or, stale, a second before anyone asked.
void stamp(rekam_frame_t& frame, const plugin::Request& request, bool stale) {
    frame.exposure_basis = REKAM_BASIS_DEVICE;
    frame.exposure_mono_us = stale ? request.accepted_mono_us() - 1'000'000 : mono_us();
}

void write(plugin::Frame& frame, const std::vector<uint8_t>& bytes, bool truncated) {
    frame.write(bytes.data(), truncated ? bytes.size() / 2 : bytes.size());
}

std::string json_range(const char* name, uint32_t low, uint32_t high) {
    return std::string("\"") + name + "\":{\"type\":\"integer\",\"minimum\":" + std::to_string(low) +
           ",\"maximum\":" + std::to_string(high) + ",\"default\":" + std::to_string(high) + "}";
}

} // namespace

MockDevice::~MockDevice() {
    rekam_error_t error{};
    plugin::guard(&error, [&] { CallFaults(spec_.id, "close").suffer(nullptr); });
}

void MockDevice::health(uint32_t level, plugin::Job& job, plugin::HealthReport& report) {
    CallFaults(spec_.id, "health").suffer(&job);
    report.ok("connection", "answers");
    if (level == REKAM_LEVEL_SELF)
        return;
    if (level == REKAM_LEVEL_GUIDED) {
        job.guide(spec_.function == REKAM_FUNCTION_CAMERA ? "look-here" : "place");
        job.stop_if_cancelled();
    }
    const auto picture = portrait(64, 64, seed_of(spec_.id), frames_);
    report.ok("sensor", "test shot of " + std::to_string(picture.size()) + " bytes");
}

plugin::Capabilities MockDevice::capabilities(uint32_t function) {
    const CallFaults faults(spec_.id, "capabilities");
    faults.suffer(nullptr);
    if (function != spec_.function)
        return {};
    if (faults.has("garbage"))
        return {"{\"properties\": oops", 1};
    const std::string formats =
        "\"formats\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"image/x-rekam-raw\"]}},";
    if (function == REKAM_FUNCTION_CAMERA)
        return {"{\"type\":\"object\",\"properties\":{" + formats + json_range("width_px", 64, spec_.width_px) + "," +
                    json_range("height_px", 64, spec_.height_px) +
                    ",\"light\":{\"type\":\"string\",\"enum\":[\"off\",\"on\",\"auto\"],\"default\":\"auto\"}"
                    ",\"crop\":{\"type\":\"string\",\"enum\":[\"none\",\"portrait\"],\"default\":\"none\"}}}",
                1};
    return {"{\"type\":\"object\",\"properties\":{" + formats +
                "\"dpi\":{\"type\":\"integer\",\"enum\":[500,1000],\"default\":500},"
                "\"impression\":{\"type\":\"string\",\"enum\":[\"plain\",\"rolled\"],\"default\":\"plain\"}}}",
            1};
}

void MockDevice::run(plugin::Job& job) {
    const CallFaults faults(spec_.id, "run");
    ++jobs_;
    faults.suffer(&job);
    job.stop_if_cancelled();
    if (!faults.has("no-frames"))
        for (uint32_t page = 1; page <= spec_.frames || faults.has("endless"); ++page) {
            shoot(job, faults, page);
            if (faults.has("endless"))
                job.stop_if_cancelled();
        }
    while (faults.has("late") && !job.cancelled())
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (const auto word = faults.argument("fail-after"))
        throw plugin::Error(code_of(*word), "scripted " + *word + " after the frames");
}

void MockDevice::shoot(plugin::Job& job, const CallFaults& faults, uint32_t page) {
    ++frames_;
    if (spec_.frames > 1)
        job.page(page, static_cast<int32_t>(100 * std::min(page, spec_.frames) / spec_.frames));
    if (spec_.function == REKAM_FUNCTION_FINGERPRINT)
        slap(job, faults);
    else
        photo(job, faults);
}

void MockDevice::photo(plugin::Job& job, const CallFaults& faults) {
    const plugin::Request& request = job.request();
    check_parameters(request, {"width_px", "height_px", "light", "crop"});
    uint32_t width = pixels(request, "width_px", spec_.width_px);
    const uint32_t height = pixels(request, "height_px", spec_.height_px);
    if (request.text("crop") == "portrait")
        width = std::min(width, height * 3 / 4);
    const std::vector<uint8_t> picture = portrait(width, height, seed_of(spec_.id), frames_);

    plugin::Frame frame = job.frame(picture.size());
    frame.format(REKAM_FORMAT_RAW);
    rekam_frame_t& record = frame.record();
    stamp(record, request, faults.has("stale"));
    record.width_px = width;
    record.height_px = height;
    record.bits = 8;
    record.channels = 3;
    record.has_box = 1;
    record.box = {static_cast<int32_t>(width * 3 / 8), static_cast<int32_t>(height / 5),
                  static_cast<int32_t>(width / 4), static_cast<int32_t>(height * 2 / 5)};
    record.quality.score = 90;
    put_text(record.quality.algorithm, "mock-sharpness");
    put_text(record.quality.version, "1");
    write(frame, picture, faults.has("truncated"));
    frame.submit();
}

void MockDevice::slap(plugin::Job& job, const CallFaults& faults) {
    const plugin::Request& request = job.request();
    check_parameters(request, {"dpi", "impression"});
    const int64_t dpi = request.integer("dpi").value_or(500);
    if (dpi != 500 && dpi != 1000)
        throw plugin::out_of_range("dpi", "500 or 1000");
    const rekam_request_t& asked = request.record();
    uint32_t fingers = asked.part_count;
    if (const auto scripted = faults.argument("fingers"))
        fingers = static_cast<uint32_t>(std::stoul(*scripted));
    const uint32_t scale = static_cast<uint32_t>(dpi / 500), width = 800 * scale, height = 500 * scale;
    const std::vector<uint8_t> picture = fingertips(width, height, seed_of(spec_.id) + frames_, fingers);

    plugin::Frame frame = job.frame(picture.size());
    frame.format(REKAM_FORMAT_RAW);
    rekam_frame_t& record = frame.record();
    stamp(record, request, faults.has("stale"));
    record.width_px = width;
    record.height_px = height;
    record.bits = 8;
    record.channels = 1;
    record.dpi_x = record.dpi_y = static_cast<uint32_t>(dpi);
    for (uint32_t i = 0; i < fingers; ++i) {
        rekam_region_t region{};
        region.size = sizeof region;
        region.has_box = 1;
        region.box = finger_box(width, height, fingers, i);
        put_text(region.subject,
                 asked.part_count == 0 ? asked.subject : asked.parts[std::min(i, asked.part_count - 1)]);
        region.quality.score = 80 - 5 * std::min(i, 10u);
        put_text(region.quality.algorithm, "mock-ridges");
        put_text(region.quality.version, "1");
        frame.region(region);
    }
    write(frame, picture, faults.has("truncated"));
    frame.submit();
}

void MockDevice::identify(uint32_t means, uint32_t) {
    if (means != REKAM_IDENTIFY_LIGHT)
        throw plugin::unsupported("means");
}

std::vector<rekam_counter_t> MockDevice::statistics() {
    std::vector<rekam_counter_t> counters(2);
    put_text(counters[0].name, "jobs");
    put_text(counters[1].name, "frames");
    counters[0].kind = counters[1].kind = REKAM_COUNTER_TOTAL;
    counters[0].value = jobs_;
    counters[1].value = frames_;
    return counters;
}

} // namespace rekam::mock_camera
