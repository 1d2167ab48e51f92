// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "mocks/devices/kit/device.h"

#include "mocks/devices/kit/visitor.h"

#include <algorithm>
#include <fstream>

namespace rekam::mock {
using plugin::put_text;
namespace {

// As drivers do that spool to a disk: where that hangs, so does the device, in the kernel.
void spool_job(const std::string& path, uint32_t job) {
    std::ofstream file(path, std::ios::app);
    file << "job " << job << std::endl;
    if (!file)
        throw plugin::Error(REKAM_E_DEVICE_ERROR, "cannot write " + path + ": check the folder and writable_paths");
}

} // namespace

MockDevice::~MockDevice() {
    rekam_error_t error{};
    plugin::guard(&error, [&] { engine_.suffer("close", nullptr); });
}

void MockDevice::health(uint32_t level, plugin::Job& job, plugin::HealthReport& report) {
    engine_.suffer("health", &job);
    if (engine_.confess(report))
        return;
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
    const CallFaults script = engine_.strike("capabilities");
    engine_.suffer(script, nullptr);
    if ((spec_.functions & function) == 0)
        return {};
    if (script.has("garbage"))
        return {"{\"properties\": oops", 1};
    return {parameters(function), 1};
}

void MockDevice::run(plugin::Job& job) {
    engine_.begin_job();
    const CallFaults script = engine_.strike("run");
    ++jobs_;
    engine_.suffer(script, &job);
    if (!script.has("ignore-interrupt"))
        job.stop_if_cancelled();
    if (!spec_.visitor.empty())
        spec_.seed = visitor_of(spec_.visitor);
    if (!spec_.spool.empty())
        spool_job(spec_.spool, jobs_);
    if (!script.has("no-frames"))
        for (uint32_t page = 1; page <= shots() || script.has("endless"); ++page) {
            ++frames_;
            if (shots() > 1)
                job.page(page, static_cast<int32_t>(100 * std::min(page, shots()) / shots()));
            shoot(job, script, page);
            if (script.has("endless"))
                job.stop_if_cancelled();
        }
    if (const auto after_ms = script.number("late", "ms"))
        engine_.outlast(job, *after_ms);
    if (const Fault* fault = script.find("fail-after"))
        throw plugin::Error(code_of(fault->word("code")), "scripted " + fault->word("code") + " after the frames");
}

void MockDevice::submit(plugin::Frame& frame, Picture picture, plugin::Job& job, const CallFaults& faults) {
    if (!spec_.visitor.empty())
        mark_visitor(picture, spec_.seed);
    frame.format(REKAM_FORMAT_RAW);
    rekam_frame_t& record = frame.record();
    // As an honest device would: exposed now; or, stale, a second before anyone asked.
    record.exposure_basis = REKAM_BASIS_DEVICE;
    record.exposure_mono_us = faults.has("stale") ? job.request().accepted_mono_us() - 1'000'000 : mono_us();
    record.width_px = picture.width();
    record.height_px = picture.height();
    record.bits = 8;
    record.channels = picture.channels();
    const std::vector<uint8_t>& bytes = picture.bytes();
    if (faults.has("garbage")) { // each line with what the sensor's memory is padded with
        const std::size_t line = std::size_t{picture.width()} * picture.channels();
        const std::vector<uint8_t> padding(64, 0xAA);
        for (std::size_t at = 0; at < bytes.size(); at += line) {
            frame.write(&bytes[at], line);
            frame.write(padding.data(), padding.size());
        }
    } else {
        frame.write(bytes.data(), faults.has("truncated") ? bytes.size() / 2 : bytes.size());
    }
    rekam_frame_t again = record;
    frame.submit();
    // The wrapper makes it impossible; a driver that is written in C can do it.
    if (faults.has("duplicate"))
        if (const uint32_t code = job.handle()->frame_submit(job.handle(), &again); code != REKAM_OK)
            throw plugin::Error(code, "the same frame was refused when it came twice");
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

void tell(const Engine::Of& of, const std::string& device, std::string_view faults) {
    Memory(of.variable).tell(device, faults);
    of.live->changed(device); // what hangs goes on
}

std::string say(const Engine::Of& of, const std::string& device) {
    Memory memory(of.variable);
    std::string faults, known;
    for (const Fault& fault : memory.script(device).faults)
        if (fault.device == "*" || fault.device == device)
            faults += (faults.empty() ? "" : ",") + json_of(fault);
    for (const FaultKind& kind : fault_kinds())
        known += (known.empty() ? "" : ",") + json_of(kind);
    return "{\"plugged\":" + std::string(Engine(of, device, 0).plugged() ? "true" : "false") + ",\"faults\":[" +
           faults + "],\"known\":[" + known + "]}";
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
