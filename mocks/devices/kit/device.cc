// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/device.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>

namespace rekam::mock {
using plugin::put_text;

uint64_t mono_us() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1'000;
}

MockDevice::~MockDevice() {
    rekam_error_t error{};
    plugin::guard(&error, [&] { faults("close").suffer(nullptr); });
}

void MockDevice::health(uint32_t level, plugin::Job& job, plugin::HealthReport& report) {
    faults("health").suffer(&job);
    report.ok("connection", "answers");
    if (level == REKAM_LEVEL_SELF)
        return;
    if (level == REKAM_LEVEL_GUIDED) {
        job.guide(guidance());
        job.stop_if_cancelled();
    }
    report.ok("sensor", "test shot number " + std::to_string(frames_ + 1));
}

plugin::Capabilities MockDevice::capabilities(uint32_t function) {
    const CallFaults script = faults("capabilities");
    script.suffer(nullptr);
    if ((spec_.functions & function) == 0)
        return {};
    if (script.has("garbage"))
        return {"{\"properties\": oops", 1};
    return {parameters(function), 1};
}

void MockDevice::run(plugin::Job& job) {
    const CallFaults script = faults("run");
    ++jobs_;
    script.suffer(&job);
    job.stop_if_cancelled();
    if (!script.has("no-frames"))
        for (uint32_t page = 1; page <= shots() || script.has("endless"); ++page) {
            ++frames_;
            if (shots() > 1)
                job.page(page, static_cast<int32_t>(100 * std::min(page, shots()) / shots()));
            shoot(job, script, page);
            if (script.has("endless"))
                job.stop_if_cancelled();
        }
    while (script.has("late") && !job.cancelled())
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (const auto word = script.argument("fail-after"))
        throw plugin::Error(code_of(*word), "scripted " + *word + " after the frames");
}

void MockDevice::submit(plugin::Frame& frame, const Picture& picture, const plugin::Request& request,
                        const CallFaults& faults) {
    frame.format(REKAM_FORMAT_RAW);
    rekam_frame_t& record = frame.record();
    // As an honest device would: exposed now; or, stale, a second before anyone asked.
    record.exposure_basis = REKAM_BASIS_DEVICE;
    record.exposure_mono_us = faults.has("stale") ? request.accepted_mono_us() - 1'000'000 : mono_us();
    record.width_px = picture.width();
    record.height_px = picture.height();
    record.bits = 8;
    record.channels = picture.channels();
    const std::vector<uint8_t>& bytes = picture.bytes();
    frame.write(bytes.data(), faults.has("truncated") ? bytes.size() / 2 : bytes.size());
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

void check_parameters(const plugin::Request& request, std::initializer_list<std::string_view> known) {
    const rekam_request_t& record = request.record();
    for (uint32_t i = 0; i < record.option_count; ++i) {
        const std::string key = record.options[i].key;
        const std::string_view head = std::string_view(key).substr(0, key.find('.')); // area.x_um, buttons.0
        if (std::find(known.begin(), known.end(), head) == known.end())
            throw plugin::unsupported(key);
    }
}

int64_t one_of(const plugin::Request& request, const char* key, std::initializer_list<int64_t> allowed) {
    const int64_t value = request.integer(key).value_or(*allowed.begin());
    if (std::find(allowed.begin(), allowed.end(), value) != allowed.end())
        return value;
    std::string words;
    for (const int64_t one : allowed)
        words += (words.empty() ? "" : " or ") + std::to_string(one);
    throw plugin::out_of_range(key, words);
}

void set_quality(rekam_quality_t& quality, uint32_t score, std::string_view algorithm, std::string_view reason) {
    quality.score = std::clamp(score, 1u, 100u);
    put_text(quality.algorithm, algorithm);
    put_text(quality.version, "1");
    if (score < 60)
        put_text(quality.reasons, reason);
}

} // namespace rekam::mock
