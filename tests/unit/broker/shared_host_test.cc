// SPDX-License-Identifier: Apache-2.0
// A plugin with process=shared: all its devices in one process, each with its own jobs, all with one fate.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

using wire::Type;

std::map<std::string, FakePlugin> shared_cameras(const std::string& threading = "free") {
    auto plugins = two_cameras();
    plugins.begin()->second.process = "shared";
    plugins.begin()->second.threading = threading;
    return plugins;
}

class SharedHost : public ::testing::Test {
  protected:
    const std::string one = "org.cam/1", two = "org.cam/2";
    World world{make_config({make_slot("photo", one), make_slot("second", two)}), shared_cameras()};
    Client client{world};
    std::string visit = client.open_case();
    std::string lease = client.lease("photo\",\"second", visit);
    std::uint64_t first = 0, second = 0; ///< the captures

    void both_capture() {
        first = client.capture(lease, "k1");
        second = client.capture(lease, "k2", "second");
    }
    Answer slot(const std::string& name) { return client.ask("slot.get", R"({"slot":")" + name + "\"}"); }
    ChildId host_id() { return world.host_id(one); }
    void bind(std::vector<SlotConfig> slots) { world.step(ConfigLoaded{make_config(std::move(slots))}); }
};

TEST_F(SharedHost, HasAllDevicesOpenAtOnce) {
    EXPECT_EQ(world.spawned(ChildKind::host), 1U);
    EXPECT_EQ(slot("photo")["slot.state"], "ready");
    EXPECT_EQ(slot("second")["slot.state"], "ready");
    both_capture();
    world.deliver(two);
    EXPECT_TRUE(client.is_open(first));
    EXPECT_TRUE(client.reply(second).ok);
    world.deliver(one);
    EXPECT_TRUE(client.reply(first).ok);
}

TEST_F(SharedHost, ACrashEndsEveryJobWithItsOwnOutcome) {
    both_capture();
    client.ask("job.cancel", R"({"job":"J-1-2"})");
    world.die(host_id());
    EXPECT_EQ(client.reply(first).code(), "plugin-crashed");
    EXPECT_EQ(client.reply(second).code(), "cancelled");
    EXPECT_EQ(world.spawned(ChildKind::host), 2U) << "one new process for both";
    EXPECT_EQ(slot("photo")["slot.state"], "ready");
    EXPECT_EQ(slot("second")["slot.state"], "ready");
}

