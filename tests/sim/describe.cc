// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/describe.h"

#include "core/wire/tables.h"

namespace rekam::sim {

std::string describe(const broker::Event& event) {
    const auto of = [](std::uint64_t child) { return " " + std::to_string(child); };
    struct Words {
        decltype(of)& child;
        std::string operator()(const broker::Restored& e) {
            return "starts, epoch" + child(static_cast<std::uint64_t>(e.station_epoch));
        }
        std::string operator()(const broker::ConfigLoaded&) { return "configuration loaded"; }
        std::string operator()(const broker::ConfigRefused&) { return "configuration refused"; }
        std::string operator()(const broker::ChildStarted& e) { return "started" + child(e.child); }
        std::string operator()(const broker::ChildSpawnFailed& e) { return "spawn failed" + child(e.child); }
        std::string operator()(const broker::ChildMessage& e) {
            const auto* row = wire::row(e.message.prefix.type);
            const auto& prefix = e.message.prefix;
            return "from" + child(e.child) + " " + (row ? std::string(row->name) : "?") + " request" +
                   child(prefix.request) + " job" + child(prefix.job) + " " + e.message.json;
        }
        std::string operator()(const broker::ChannelBroken& e) { return "channel broken" + child(e.child); }
        std::string operator()(const broker::ChildExited& e) {
            return "exited" + child(e.child) + " signal " + std::to_string(e.signal);
        }
        std::string operator()(const broker::ChildGone& e) {
            return std::string(e.stuck ? "stuck" : "gone") + child(e.child);
        }
        std::string operator()(const broker::Durable& e) { return "durable" + child(e.token); }
        std::string operator()(const broker::AppendFailed& e) { return "append failed" + child(e.token); }
        std::string operator()(const broker::Found& e) { return "found" + child(e.token); }
        std::string operator()(const broker::PortReset& e) {
            return "port reset" + child(e.device) + (e.failure ? " failed" : "");
        }
        std::string operator()(const broker::Probed& e) { return "looked at the machine" + child(e.number); }
        std::string operator()(const broker::JournalAnswered& e) { return "journal answered" + child(e.token); }
        std::string operator()(const broker::PowerSeen& e) {
            return "power " + std::string(e.on_battery ? "battery " : "mains ") +
                   std::to_string(e.percent.value_or(-1));
        }
        std::string operator()(const broker::HotplugWatch& e) { return e.watching ? "udev tells" : "udev is silent"; }
        std::string operator()(const broker::BusChanged& e) {
            return e.physical + (e.removed ? " is unplugged" : " is plugged in");
        }
        std::string operator()(const broker::Tick&) { return "tick"; }
        std::string operator()(const broker::Stop&) { return "SIGTERM"; }
    };
    return std::visit(Words{of}, event);
}

} // namespace rekam::sim
