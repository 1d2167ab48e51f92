// SPDX-License-Identifier: Apache-2.0 OR MIT
//
// rekam/cpp/tables.hpp: the C tables of the extensions, each function a thin guard around the C++ interface.
#pragma once

#include "../ext/capture.h"
#include "box.hpp"

namespace rekam::plugin::detail {

inline constexpr rekam_capture_t capture_table = {[](rekam_device_t* d, const rekam_job_t* j, rekam_error_t* e) {
    return guard(e, [&] {
        Job job(j);
        as<Capture>(d).run(job);
    });
}};

inline constexpr rekam_preview_t preview_table = {
    [](rekam_device_t* d, const rekam_request_t* r, uint64_t* bytes_max, rekam_error_t* e) {
        return guard(e, [&] { *bytes_max = as<Preview>(d).preview_start(Request(r)); });
    },
    [](rekam_device_t* d, uint32_t timeout_ms, rekam_preview_buffer_t* b, rekam_error_t* e) {
        return guard(e, [&] { as<Preview>(d).preview_next(timeout_ms, *b); });
    },
    [](rekam_device_t* d) { as<Preview>(d).preview_stop(); }};

inline constexpr rekam_settings_t settings_table = {
    [](rekam_device_t* d, uint32_t* revision) -> const char* {
        rekam_error_t ignored{};
        const uint32_t code = guard(&ignored, [&] {
            Capabilities c = as<Settings>(d).settings_describe();
            *revision = c.revision;
            box(d).settings_schema = std::move(c.json);
        });
        return code == REKAM_OK ? box(d).settings_schema.c_str() : nullptr;
    },
    [](rekam_device_t* d, const char** json, rekam_error_t* e) {
        return guard(e, [&] {
            box(d).settings_values = as<Settings>(d).settings_read();
            *json = box(d).settings_values.c_str();
        });
    },
    [](rekam_device_t* d, const rekam_option_t* options, size_t count, rekam_error_t* e) {
        return guard(e, [&] { as<Settings>(d).settings_write(options, count); });
    }};

inline constexpr rekam_identify_t identify_table = {
    [](rekam_device_t* d) { return as<Identify>(d).identify_means(); },
    [](rekam_device_t* d, uint32_t means, uint32_t ms, rekam_error_t* e) {
        return guard(e, [&] { as<Identify>(d).identify(means, ms); });
    }};

inline constexpr rekam_statistics_t statistics_table = {[](rekam_device_t* d, rekam_counter_t* out, size_t capacity) {
    std::size_t count = 0;
    rekam_error_t ignored{};
    guard(&ignored, [&] {
        const std::vector<rekam_counter_t> counters = as<Statistics>(d).statistics();
        std::copy_n(counters.begin(), std::min(capacity, counters.size()), out);
        count = counters.size();
    });
    return count;
}};

inline constexpr rekam_status_t status_table = {[](rekam_device_t* d, rekam_consumable_t* out, size_t capacity) {
    std::size_t count = 0;
    rekam_error_t ignored{};
    guard(&ignored, [&] {
        const std::vector<Consumable> all = as<Status>(d).consumables();
        std::copy_n(all.begin(), std::min(capacity, all.size()), out);
        count = all.size();
    });
    return count;
}};

// Offers a table only where the device implements its interface.
inline const void* find_extension(Device& device, std::string_view id) {
    const auto offer = [&](const auto* interface, const void* table) { return interface ? table : nullptr; };
    if (id == REKAM_EXT_CAPTURE)
        return offer(dynamic_cast<Capture*>(&device), &capture_table);
    if (id == REKAM_EXT_PREVIEW)
        return offer(dynamic_cast<Preview*>(&device), &preview_table);
    if (id == REKAM_EXT_SETTINGS)
        return offer(dynamic_cast<Settings*>(&device), &settings_table);
    if (id == REKAM_EXT_PRINT)
        return offer(dynamic_cast<Print*>(&device), &print_table);
    if (id == REKAM_EXT_CARD)
        return offer(dynamic_cast<Card*>(&device), &card_table);
    if (id == REKAM_EXT_CARD_TRANSPORT)
        return offer(dynamic_cast<CardTransport*>(&device), &card_transport_table);
    if (id == REKAM_EXT_EVIDENCE)
        return offer(dynamic_cast<Evidence*>(&device), &evidence_table);
    if (id == REKAM_EXT_IDENTIFY)
        return offer(dynamic_cast<Identify*>(&device), &identify_table);
    if (id == REKAM_EXT_STATISTICS)
        return offer(dynamic_cast<Statistics*>(&device), &statistics_table);
    if (id == REKAM_EXT_STATUS)
        return offer(dynamic_cast<Status*>(&device), &status_table);
    return nullptr;
}

} // namespace rekam::plugin::detail
