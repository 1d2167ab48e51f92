// SPDX-License-Identifier: Apache-2.0
#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"
#include "tests/sim/host_process.h"

namespace rekam::sim {

void EnumeratorProcess::tell(wire::Type type, std::uint64_t incarnation, std::string json) {
    wire::Message message;
    message.prefix.type = type;
    message.prefix.incarnation = incarnation;
    message.json = std::move(json);
    send(std::move(message));
}

void EnumeratorProcess::started() {
    tell(wire::Type::host_hello, 0, wire::encode(wire::ChildHello{"build", static_cast<std::int64_t>(owner())}));
}

void EnumeratorProcess::received(wire::Message message) {
    if (message.prefix.type == wire::Type::host_stop)
        return exit(0);
    if (message.prefix.type != wire::Type::enum_start)
        return;
    const auto start = wire::decode<wire::EnumStart>(message.json);
    hardware_.begin_listing(start->path, owner());
    const auto incarnation = message.prefix.incarnation;
    if (world_.fault(world_.rates.open_hangs))
        return;
    after(world_.between(1'000, 80'000), [this, path = start->path, incarnation] { list(path, incarnation); });
}

void EnumeratorProcess::list(const std::string& path, std::uint64_t incarnation) {
    auto& random = world_.random;
    const PhysicalPlugin& plugin = hardware_.plugin_at(path);
    if (world_.fault(world_.rates.list_fails)) {
        if (random.chance(500))
            return exit(0, 11);
        wire::Failure failure;
        failure.code = model::Code::permission_denied;
        failure.message = "cannot open the bus";
        tell(wire::Type::host_failed, incarnation, wire::encode(failure));
        return exit(0);
    }
    wire::ManifestRecord manifest;
    manifest.id = plugin.id;
    manifest.name = plugin.id;
    manifest.abi_major = 1;
    manifest.process = plugin.shared ? "shared" : "own";
    manifest.threading = plugin.single ? "single" : "free";
    manifest.requested["device_classes"] = {R"(["usb"])"};
    tell(wire::Type::enum_manifest, incarnation, wire::encode(manifest));
    for (const auto* device : hardware_.of(path)) {
        if (!device->plugged || world_.fault(world_.rates.list_changes))
            continue;
        tell(wire::Type::enum_device, incarnation, wire::encode(Hardware::facts(*device)));
        if (world_.fault(world_.rates.list_fails)) // twice the same, or it crashes in the middle
            tell(wire::Type::enum_device, incarnation, wire::encode(Hardware::facts(*device)));
    }
    tell(wire::Type::enum_done, incarnation, "");
    hardware_.release(owner());
    exit(0);
}

} // namespace rekam::sim
