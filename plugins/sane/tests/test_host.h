// SPDX-License-Identifier: Apache-2.0 OR MIT
// A host in the test's own process: loads rekam-sane.so and drives it through the C ABI alone. Frames are plain memory.
#pragma once

#include <rekam/ext/capture.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace rekam::sane_test {

struct Option {
    std::string key;
    std::variant<bool, int64_t, double, std::string> value;
    Option(std::string k, const char* v) : key(std::move(k)), value(std::string(v)) {}
    Option(std::string k, std::string v) : key(std::move(k)), value(std::move(v)) {}
    Option(std::string k, bool v) : key(std::move(k)), value(v) {}
    Option(std::string k, int v) : key(std::move(k)), value(int64_t{v}) {}
    Option(std::string k, double v) : key(std::move(k)), value(v) {}
};
using OptionList = std::vector<Option>;

struct Page {
    rekam_frame_t record{};
    std::vector<uint8_t> bytes;
    std::size_t row_bytes() const;
};

/// What came of one job.
struct Outcome {
    uint32_t code = REKAM_OK;
    rekam_error_t error{};
    std::vector<Page> pages; // as they were announced
    std::map<std::string, std::string> results;
    std::vector<int32_t> percents;
    int64_t took_ms = 0;
    std::size_t bytes_written = 0;
    std::size_t frames_left = 0; // neither submitted nor dropped
};

struct Check {
    uint32_t state = 0, who = 0;
    std::string component, evidence, hint;
};

/// Thrown by frames that break the contract, and by what cannot be loaded.
struct HostError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class TestDevice {
  public:
    TestDevice(rekam_device_t* device, rekam_device_info_t info) : device_(device), info_(info) {}
    ~TestDevice();
    TestDevice(const TestDevice&) = delete;
    TestDevice& operator=(const TestDevice&) = delete;

    /// Called with the bytes written so far, after each write; in it, a test may interrupt() the job.
    std::function<void(std::size_t)> on_write;
    /// The code that the next frame_write returns, once; OK: it stores.
    uint32_t refuse_write = REKAM_OK;

    Outcome run(const OptionList& options = {});
    std::vector<Check> health(uint32_t level, uint32_t* code = nullptr);
    /// Null becomes "".
    std::string capabilities(uint32_t function = REKAM_FUNCTION_DOCUMENT);
    uint32_t revision() const { return revision_; }
    /// [any] What a station does: the job is cancelled and the plugin nudged.
    void interrupt();
    const rekam_device_info_t& info() const { return info_; }
    rekam_device_t* raw() const { return device_; }

  private:
    friend struct JobCalls;
    rekam_device_t* device_;
    rekam_device_info_t info_;
    std::atomic<bool> cancelled_{false};
    uint32_t revision_ = 0;
};

class TestHost {
  public:
    TestHost();
    ~TestHost();
    TestHost(const TestHost&) = delete;
    TestHost& operator=(const TestHost&) = delete;

    std::vector<rekam_device_info_t> enumerate();
    /// Null and *error filled when it cannot be opened.
    std::unique_ptr<TestDevice> open(const std::string& id, rekam_error_t* error = nullptr);
    const rekam_manifest_t& manifest() const { return *manifest_; }
    /// What the plugin told by device_changed, of all devices.
    uint32_t changes() const { return changes_; }

  private:
    rekam_host_t table_{};
    const rekam_manifest_t* manifest_ = nullptr;
    rekam_plugin_t* plugin_ = nullptr;
    std::atomic<uint32_t> changes_{0};
};

/// See leaks.cc.
void keep_sane_loaded();

} // namespace rekam::sane_test
