// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/tests/test_host.h"

#include <dlfcn.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace rekam::sane_test {
namespace {

uint64_t now_us() {
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count());
}

/// The request's options as the ABI wants them; the texts live here.
struct Packed {
    std::vector<std::string> texts;
    std::vector<rekam_option_t> records;

    explicit Packed(const OptionList& options) {
        texts.reserve(options.size());
        for (const Option& option : options)
            add(option);
    }
    void add(const Option& option) {
        rekam_option_t record{};
        record.key = option.key.c_str();
        if (const bool* flag = std::get_if<bool>(&option.value)) {
            record.type = REKAM_VALUE_FLAG;
            record.flag = *flag ? 1 : 0;
            texts.emplace_back(*flag ? "true" : "false");
        } else if (const int64_t* integer = std::get_if<int64_t>(&option.value)) {
            record.type = REKAM_VALUE_INTEGER;
            record.integer = *integer;
            record.number = static_cast<double>(*integer);
            texts.push_back(std::to_string(*integer));
        } else if (const double* number = std::get_if<double>(&option.value)) {
            record.type = REKAM_VALUE_NUMBER;
            record.number = *number;
            texts.push_back(std::to_string(*number));
        } else {
            record.type = REKAM_VALUE_TEXT;
            texts.push_back(std::get<std::string>(option.value));
        }
        record.text = texts.back().c_str();
        records.push_back(record);
    }
};

} // namespace

std::size_t Page::row_bytes() const {
    const std::size_t samples = std::size_t{record.width_px} * record.channels;
    return record.bits == 1 ? (samples + 7) / 8 : samples * record.bits / 8;
}

/// The functions behind rekam_job_t, and what one job has made so far.
struct JobCalls {
    TestDevice& device;
    Outcome outcome;
    std::map<uint64_t, std::vector<uint8_t>> open;
    uint64_t next_token = 1;

    explicit JobCalls(TestDevice& d) : device(d) {}

    static JobCalls& of(const rekam_job_t* job) { return *static_cast<JobCalls*>(job->data); }

    static uint32_t frame_new(const rekam_job_t* job, uint64_t, rekam_frame_t* out) {
        const uint32_t size = out->size;
        std::memset(out, 0, sizeof *out);
        out->size = size;
        out->token = of(job).next_token++;
        of(job).open[out->token];
        return REKAM_OK;
    }
    static uint32_t frame_write(const rekam_job_t* job, rekam_frame_t* frame, const void* data, size_t bytes) {
        JobCalls& calls = of(job);
        if (calls.device.refuse_write != REKAM_OK)
            return std::exchange(calls.device.refuse_write, uint32_t{REKAM_OK});
        const auto* from = static_cast<const uint8_t*>(data);
        auto& to = calls.open.at(frame->token);
        to.insert(to.end(), from, from + bytes);
        calls.outcome.bytes_written += bytes;
        if (calls.device.on_write)
            calls.device.on_write(calls.outcome.bytes_written);
        return REKAM_OK;
    }
    static uint32_t frame_submit(const rekam_job_t* job, rekam_frame_t* frame) {
        JobCalls& calls = of(job);
        Page page{*frame, std::move(calls.open.at(frame->token))};
        calls.open.erase(frame->token);
        const bool fits = page.record.height_px > 0 && page.bytes.size() == page.row_bytes() * page.record.height_px;
        if (!fits || frame->stride_bytes != 0 || std::string(frame->format) != REKAM_FORMAT_RAW)
            return REKAM_E_BAD_FRAME;
        calls.outcome.pages.push_back(std::move(page));
        return REKAM_OK;
    }
    static void frame_drop(const rekam_job_t* job, rekam_frame_t* frame) { of(job).open.erase(frame->token); }
    static uint32_t frame_region(const rekam_job_t*, rekam_frame_t*, const rekam_region_t*) { return REKAM_E_INTERNAL; }
    static uint32_t result(const rekam_job_t* job, const char* key, const char* json) {
        of(job).outcome.results[key] = json;
        return REKAM_OK;
    }
    static void event(const rekam_job_t* job, const rekam_event_t* event) {
        of(job).outcome.percents.push_back(event->percent);
    }
    static bool cancelled(const rekam_job_t* job) { return of(job).device.cancelled_; }
    static uint64_t remaining_ms(const rekam_job_t*) { return UINT64_MAX; }

    rekam_job_t table(const rekam_request_t* request) {
        return {this,        request,      cancelled,    remaining_ms, event, frame_new,
                frame_write, frame_region, frame_submit, frame_drop,   result};
    }
};

