// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/enumerate.h"

#include "core/host/library.h"
#include "core/host/log.h"
#include "core/host/mock.h"
#include "core/host/plugin_error.h"
#include "core/wire/codec.h"

#include <cstring>
#include <set>

namespace rekam::host {
namespace {

// More than any desk has; beyond it the plugin counts something else.
constexpr std::size_t max_devices = 256;

struct Found {
    const Manifest* manifest;
    std::vector<wire::EnumDevice> devices;
    std::set<std::string> twice; ///< ids of more than one device: ambiguity is an error, never a guess
};

bool on_found(void* context, const rekam_device_info_t* info) {
    auto& found = *static_cast<Found*>(context);
    rekam_device_info_t copy{};
    std::memcpy(&copy, info, std::min<std::size_t>(info->size, sizeof copy));
    auto device = read_device(copy, *found.manifest);
    if (const auto* failure = std::get_if<wire::Failure>(&device)) {
        log_line(REKAM_LOG_ERROR, failure->message);
        return true;
    }
    auto& one = std::get<wire::EnumDevice>(device);
    for (const wire::EnumDevice& other : found.devices)
        if (other.id == one.id)
            found.twice.insert(one.id);
    found.devices.push_back(std::move(one));
    return found.devices.size() < max_devices;
}

} // namespace

void enumerate(const wire::EnumStart& start, const wire::Prefix& prefix,
               const std::function<void(wire::Message)>& send) {
    const std::string& path = start.path;
    const auto tell = [&](wire::Type type, std::string body) {
        wire::Message message;
        message.prefix.type = type;
        message.prefix.request = prefix.request;
        message.prefix.incarnation = prefix.incarnation;
        message.json = std::move(body);
        send(std::move(message));
    };
    const auto fail = [&](const wire::Failure& failure) { tell(wire::Type::host_failed, wire::encode(failure)); };

    const auto manifest = Manifest::read(path);
    if (const auto* error = std::get_if<ManifestError>(&manifest))
        return fail(error->failure());
    tell(wire::Type::enum_manifest, wire::encode(std::get<Manifest>(manifest).record()));

    HostPorts ports;
    ports.devices_changed = [] {}; // this process is about to list them, and to end
    ports.device_changed = [](const rekam_device_t*, std::uint32_t) {};
    auto loaded = Library::load(path, std::move(ports));
    if (const auto* failure = std::get_if<wire::Failure>(&loaded))
        return fail(*failure);
    const auto& library = std::get<std::unique_ptr<Library>>(loaded);
    for (const wire::HostMock& order : start.mocks.value_or(std::vector<wire::HostMock>{})) {
        wire::Message answer;
        answer.prefix.type = wire::Type::host_mock_done;
        answer.prefix.request = prefix.request;
        answer.prefix.incarnation = prefix.incarnation;
        answer.prefix.job = static_cast<std::uint64_t>(order.call);
        answer.json = wire::encode(tell_mock(library->plugin(), order));
        send(std::move(answer));
    }
    Found found{&library->manifest(), {}, {}};
    rekam_error_t error = empty_error();
    const std::uint32_t code = library->plugin()->enumerate(library->plugin(), &on_found, &found, &error);
    if (code != REKAM_OK)
        return fail(failure_of(code, error));
    for (const std::string& id : found.twice)
        log_line(REKAM_LOG_ERROR, "two devices share the id " + id + "; neither is used");
    for (const wire::EnumDevice& device : found.devices)
        if (!found.twice.contains(device.id))
            tell(wire::Type::enum_device, wire::encode(device));
    tell(wire::Type::enum_done, "");
    library->destroy();
}

} // namespace rekam::host
