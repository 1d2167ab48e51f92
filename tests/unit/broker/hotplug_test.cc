// SPDX-License-Identifier: Apache-2.0
// What the bus says, and what becomes of the devices on it.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

std::map<std::string, FakePlugin> usb_cameras() {
    auto plugins = two_cameras();
    FakePlugin& plugin = plugins.begin()->second;
    plugin.device_classes = R"(["usb:image","video4linux"])";
    plugin.devices[0].physical = "usb:1-1";
    plugin.devices[1].physical = "usb:1-2";
    return plugins;
}

struct Hotplug : testing::Test {
    World world{make_config({make_slot("photo", "org.cam/1"), make_slot("second", "org.cam/2")}), usb_cameras()};
    Client client{world};
    const std::string cam = "org.cam/1";
    FakeDevice& plug() { return world.plugins.begin()->second.devices[0]; }

    BusChanged at(bool removed, const std::string& subsystem = "usb", const std::string& physical = "usb:1-1") {
        return {removed, subsystem, "/devices/usb1/1-1", physical, ""};
    }
    void unplug() {
        plug().plugged = false;
        world.step(at(true));
    }
    void replug() {
        plug().plugged = true;
        world.step(at(false));
    }
    std::size_t lists() { return world.spawned("enumerator cam"); }
    Answer slot() { return client.ask("slot.get", R"({"slot":"photo"})"); }
};

TEST_F(Hotplug, AnUnpluggedDeviceIsAbsentAtOnce) {
    world.host(cam).mute = true; // its close hangs: nobody waits for that
    unplug();
    EXPECT_EQ(slot()["slot.state"], "absent");
    const auto lease = client.lease("photo", client.open_case());
    EXPECT_EQ(client.reply(client.capture(lease, "k1")).code(), "device-gone");
    world.pass_ms(10'000);
    EXPECT_FALSE(world.is_alive("host org.cam/1"));
    replug();
    world.pass_ms(1'000);
    EXPECT_EQ(slot()["slot.state"], "ready");
    EXPECT_EQ(client.ask("device.get", R"({"device":"org.cam/1"})")["device.error.code"], "-");
    EXPECT_EQ(client.ask("slot.get", R"({"slot":"second"})")["slot.state"], "ready") << "its neighbour never was away";
}

TEST_F(Hotplug, ADeviceAtWorkFinishesFirst) {
    const auto lease = client.lease("photo", client.open_case());
    const auto runs = client.capture(lease, "k1");
    const auto waits = client.capture(lease, "k2");
    unplug();
    EXPECT_EQ(client.reply(waits).code(), "device-gone");
    EXPECT_TRUE(world.is_alive("host org.cam/1"));
    world.deliver(cam); // it had all that it needed
    EXPECT_EQ(client.reply(runs).code(), "ok");
    EXPECT_FALSE(world.is_alive("host org.cam/1"));
    EXPECT_EQ(slot()["slot.state"], "absent");
}

TEST_F(Hotplug, NewsAreGatheredBeforePluginsListAnew) {
    const auto before = lists();
    for (int i = 0; i < 4; ++i) {
        world.step(at(false));
        world.pass_ms(100);
    }
    EXPECT_EQ(lists(), before);
    world.pass_ms(500);
    EXPECT_EQ(lists(), before + 1);
    for (int i = 0; i < 60; ++i) { // a bus that never comes to rest
        world.step(at(false));
        world.pass_ms(100);
    }
    EXPECT_GE(lists(), before + 3);
    EXPECT_LE(lists(), before + 4);
}

TEST_F(Hotplug, OnlyPluginsThatClaimTheClassAreAsked) {
    const auto before = lists();
    world.step(at(false, "tty", ""));
    world.pass_ms(5'000);
    EXPECT_EQ(lists(), before);
    world.step(at(false, "video4linux", ""));
    world.pass_ms(1'000);
    EXPECT_EQ(lists(), before + 1);
}

TEST_F(Hotplug, APortThatKeepsLosingItsDeviceFlaps) {
    for (int i = 0; i < 3; ++i) {
        unplug();
        replug();
        world.pass_ms(1'000);
    }
    EXPECT_EQ(slot()["slot.state"], "ready");
    auto station = client.ask("station.get", "{}");
    world.step(HotplugWatch{true, ""});
    station = client.ask("station.get", "{}");
    EXPECT_EQ(station["hotplug.state"], "udev");
    EXPECT_EQ(station["hotplug.ports.0.port"], "usb:1-1");
    EXPECT_EQ(station["hotplug.ports.0.removals"], "3");
    EXPECT_EQ(station["hotplug.ports.0.flapping"], "true");
    const auto asked = client.send("health.check", R"({"slot":"photo"})");
    world.say(world.host_id(cam), wire::Type::host_health, R"({"state":"ok","checks":[]})", [&] {
        wire::Prefix about;
        about.request = world.number(cam);
        return about;
    }());
    const auto report = client.reply(asked);
    EXPECT_EQ(report["state"], "degraded");
    EXPECT_EQ(report["checks.0.component"], "port");
    EXPECT_EQ(report["checks.0.hint"], "replace-cable");
    world.pass_ms(61'000);
    EXPECT_EQ(client.ask("station.get", "{}")["hotplug.ports.0.flapping"], "false") << "a minute without is calm";
    EXPECT_EQ(client.ask("station.get", "{}")["hotplug.ports.0.removals"], "3");
}

TEST_F(Hotplug, RemovalsFarApartDoNotFlap) {
    world.step(HotplugWatch{true, ""});
    for (int i = 0; i < 5; ++i) {
        unplug();
        replug();
        world.pass_ms(40'000);
    }
    EXPECT_EQ(client.ask("station.get", "{}")["hotplug.ports.0.flapping"], "false");
}

TEST_F(Hotplug, WhereNobodyTellsPluginsAreAsked) {
    EXPECT_EQ(client.ask("station.get", "{}")["hotplug.state"], "-");
    const auto before = lists();
    world.step(HotplugWatch{false, "udev does not run"});
    const auto station = client.ask("station.get", "{}");
    EXPECT_EQ(station["hotplug.state"], "polling");
    EXPECT_EQ(station["hotplug.reason"], "udev does not run");
    EXPECT_EQ(station["hotplug.poll_ms"], "30000");
    world.pass_ms(61'000);
    EXPECT_EQ(lists(), before + 2);
    auto config = world.state().config;
    config.supervision.hotplug_poll_ms = 0;
    world.step(ConfigLoaded{config});
    EXPECT_EQ(client.ask("station.get", "{}")["hotplug.state"], "off");
}

TEST_F(Hotplug, TwinsWithoutSerialNumberAreNeverGuessedBetween) {
    // Told apart by their ports alone; a pattern that fits both says so and binds neither.
    auto config = make_config({make_slot("photo", "org.cam/*")});
    World twins(config, usb_cameras());
    Client asks(twins);
    auto seen = asks.ask("slot.get", R"({"slot":"photo"})");
    EXPECT_EQ(seen["slot.device"], "-");
    EXPECT_NE(seen["slot.reason"].find("2 devices match org.cam/*"), std::string::npos) << seen["slot.reason"];
    EXPECT_NE(seen["slot.reason"].find("name one in slots.toml"), std::string::npos);
    twins.plugins.begin()->second.devices[0].plugged = false; // one leaves: the other is meant
    twins.step(at(true));
    twins.pass_ms(1'000);
    seen = asks.ask("slot.get", R"({"slot":"photo"})");
    EXPECT_EQ(seen["slot.device"], "org.cam/2");
}

} // namespace
} // namespace rekam::broker