TEST_F(SharedHost, AHangThatNeedsAKillIsBlamedOnItsDevice) {
    for (int i = 0; i < 5; ++i) {
        const auto hanging = client.capture(lease, "h" + std::to_string(i), "photo", "face", {}, 1'000);
        const auto innocent = client.capture(lease, "i" + std::to_string(i), "second");
        world.pass_ms(1'000 + 2'000);
        EXPECT_EQ(client.reply(hanging).code(), "timeout");
        const auto lost = client.reply(innocent);
        EXPECT_EQ(lost.code(), "plugin-crashed");
        EXPECT_NE(lost["message"].find(one), std::string::npos) << lost["message"];
        EXPECT_EQ(slot("second")["slot.state"], "ready") << "back at once";
        world.pass_ms(5'000);
    }
    EXPECT_EQ(slot("photo")["slot.state"], "quarantined");
    EXPECT_EQ(slot("second")["slot.state"], "ready");
}

TEST_F(SharedHost, ACrashIsBlamedOnTheOneThatWorked) {
    for (int i = 0; i < 5; ++i) {
        client.capture(lease, "c" + std::to_string(i));
        world.die(host_id());
        world.pass_ms(5'000);
    }
    EXPECT_EQ(slot("photo")["slot.state"], "quarantined");
    EXPECT_EQ(slot("second")["slot.state"], "ready");
    EXPECT_EQ(world.state().devices.at(world.number(two)).crashes.total(), 0);
}

TEST_F(SharedHost, ACrashOfNobodyKnownCountsAgainstAll) {
    for (int i = 0; i < 5; ++i) {
        world.die(host_id());
        world.pass_ms(5'000);
    }
    EXPECT_EQ(slot("photo")["slot.state"], "quarantined");
    EXPECT_EQ(slot("second")["slot.state"], "quarantined");
}

TEST_F(SharedHost, AHostThatGivesUpNamesTheDevice) {
    both_capture();
    wire::Prefix prefix;
    prefix.request = world.number(two);
    prefix.flags = wire::flag_fatal;
    world.say(host_id(), Type::host_failed, R"({"code":"broken-promise","message":"it hangs in its close"})", prefix);
    EXPECT_EQ(client.reply(second).code(), "broken-promise");
    EXPECT_EQ(client.reply(first).code(), "plugin-crashed");
    EXPECT_EQ(world.state().devices.at(world.number(one)).crashes.total(), 0);
    EXPECT_EQ(world.state().devices.at(world.number(two)).crashes.total(), 1);
}

TEST_F(SharedHost, OneDeviceIsClosedAndOpenedAgainBesideTheOther) {
    client.ask("lease.release", R"({"lease":")" + lease + "\"}");
    lease = client.lease("photo", visit);
    first = client.capture(lease, "k1");
    bind({make_slot("photo", one)});
    EXPECT_EQ(world.state().devices.at(world.number(two)).host, 0U);
    bind({make_slot("photo", one), make_slot("second", two)});
    EXPECT_EQ(slot("second")["slot.state"], "ready");
    EXPECT_EQ(world.spawned(ChildKind::host), 1U) << "in the same process";
    world.deliver(one);
    EXPECT_TRUE(client.reply(first).ok);
}

TEST_F(SharedHost, TheProcessEndsWithItsLastDevice) {
    bind({});
    EXPECT_FALSE(world.is_alive("host org.cam"));
    EXPECT_TRUE(std::ranges::none_of(world.state().children,
                                     [](const auto& entry) { return entry.second.kind == ChildKind::host; }));
}

TEST_F(SharedHost, ADeviceThatDoesNotCloseHasTheProcessKilled) {
    world.child(host_id()).mute = true;
    bind({make_slot("photo", one)});
    world.pass_ms(world.state().config.supervision.stop_ms_max);
    EXPECT_EQ(world.spawned(ChildKind::host), 2U);
    EXPECT_EQ(slot("photo")["slot.state"], "ready");
    EXPECT_EQ(world.state().devices.at(world.number(one)).crashes.total(), 0);
}

TEST_F(SharedHost, WhatItSaysOfAnotherDeviceIsAFault) {
    wire::Prefix prefix;
    prefix.request = 99;
    world.say(host_id(), Type::host_final, R"({"frames":0})", prefix);
    EXPECT_EQ(world.spawned(ChildKind::host), 2U);
}

TEST_F(SharedHost, TheStationsStopEndsIt) {
    both_capture();
    world.step(Stop{});
    world.final(one, 0);
    world.final(two, 0);
    world.pass_ms(3'000);
    EXPECT_TRUE(world.exited);
}

TEST(SharedHostOpens, ARefusedDeviceWaitsAloneAndTheOtherWorks) {
    auto plugins = shared_cameras();
    auto& refusing = plugins.begin()->second.devices[0];
    refusing.refuses.emplace().code = model::Code::device_gone;
    refusing.refuses->message = "it is not plugged in";
    World world{make_config({make_slot("photo", "org.cam/1"), make_slot("second", "org.cam/2")}), plugins};
    Client client{world};
    EXPECT_EQ(client.ask("slot.get", R"({"slot":"photo"})")["slot.state"], "down");
    EXPECT_EQ(client.ask("slot.get", R"({"slot":"second"})")["slot.state"], "ready");
    world.plugins.begin()->second.devices[0].refuses.reset();
    world.pass_ms(40'000);
    EXPECT_EQ(client.ask("slot.get", R"({"slot":"photo"})")["slot.state"], "ready");
    EXPECT_EQ(world.spawned(ChildKind::host), 1U);
}

TEST(SharedHostOpens, AProcessThatHoldsNothingEndsAndTheNextTryIsAFreshOne) {
    auto plugins = shared_cameras();
    for (auto& device : plugins.begin()->second.devices) {
        device.refuses.emplace().code = model::Code::permission_denied;
        device.refuses->message = "the SDK cannot be had";
    }
    World world{make_config({make_slot("photo", "org.cam/1"), make_slot("second", "org.cam/2")}), plugins};
    EXPECT_FALSE(world.is_alive("host org.cam"));
    for (auto& device : world.plugins.begin()->second.devices)
        device.refuses.reset();
    world.pass_ms(40'000);
    EXPECT_TRUE(world.is_alive("host org.cam"));
}

TEST(SharedHostOpens, OneThreadForAllDevicesMeansOneDeviceOpen) {
    World world{make_config({make_slot("photo", "org.cam/1"), make_slot("second", "org.cam/2")}),
                shared_cameras("single")};
    Client client{world};
    EXPECT_EQ(client.ask("slot.get", R"({"slot":"photo"})")["slot.state"], "ready");
    const auto second = client.ask("device.get", R"({"device":"org.cam/2"})");
    EXPECT_NE(second.text().find("one process and one thread"), std::string::npos) << second.text();
}

} // namespace
} // namespace rekam::broker