Outcome TestDevice::run(const OptionList& options) {
    const Packed packed(options);
    rekam_request_t request{};
    request.size = sizeof request;
    request.function = REKAM_FUNCTION_DOCUMENT;
    request.accepted_mono_us = now_us();
    request.subject = "document.page";
    request.options = packed.records.data();
    request.option_count = static_cast<uint32_t>(packed.records.size());
    const auto* capture = static_cast<const rekam_capture_t*>(device_->extension(device_, REKAM_EXT_CAPTURE));
    if (!capture)
        throw HostError("the device offers no " REKAM_EXT_CAPTURE);
    JobCalls calls(*this);
    const rekam_job_t job = calls.table(&request);
    calls.outcome.error.size = sizeof(rekam_error_t);
    const uint64_t began = now_us();
    calls.outcome.code = capture->run(device_, &job, &calls.outcome.error);
    calls.outcome.took_ms = static_cast<int64_t>((now_us() - began) / 1000);
    calls.outcome.frames_left = calls.open.size();
    cancelled_ = false; // a cancellation belongs to its job
    return std::move(calls.outcome);
}

std::vector<Check> TestDevice::health(uint32_t level, uint32_t* code) {
    std::vector<Check> checks;
    rekam_health_sink_t sink{};
    sink.data = &checks;
    sink.check = [](const rekam_health_sink_t* s, const rekam_check_t* c) {
        static_cast<std::vector<Check>*>(s->data)->push_back({c->state, c->who, c->component, c->evidence, c->hint});
    };
    rekam_request_t request{};
    request.size = sizeof request;
    request.subject = "";
    JobCalls calls(*this);
    const rekam_job_t job = calls.table(&request);
    rekam_error_t error{};
    error.size = sizeof error;
    const uint32_t result = device_->health(device_, level, &job, &sink, &error);
    if (code)
        *code = result;
    cancelled_ = false;
    return checks;
}

std::string TestDevice::capabilities(uint32_t function) {
    const char* text = device_->capabilities(device_, function, &revision_);
    return text ? text : "";
}

void TestDevice::interrupt() {
    cancelled_ = true;
    device_->interrupt(device_);
}

TestDevice::~TestDevice() { device_->close(device_); }

TestHost::TestHost() {
    keep_sane_loaded();
    const char* build = std::getenv("REKAM_BUILD_DIR");
    const std::string path = std::string(build ? build : ".") + "/plugins/rekam-sane.so";
    // Like the station's host, this one never unloads a plugin.
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        throw HostError(::dlerror());
    manifest_ = static_cast<const rekam_manifest_t*>(::dlsym(library, REKAM_MANIFEST_SYMBOL));
    const auto create = reinterpret_cast<rekam_create_t>(::dlsym(library, "rekam_create"));
    if (!manifest_ || !create)
        throw HostError("a symbol is missing in " + path);
    table_.abi_major = REKAM_ABI_MAJOR;
    table_.abi_minor = REKAM_ABI_MINOR;
    table_.data = this;
    table_.extension = [](const rekam_host_t*, const char*) -> const void* { return nullptr; };
    table_.log = [](const rekam_host_t*, uint32_t, const char*) {};
    table_.devices_changed = [](const rekam_host_t*) {};
    table_.device_changed = [](const rekam_host_t* host, rekam_device_t*, uint32_t changes) {
        static_cast<TestHost*>(host->data)->changes_ |= changes;
    };
    rekam_error_t error{};
    error.size = sizeof error;
    if (create(&table_, &plugin_, &error) != REKAM_OK)
        throw HostError(error.message);
}

TestHost::~TestHost() { plugin_->destroy(plugin_); }

std::vector<rekam_device_info_t> TestHost::enumerate() {
    std::vector<rekam_device_info_t> found;
    rekam_error_t error{};
    error.size = sizeof error;
    const auto add = [](void* context, const rekam_device_info_t* info) {
        static_cast<std::vector<rekam_device_info_t>*>(context)->push_back(*info);
        return true;
    };
    if (plugin_->enumerate(plugin_, add, &found, &error) != REKAM_OK)
        throw HostError(error.message);
    return found;
}

std::unique_ptr<TestDevice> TestHost::open(const std::string& id, rekam_error_t* error) {
    rekam_error_t own{};
    rekam_error_t* filled = error ? error : &own;
    *filled = {};
    filled->size = sizeof *filled;
    rekam_device_info_t info{};
    info.size = sizeof info;
    rekam_device_t* device = nullptr;
    if (plugin_->open(plugin_, id.c_str(), &info, &device, filled) != REKAM_OK) {
        if (!error)
            throw HostError("open " + id + ": " + filled->message);
        return nullptr;
    }
    return std::make_unique<TestDevice>(device, info);
}

} // namespace rekam::sane_test
