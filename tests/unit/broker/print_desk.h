// SPDX-License-Identifier: Apache-2.0
// A desk with a card printer that has an encoder: slots "printer" and "encoder", both of the device org.cp/1.
#pragma once

#include "tests/unit/broker/client.h"

#include "core/wire/codec.h"
#include "core/wire/gate_messages.h"

namespace rekam::broker {

inline std::map<std::string, FakePlugin> printer_plugins(std::optional<std::int64_t> counter = {}) {
    FakePlugin plugin;
    plugin.id = "org.cp";
    plugin.devices.resize(1);
    auto& device = plugin.devices.front();
    device.id = "1";
    device.function = model::Function::card_printer;
    device.second = model::Function::card_reader;
    device.capabilities = R"({"type":"object","properties":{
        "formats":{"type":"array","items":{"type":"string","enum":["image/png"]}},"steps":{"type":"array"},"on_fail":{"type":"string"},
        "back":{"type":"object"},"tracks":{"type":"array"}}})";
    if (counter) {
        device.evidence.emplace();
        device.evidence->counter = counter;
    }
    return {{"/plugins/cp.so", plugin}};
}

inline Config printer_config() {
    return make_config({make_slot("printer", "org.cp/1", model::Function::card_printer),
                        make_slot("encoder", "org.cp/1", model::Function::card_reader)},
                       {"cp"});
}

class PrintDesk : public ::testing::Test {
  protected:
    PrintDesk() { world.has_side_effects = true; }

    World world{printer_config(), printer_plugins()};
    Client client{world, "desk-1", 1000, {}, "op-7"};
    std::string visit = client.open_case("issue");
    std::string lease = client.lease("printer\",\"encoder", visit);
    const std::string cp = "org.cp/1";

    /// The next person: a case has one card.
    void new_visit() {
        client.ask("case.close", R"({"case":")" + visit + "\"}");
        visit = client.open_case("issue");
        lease = client.lease("printer\",\"encoder", visit);
    }
    std::string envelope(const std::string& idem, std::int64_t deadline_ms = 30'000) const {
        return R"("progress":true,"deadline_ms":)" + std::to_string(deadline_ms) + R"(,"station_epoch":)" +
               std::to_string(world.station_epoch) + R"(,"idem":")" + idem + R"(","lease":")" + lease + "\"";
    }
    /// print.start with one attachment for the front.
    std::uint64_t print(const std::string& idem, const std::string& more = {}, const std::string& hash = "sha256:aa",
                        std::int64_t deadline_ms = 30'000, const std::string& format = "image/png") {
        const std::string params = R"({"slot":"printer","front":{"part":0,"format":")" + format + "\"}" + more + "}";
        const std::string header = R"({"v":1,"id":"p)" + idem + R"(","op":"print.start","session":")" + client.token +
                                   "\"," + envelope(idem, deadline_ms) + R"(,"params":)" + params + "}";
        return world.request(client.session, header, wire::encode(wire::Attachments{{{100, hash}}}),
                             {world.new_descriptor()}, {100});
    }
    std::uint64_t print_with_chip(const std::string& idem) {
        return print(idem, R"(,"steps":["chip","print"],"encoder":"encoder","on_fail":"reject")");
    }
    std::uint64_t open_card(const std::string& idem, const std::string& intent = "write") {
        return client.send("card.open", R"({"slot":"encoder","intent":")" + intent + "\"}", envelope(idem));
    }
    /// The host says something about the newest job that it was given.
    void host_says(wire::Type type, const std::string& json = {}) {
        world.say(world.host_id(cp), type, json, world.running(cp).prefix);
    }
    /// ... or about an earlier one.
    void host_says(const World::Running& job, wire::Type type, const std::string& json = {}) {
        world.say(world.host_id(cp), type, json, job.prefix);
    }
    World::Running begin() {
        host_says(wire::Type::host_begins, "{}");
        return world.running(cp);
    }
    World::Running at_chip(const std::string& idem) {
        print_with_chip(idem);
        const auto job = begin();
        host_says(wire::Type::host_chip);
        return job;
    }
    static std::string printed(const std::string& at, const std::string& failure = {}) {
        return R"({"frames":0,"printed":{"card_at":")" + at + "\"}" +
               (failure.empty() ? "" : R"(,"failure":)" + failure) + "}";
    }
    Answer job_of(const std::string& idem) { return client.ask("job.get", R"({"idem":")" + idem + "\"}"); }
    Answer case_record() { return client.ask("case.get", R"({"case":")" + visit + "\"}"); }
};

} // namespace rekam::broker
