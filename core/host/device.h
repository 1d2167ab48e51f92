// SPDX-License-Identifier: Apache-2.0 OR MIT
// One open device: every call of the ABI that is made on it. All functions on the device's thread, except interrupt.
#pragma once

#include "core/host/call.h"
#include "core/host/library.h"

#include <rekam/ext/capture.h>

#include <memory>

namespace rekam::host {

class Device {
  public:
    explicit Device(Post post) : post_(std::move(post)) {}

    [[nodiscard]] Event open(const wire::HostStart& start);
    [[nodiscard]] Event run(const Run& run, Call& call);
    [[nodiscard]] Event check(const Check& check, Call& call); ///< [device] or [health]
    [[nodiscard]] Event read_capabilities();
    [[nodiscard]] Event close();

    /// [any] Nudges an open device; harmless when there is none.
    void interrupt();

  private:
    wire::Expected<std::map<std::string, wire::RawJson>> capabilities(std::int64_t& revision);
    std::optional<wire::Failure> open_device(const wire::HostStart& start, wire::HostReady& ready);

    Post post_;
    std::unique_ptr<Library> library_;
    std::mutex open_mutex_; ///< holds close back while interrupt is inside the plugin
    rekam_device_t* device_ = nullptr;
    std::uint32_t functions_ = 0;
};

} // namespace rekam::host
