// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/frame_peers.h"

#include <cmath>
#include <cstring>
#include <stdexcept>

#include <sane/sane.h>

namespace rekam::bench {
namespace {

void check(SANE_Status status, const char* what) {
    if (status != SANE_STATUS_GOOD)
        throw std::runtime_error(std::string(what) + ": " + sane_strstatus(status));
}

class Sane final : public Target {
  public:
    Sane(const std::string& device, std::size_t bytes) : buffer_(1 << 20) {
        static const SANE_Status begun = sane_init(nullptr, nullptr); // once for all of them, and never again
        check(begun, "sane_init");
        check(sane_open(device.c_str(), &handle_), "sane_open");
        std::string color = "Color";
        set("mode", color.data());
        SANE_Int depth = 8;
        set("depth", &depth);
        SANE_Fixed right = SANE_FIX(200), bottom = SANE_FIX(200);
        set("br-x", &right);
        set("br-y", &bottom);
        // Three bytes a pixel on 200 mm by 200 mm.
        SANE_Fixed dpi = SANE_FIX(std::sqrt(static_cast<double>(bytes) / 3) * 25.4 / 200);
        set("resolution", &dpi);
    }
    ~Sane() override { sane_close(handle_); }
    void once() override {
        check(sane_start(handle_), "sane_start");
        picture_.clear();
        for (;;) {
            SANE_Int got = 0;
            const auto status = sane_read(handle_, buffer_.data(), static_cast<SANE_Int>(buffer_.size()), &got);
            if (status == SANE_STATUS_EOF)
                break;
            check(status, "sane_read");
            picture_.insert(picture_.end(), buffer_.begin(), buffer_.begin() + got);
        }
        sane_cancel(handle_);
        if (picture_.size() < 1'000'000)
            throw std::runtime_error("SANE gave " + std::to_string(picture_.size()) + " bytes only");
    }

  private:
    void set(const char* name, void* value) {
        const SANE_Option_Descriptor* option = nullptr;
        for (SANE_Int index = 1; (option = sane_get_option_descriptor(handle_, index)) != nullptr; ++index)
            if (option->name && std::strcmp(option->name, name) == 0)
                return check(sane_control_option(handle_, index, SANE_ACTION_SET_VALUE, value, nullptr), name);
        throw std::runtime_error(std::string("SANE's test scanner has no option ") + name);
    }

    SANE_Handle handle_ = nullptr;
    std::vector<SANE_Byte> buffer_, picture_;
};

} // namespace

std::unique_ptr<Target> make_sane_target(const std::string& device, std::size_t bytes) {
    return std::make_unique<Sane>(device, bytes);
}

} // namespace rekam::bench
