// SPDX-License-Identifier: Apache-2.0 OR MIT
// One open device: every call of the ABI that is made on it. All functions on the device's thread, except interrupt.
#pragma once

#include "core/host/call.h"
#include "core/host/pool.h"
#include "core/host/shared_library.h"

#include <rekam/ext/capture.h>

#include <memory>
#include <string>
#include <vector>

namespace rekam::host {

class Device final : private LibraryUser {
  public:
    /// `plugin` outlives it.
    Device(Post post, SharedLibrary& plugin) : post_(std::move(post)), plugin_(plugin) {}

    [[nodiscard]] Event open(const wire::HostStart& start);
    [[nodiscard]] Event run(const Run& run, Call& call);
    [[nodiscard]] Event run_print(const Run& run, Call& call);
    [[nodiscard]] Event run_card(const Run& run, Call& call);
    [[nodiscard]] Event preview(const ShowPreview& step);
    [[nodiscard]] Event check(const Check& check, Call& call); ///< [device] or [health]
    [[nodiscard]] Event identify(const Identify& asked);
    [[nodiscard]] Event read_capabilities();
    [[nodiscard]] Event close();

    /// [any] Nudges an open device; harmless when there is none.
    void interrupt();

  private:
    friend struct PrintUnderWay;
    [[nodiscard]] bool can_identify() const;
    std::optional<wire::Failure> start_preview(const wire::HostPreview& asked, Previewed& done);
    void next_picture(const ShowPreview& step, Previewed& done);
    void put_in_pool(std::string_view bytes, std::size_t buffer, Previewed& done);
    template <class Table> const Table* extension(const char* id) const {
        return static_cast<const Table*>(device_->extension(device_, id));
    }
    [[nodiscard]] std::optional<wire::Evidence> evidence();
    void learn_of_cards(wire::HostReady& ready);
    wire::Expected<std::map<std::string, wire::RawJson>> capabilities(std::int64_t& revision);
    void devices_changed() override;
    void device_changed(std::uint32_t changes) override;
    [[nodiscard]] bool has(const rekam_device_t* device) const override { return device == known_.load(); }
    std::optional<wire::Failure> open_device(const wire::HostStart& start, wire::HostReady& ready);

    Post post_;
    SharedLibrary& plugin_;
    Library* library_ = nullptr; ///< while it is the plugin's user
    std::mutex open_mutex_;      ///< holds close back while interrupt is inside the plugin
    rekam_device_t* device_ = nullptr;
    std::atomic<const rekam_device_t*> known_{nullptr}; ///< device_ for has()
    std::uint32_t functions_ = 0;
    std::vector<std::uint8_t> preview_buffer_; ///< of the preview that runs, reused
    Pool preview_pool_;                        ///< in place of it, where others look into the buffers
    std::vector<std::string> preview_formats_; ///< in the order of preference
};

} // namespace rekam::host
