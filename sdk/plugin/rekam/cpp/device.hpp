// SPDX-License-Identifier: Apache-2.0 OR MIT
//
// rekam/cpp/device.hpp: the classes that a C++ driver derives from. A device implements Device and, beside it, one
// interface per extension that it offers (class Scanner : public Device, public Capture). The wrapper finds them by
// dynamic_cast and makes the C tables. Every function may throw Error.
#pragma once

#include <memory>
#include <vector>

#include "../ext/card.h"
#include "../ext/card_transport.h"
#include "../ext/evidence.h"
#include "../ext/identify.h"
#include "../ext/preview.h"
#include "../ext/print.h"
#include "../ext/settings.h"
#include "../ext/statistics.h"
#include "../ext/status.h"
#include "job.hpp"

namespace rekam::plugin {

// Reports the checks of one health call. Thread: the caller's.
class HealthReport {
  public:
    explicit HealthReport(const rekam_health_sink_t* sink) : sink_(sink) {}

    void ok(std::string_view component, std::string_view evidence) { add(REKAM_HEALTH_OK, component, evidence, 0, {}); }
    void degraded(std::string_view component, std::string_view evidence, rekam_who who, std::string_view hint) {
        add(REKAM_HEALTH_DEGRADED, component, evidence, static_cast<uint32_t>(who), hint);
    }
    void failed(std::string_view component, std::string_view evidence, rekam_who who, std::string_view hint) {
        add(REKAM_HEALTH_FAILED, component, evidence, static_cast<uint32_t>(who), hint);
    }

    // A figure that was measured and is well by itself: "temperature" in 0.1 degree Celsius. Slots may require limits.
    void measured(std::string_view component, std::string_view evidence, std::string_view reading, int64_t value) {
        add(REKAM_HEALTH_OK, component, evidence, 0, {}, reading, value);
    }

  private:
    void add(rekam_health_state state, std::string_view component, std::string_view evidence, uint32_t who,
             std::string_view hint, std::string_view reading = {}, int64_t value = 0) {
        rekam_check_t check{};
        put_text(check.reading, reading);
        check.value = value;
        check.size = sizeof check;
        check.state = static_cast<uint32_t>(state);
        check.who = who;
        put_text(check.component, component);
        put_text(check.evidence, evidence);
        put_text(check.hint, hint);
        sink_->check(sink_, &check);
    }

    const rekam_health_sink_t* sink_;
};

struct Capabilities {
    std::string json; // see README.md; empty: no such function
    uint32_t revision = 1;
};

// One open device. Destroyed on [device] by close. All functions [device] unless they say otherwise.
class Device {
  public:
    virtual ~Device() = default;
    virtual void interrupt() {} // [any]; must not block. Enough as it is for a run that asks cancelled() often.
    virtual void health(uint32_t level, Job& job, HealthReport& report) = 0; // level: enum rekam_level
    virtual Capabilities capabilities(uint32_t function) = 0;

    // What the host knows this device by; null until open has returned. For Host::device_changed.
    rekam_device_t* handle() const { return handle_; }

    struct Attach { // the wrapper's key to handle_
        static void handle(Device& device, rekam_device_t* handle) { device.handle_ = handle; }
    };

  private:
    rekam_device_t* handle_ = nullptr;
};

class Capture { // rekam.capture/1
  public:
    virtual ~Capture() = default;
    virtual void run(Job& job) = 0;
};

class Preview { // rekam.preview/1
  public:
    virtual ~Preview() = default;
    virtual uint64_t preview_start(const Request& request) = 0; // largest picture in bytes
    virtual void preview_next(uint32_t timeout_ms, rekam_preview_buffer_t& buffer) = 0;
    virtual void preview_stop() noexcept = 0;
};

class Settings { // rekam.settings/1
  public:
    virtual ~Settings() = default;
    virtual Capabilities settings_describe() = 0;
    virtual std::string settings_read() = 0;
    virtual void settings_write(const rekam_option_t* options, std::size_t count) = 0;
};

class Print { // rekam.print/1
  public:
    virtual ~Print() = default;
    // After call.started() an Error without an effect, and any other exception, is reported as UNKNOWN.
    virtual void print(Job& job, const rekam_print_call_t& call, rekam_print_result_t& result) = 0;
};

class Card { // rekam.card/1
  public:
    virtual ~Card() = default;
    virtual void card_open(Job& job, uint32_t intent, uint32_t protocols, rekam_card_info_t& info) = 0;
    virtual std::vector<uint8_t> card_transmit(Job& job, const uint8_t* command, std::size_t bytes) = 0;
    virtual void card_close() noexcept = 0;
};

class CardTransport { // rekam.card-transport/1
  public:
    virtual ~CardTransport() = default;
    virtual void transport_info(rekam_transport_info_t& info) noexcept = 0;
    virtual uint32_t card_where() = 0;
    virtual void card_move(Job& job, uint32_t to, uint32_t& at) = 0; // sets at also when it throws
};

class Evidence { // rekam.evidence/1
  public:
    virtual ~Evidence() = default;
    virtual void evidence(rekam_evidence_record_t& record) = 0;
};

class Identify { // rekam.identify/1
  public:
    virtual ~Identify() = default;
    virtual uint32_t identify_means() noexcept = 0;
    virtual void identify(uint32_t means, uint32_t ms) = 0;
};

class Statistics { // rekam.statistics/1
  public:
    virtual ~Statistics() = default;
    virtual std::vector<rekam_counter_t> statistics() = 0;
};

// Something that is used up; -1 is what the device does not know.
struct Consumable : rekam_consumable_t {
    Consumable(std::string_view called, std::string_view counted_in) : rekam_consumable_t{} {
        put_text(name, called);
        put_text(unit, counted_in);
        left = of = low_at = -1;
    }
    Consumable& amount(int64_t is_left, int64_t of_full = -1) {
        left = is_left;
        of = of_full;
        return *this;
    }
    // At `amount` and below, `who` does what `action` says.
    Consumable& low(int64_t amount, rekam_who mends, std::string_view action) {
        low_at = amount;
        who = static_cast<uint32_t>(mends);
        put_text(hint, action);
        return *this;
    }
    // At 0 the device cannot work.
    Consumable& essential() {
        flags |= REKAM_CONSUMABLE_ESSENTIAL;
        return *this;
    }
};

class Status { // rekam.status/1
  public:
    virtual ~Status() = default;
    virtual std::vector<Consumable> consumables() = 0; // on the thread of the health check before it
};

} // namespace rekam::plugin
