// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/device.h"

#include "core/host/capability_text.h"
#include "core/host/job_services.h"
#include "core/host/log.h"
#include "core/host/plugin_error.h"
#include "core/host/text.h"

#include <rekam/ext/card.h>
#include <rekam/ext/card_transport.h>
#include <rekam/ext/evidence.h>
#include <rekam/ext/identify.h>
#include <rekam/ext/preview.h>
#include <rekam/ext/print.h>
#include <rekam/ext/settings.h>
#include <rekam/ext/statistics.h>
#include <rekam/ext/status.h>

#include <algorithm>
#include <array>

namespace rekam::host {
namespace {

using model::Code;
using wire::Failure;

constexpr std::array known_extensions{
    REKAM_EXT_CAPTURE,        REKAM_EXT_PREVIEW,  REKAM_EXT_SETTINGS, REKAM_EXT_PRINT,      REKAM_EXT_CARD,
    REKAM_EXT_CARD_TRANSPORT, REKAM_EXT_EVIDENCE, REKAM_EXT_IDENTIFY, REKAM_EXT_STATISTICS, REKAM_EXT_STATUS};

constexpr std::size_t max_consumables = 16;
constexpr std::int64_t max_integer = (std::int64_t{1} << 53) - 1; // of a JSON number

model::HealthState state_of(std::uint32_t state) {
    switch (state) {
    case REKAM_HEALTH_OK: return model::HealthState::ok;
    case REKAM_HEALTH_DEGRADED: return model::HealthState::degraded;
    case REKAM_HEALTH_FAILED: return model::HealthState::failed;
    default: return model::HealthState::unknown;
    }
}

/// Worst first: failed, degraded, unknown, ok.
int badness(model::HealthState state) {
    switch (state) {
    case model::HealthState::failed: return 3;
    case model::HealthState::degraded: return 2;
    case model::HealthState::unknown: return 1;
    default: return 0;
    }
}

wire::HealthCheck check_of(const rekam_check_t& check) {
    wire::HealthCheck out;
    out.component = clean_array(check.component);
    out.state = state_of(check.state);
    out.evidence = optional_text(check.evidence);
    out.hint = optional_text(check.hint);
    if (check.who >= REKAM_WHO_SELF && check.who <= REKAM_WHO_VENDOR)
        out.who = static_cast<model::Who>(check.who - REKAM_WHO_SELF);
    const auto reading = clean_array(check.reading);
    if (!reading.empty() && wire::fits(wire::Charset::identifier, reading))
        out.reading = wire::HealthReading{reading, check.value};
    return out;
}

std::optional<std::int64_t> amount(std::int64_t value) {
    return value < 0 || value > max_integer ? std::nullopt : std::optional(value);
}

wire::Consumable consumable_of(const rekam_consumable_t& from) {
    wire::Consumable out;
    out.name = clean_array(from.name);
    out.unit = optional_text(from.unit);
    out.hint = optional_text(from.hint);
    out.left = amount(from.left);
    out.of = amount(from.of);
    out.low_at = amount(from.low_at);
    if (from.who >= REKAM_WHO_SELF && from.who <= REKAM_WHO_VENDOR)
        out.who = static_cast<model::Who>(from.who - REKAM_WHO_SELF);
    if ((from.flags & REKAM_CONSUMABLE_ESSENTIAL) != 0)
        out.essential = true;
    return out;
}

/// What the device uses up; empty where it has no such extension, or counts nothing.
std::optional<std::vector<wire::Consumable>> consumables_of(rekam_device_t* device) {
    const auto* status = static_cast<const rekam_status_t*>(device->extension(device, REKAM_EXT_STATUS));
    if (!status)
        return std::nullopt;
    std::array<rekam_consumable_t, max_consumables> read{};
    const std::size_t count = std::min(status->consumables(device, read.data(), read.size()), read.size());
    std::vector<wire::Consumable> all;
    for (std::size_t i = 0; i < count; ++i)
        if (read.at(i).name[0] != '\0')
            all.push_back(consumable_of(read.at(i)));
    return all.empty() ? std::nullopt : std::optional(std::move(all));
}

/// A health report under way. A plugin that never stops reporting must not fill the message.
struct HealthSink {
    static constexpr std::size_t max_checks = 64;
    std::vector<wire::HealthCheck> checks;
    rekam_health_sink_t table{this, [](const rekam_health_sink_t* sink, const rekam_check_t* check) {
                                  auto& self = *static_cast<HealthSink*>(sink->data);
                                  rekam_check_t copy{};
                                  std::copy_n(reinterpret_cast<const char*>(check),
                                              std::min<std::size_t>(check->size, sizeof copy),
                                              reinterpret_cast<char*>(&copy));
                                  if (self.checks.size() < max_checks)
                                      self.checks.push_back(check_of(copy));
                              }};
};

} // namespace

Event Device::open(const wire::HostStart& start) {
    auto entered = plugin_.enter(start.path, *this);
    if (const auto* failure = std::get_if<Failure>(&entered))
        return OpenFailed{*failure};
    library_ = std::get<Library*>(entered);
    wire::HostReady ready;
    if (auto failure = open_device(start, ready)) {
        (void)close();
        return OpenFailed{std::move(*failure)};
    }
    return Opened{std::move(ready)};
}

void Device::devices_changed() { post_(Changed{.devices = true}); }

void Device::device_changed(std::uint32_t changes) {
    Changed changed;
    changed.devices = changed.gone = (changes & REKAM_CHANGED_GONE) != 0;
    changed.capabilities = (changes & REKAM_CHANGED_CAPABILITIES) != 0;
    if ((changes & REKAM_CHANGED_HEALTH) != 0) // the station asks for health when a person or its schedule wants it
        log_line(REKAM_LOG_INFO, "the plugin says that the health of the device has changed");
    post_(changed);
}

std::optional<Failure> Device::open_device(const wire::HostStart& start, wire::HostReady& ready) {
    rekam_device_info_t info{};
    info.size = sizeof info;
    rekam_error_t error = empty_error();
    rekam_device_t* opened = nullptr;
    const std::uint32_t code =
        library_->plugin()->open(library_->plugin(), start.device.c_str(), &info, &opened, &error);
    if (code != REKAM_OK)
        return failure_of(code, error);
    if (!opened)
        return failure_of(Code::broken_promise, "open reported success without a device");
    {
        const std::lock_guard lock(open_mutex_);
        device_ = opened;
        known_ = opened;
    }
    auto device = read_device(info, library_->manifest());
    if (auto* failure = std::get_if<Failure>(&device))
        return std::move(*failure);
    ready.device = std::get<wire::EnumDevice>(std::move(device));
    if (ready.device.id != start.device)
        return failure_of(Code::broken_promise, "asked for " + start.device + ", the plugin opened " + ready.device.id);
    functions_ = info.functions;
    for (const char* id : known_extensions)
        if (device_->extension(device_, id) && (std::string_view(id) != REKAM_EXT_IDENTIFY || can_identify()))
            ready.extensions.emplace_back(id);
    ready.health_beside_job =
        (info.health_beside & (1u << REKAM_LEVEL_SELF)) != 0 && !library_->manifest().single_threaded();
    auto all = capabilities(ready.caps_rev);
    if (!all)
        return failure_of(all.error().code, all.error().message);
    ready.capabilities = std::move(*all);
    learn_of_cards(ready);
    return std::nullopt;
}

wire::Expected<std::map<std::string, wire::RawJson>> Device::capabilities(std::int64_t& revision) {
    std::map<std::string, wire::RawJson> all;
    std::size_t bytes = 0;
    revision = 0;
    for (const model::Function function : functions_of(functions_)) {
        std::uint32_t own_revision = 0;
        const auto bit = 1u << static_cast<unsigned>(function);
        const char* text = device_->capabilities(device_, bit, &own_revision);
        const std::string word(model::name(function));
        if (!text)
            return model::make_error(Code::broken_promise, "the device says nothing of its function " + word);
        auto read = wire::Expected<wire::RawJson>(host::read_capabilities(text));
        if (!read)
            return model::make_error(read.error().code, word + ": " + read.error().message);
        bytes += read->text.size();
        revision += own_revision; // grows when any of them does
        all.emplace(word, std::move(*read));
    }
    if (bytes > max_capabilities_bytes)
        return model::make_error(Code::broken_promise, "its capabilities are longer than 40 KiB together");
    return all;
}

Event Device::run(const Run& run, Call& call) {
    if (run.run.print)
        return run_print(run, call);
    if (run.run.card)
        return run_card(run, call);
    const auto finish = [&](std::optional<Failure> failure) { return RunEnded{call.id, std::move(failure), {}, {}}; };
    const Request request(run.run);
    if (request.error())
        return finish(failure_of(request.error()->code, request.error()->message));
    const auto* capture = static_cast<const rekam_capture_t*>(device_->extension(device_, REKAM_EXT_CAPTURE));
    if (!capture)
        return finish(failure_of(Code::unsupported_parameter, "this device cannot capture"));
    JobServices services(JobServices::Kind::capture, call, request, post_);
    rekam_error_t error = empty_error();
    const std::uint32_t code = capture->run(device_, services.table(), &error);
    if (services.spoiled())
        return finish(services.spoiled());
    if (code != REKAM_OK)
        return finish(failure_of(code, error));
    auto readings = services.finish();
    if (!readings)
        return finish(failure_of(readings.error().code, readings.error().message));
    RunEnded ended{call.id, std::nullopt, std::nullopt};
    if (!readings->empty())
        ended.readings = std::move(*readings);
    return ended;
}

Event Device::check(const Check& check, Call& call) {
    const Request request;
    JobServices services(JobServices::Kind::health, call, request, post_);
    HealthSink sink;
    rekam_error_t error = empty_error();
    const auto level = static_cast<std::uint32_t>(check.level);
    const std::uint32_t code = device_->health(device_, level, services.table(), &sink.table, &error);
    Checked checked;
    checked.call = call.id;
    if (code != REKAM_OK)
        checked.health.failure = failure_of(code, error);
    else if (sink.checks.empty())
        checked.health.failure =
            failure_of(Code::broken_promise, "the plugin reported a health check without a result");
    const auto worst = std::ranges::max_element(sink.checks, {}, [](const auto& one) { return badness(one.state); });
    if (worst != sink.checks.end())
        checked.health.state = worst->state;
    checked.health.checks = std::move(sink.checks);
    if (code == REKAM_OK)
        checked.health.consumables = consumables_of(device_);
    return checked;
}

Event Device::read_capabilities() {
    CapabilitiesRead read;
    auto all = capabilities(read.caps_rev);
    if (all)
        read.capabilities = std::move(*all);
    else
        log_line(REKAM_LOG_ERROR, all.error().message);
    return read;
}

Event Device::close() {
    rekam_device_t* closing = nullptr;
    {
        const std::lock_guard lock(open_mutex_);
        closing = std::exchange(device_, nullptr);
    }
    if (closing)
        closing->close(closing);
    known_ = nullptr;
    if (std::exchange(library_, nullptr))
        plugin_.leave(*this);
    return Closed{};
}

void Device::interrupt() {
    const std::lock_guard lock(open_mutex_);
    if (device_)
        device_->interrupt(device_);
}

} // namespace rekam::host
