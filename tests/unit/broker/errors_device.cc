// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/broker/errors.h"

namespace rekam::broker {
namespace {

using enum model::Code;

/// A capture from a device that its plugin refuses to open, in the words "lens cap".
Answer refuses_to_open(model::Code code) {
    auto plugins = two_cameras();
    plugins.begin()->second.devices[0].refuses = wire::Failure{code, "lens cap", {}, {}};
    return Setting({}, plugins).capture();
}

/// A capture from a slot that is configured so.
Answer with_slot(const std::function<void(SlotConfig&)>& tweak) {
    return Setting([&](Config& config) { tweak(config.slots[0]); }).capture();
}

/// A capture from a slot whose record must be durable first, while the store fails.
Answer store_fails(bool full) {
    Setting at([](Config& config) { config.slots[0].record_first = true; });
    at.world.store_fails = true;
    at.world.store_is_full = full;
    return at.capture();
}

Answer unplugged() {
    Setting at([](Config& config) { config.supervision.enumerate_every_ms = 1'000; });
    at.world.plugins.begin()->second.devices[0].plugged = false;
    at.world.pass_ms(1'000); // not listed any more, and still open
    at.world.die(at.world.host_id(at.cam));
    return at.capture();
}

Answer hangs_in_the_kernel() {
    Setting at;
    at.world.children_die_when_killed = false;
    at.world.host(at.cam).mute = true;
    at.world.pass_ms(20'000); // its ping is overdue, it is killed, and does not die
    at.world.step(ChildGone{at.world.host_id(at.cam), true});
    return at.capture();
}

Answer quarantined() {
    Setting at;
    for (int i = 0; i < 5; ++i) {
        at.world.die(at.world.host_id(at.cam));
        at.world.pass_ms(5'000);
    }
    return at.capture();
}

Answer one_thread_for_all() {
    auto plugins = two_cameras();
    plugins.begin()->second.process = "shared";
    plugins.begin()->second.threading = "single";
    Setting at({}, plugins);
    return at.client.reply(at.client.capture(at.client.lease("second", at.visit), "k1", "second"));
}

/// The error of a job that the station's end interrupted.
Answer interrupted() {
    Setting at;
    at.client.capture(at.lease, "k1");
    World next(at.world.state().config, two_cameras(), at.world.stored(), 2);
    const auto job = Client(next).ask("job.get", R"({"idem":"k1"})");
    Answer error;
    error.body = job.body.at("job").as_object().at("error").as_object();
    return error;
}

ErrorRows devices() {
    return {
        {device_gone, "unplugged", "technician", "after-fix", "not connected", "check cable and power", unplugged},
        {device_gone, "reported", "technician", "after-fix", "lens cap", "check cable and power",
         [] { return refuses_to_open(device_gone); }},
        {device_down, "reported", "technician", "after-fix", "lens cap", "switch the device off and on",
         [] { return refuses_to_open(device_down); }},
        {permission_denied, "reported", "technician", "after-fix", "lens cap", "let the user of the station open",
         [] { return refuses_to_open(permission_denied); }},
        {wrong_driver, "reported", "technician", "after-fix", "lens cap", "install the plugin",
         [] { return refuses_to_open(wrong_driver); }},
        {held_by_process, "reported", "technician", "after-fix", "lens cap", "close the other program",
         [] { return refuses_to_open(held_by_process); }},
        {device_stuck, "kernel", "technician", "after-fix", "hangs in the kernel", "power-cycle the device",
         hangs_in_the_kernel},
    };
}

ErrorRows plugins_and_slots() {
    return {
        {plugin_crashed, "in_the_job", "technician", "now", "signal 11", "try again",
         [] {
             Setting at;
             return at.running([&] { at.world.die(at.world.host_id(at.cam), 11); });
         }},
        {plugin_quarantined, "five_crashes", "technician", "after-fix", "signal 11", "a technician must look",
         quarantined},
        {held, "out_of_service", "operator", "later", "by Siti: lens cracked", "ask the technician",
         [] {
             Setting at;
             at.client.ask("slot.hold", R"({"slot":"photo","reason":"lens cracked","by":"Siti"})");
             return at.capture();
         }},
        {not_covered, "requires", "technician", "after-fix", "zoom 900", "bind a device that has",
         [] {
             return with_slot([](SlotConfig& slot) { slot.requires_ = wire::RawJson{R"({"zoom":{"maximum":900}})"}; });
         }},
        {slot_unbound, "no_device", "technician", "after-fix", "org.cam/9", "connect it, or mend slots.toml",
         [] { return with_slot([](SlotConfig& slot) { slot.device = "org.cam/9"; }); }},
        {slot_unbound, "two_devices", "technician", "after-fix", "org.cam/1 and org.cam/2", "name one in slots.toml",
         [] { return with_slot([](SlotConfig& slot) { slot.device = "org.cam/*"; }); }},
        {not_ready, "one_thread_for_all", "technician", "later", "org.cam/1", "bind one of them only",
         one_thread_for_all},
        {protocol_error, "nonsense", "vendor", "later", "progress that cannot be read", "call the vendor",
         [] {
             Setting at;
             const auto nonsense = [&] {
                 at.world.say(at.world.host_id(at.cam), wire::Type::host_progress, R"({"percent":"many"})",
                              at.world.running(at.cam).prefix);
             };
             return at.running(nonsense);
         }},
        {broken_promise, "silent", "vendor", "later", "does not answer", "try again",
         [] {
             Setting at;
             return at.running([&] {
                 at.world.host(at.cam).mute = true;
                 at.world.pass_ms(20'000);
             });
         }},
    };
}

ErrorRows station() {
    return {
        {busy, "capturing", "system", "later", "the device is capturing", "try again when it is done",
         [] {
             Setting at;
             at.client.capture(at.lease, "k1");
             return at.client.ask("health.check", R"({"slot":"photo"})");
         }},
        {busy, "checked", "system", "later", "a health check", "try again when it is done",
         [] {
             Setting at;
             at.client.send("health.check", R"({"slot":"photo"})");
             return at.client.ask("health.check", R"({"slot":"photo"})");
         }},
        {disk_full, "record", "system", "after-fix", "disk is full", "free space", [] { return store_fails(true); }},
        {journal_failed, "record", "system", "after-fix", "could not be written", "check the station's disk",
         [] { return store_fails(false); }},
        {shutting_down, "capture", "system", "later", "the station is stopping", "try again when it is back",
         [] {
             Setting at;
             at.client.capture(at.lease, "k1");
             at.world.step(Stop{});
             return at.capture("", "k2");
         }},
        {internal, "restart", "system", "now", "the station restarted", "capture again with a new idem", interrupted},
    };
}

} // namespace

ErrorRows device_errors() {
    auto rows = devices();
    for (auto&& more : {plugins_and_slots(), station()})
        rows.insert(rows.end(), more.begin(), more.end());
    return rows;
}

} // namespace rekam::broker
