// SPDX-License-Identifier: Apache-2.0
// device.statistics: what was counted, for how long it is kept, who began it anew.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

struct Statistics : Desk {
    Answer figures(const std::string& device = "org.cam/1") {
        return client.ask("device.statistics", R"({"device":")" + device + R"("})");
    }
};

TEST_F(Statistics, CountWhatADeviceHasDone) {
    const auto first = client.capture(lease, "k1");
    world.pass_ms(1'500);
    world.deliver(cam);
    EXPECT_EQ(client.reply(first).code(), "ok");
    client.capture(lease, "k2");
    world.deliver(cam);
    client.capture(lease, "k3");
    world.fail(cam, "no-subject");
    client.capture(lease, "k4");
    world.die(world.host_id(cam));
    world.pass_ms(1'000);
    const auto seen = figures();
    EXPECT_EQ(seen["statistics.captures"], "2");
    EXPECT_EQ(seen["statistics.retakes"], "1");
    EXPECT_EQ(seen["statistics.failures.no-subject"], "1");
    EXPECT_EQ(seen["statistics.failures.plugin-crashed"], "1");
    EXPECT_EQ(seen["statistics.restarts"], "1");
    EXPECT_EQ(seen["statistics.busy_ms"], "1500");
    EXPECT_EQ(seen["statistics.prints"], "0");
    EXPECT_EQ(figures("org.cam/2")["statistics.captures"], "0");
}

TEST_F(Statistics, DoNotCountWhatNeverBegan) {
    client.capture(lease, "k1");
    const auto waits = client.capture(lease, "k2");
    EXPECT_EQ(client.ask("job.cancel", R"({"job":")" + world.state().jobs.rbegin()->second.record.job + R"("})").code(),
              "ok");
    EXPECT_EQ(client.reply(waits).code(), "cancelled");
    client.capture(lease, "k3", "photo", "face", R"("zoom":7)");
    world.deliver(cam);
    const auto seen = figures();
    EXPECT_EQ(seen["statistics.captures"], "1");
    EXPECT_EQ(seen["statistics.failures.out-of-range"], "-");
    EXPECT_EQ(seen["statistics.failures.cancelled"], "-");
}

TEST_F(Statistics, KeepTheHistoryOfTheStates) {
    EXPECT_EQ(figures()["statistics.history.0.state"], "ready");
    world.die(world.host_id(cam));
    world.pass_ms(1'000);
    const auto seen = figures();
    EXPECT_EQ(seen["statistics.history.1.state"], "down");
    EXPECT_EQ(seen["statistics.history.1.code"], "plugin-crashed");
    EXPECT_EQ(seen["statistics.history.2.state"], "ready");
    EXPECT_EQ(seen["statistics.history.3.state"], "-") << "opening it is no event";
    for (int i = 0; i < 40; ++i) {
        world.die(world.host_id(cam));
        world.pass_ms(70'000); // long enough to be forgiven
    }
    EXPECT_EQ(figures()["statistics.history.31.state"], "ready");
    EXPECT_EQ(figures()["statistics.history.32.state"], "-") << "it is bounded";
}

TEST_F(Statistics, BeginAnewAtAServiceVisit) {
    client.capture(lease, "k1");
    world.deliver(cam);
    const auto closed = client.ask("device.statistics", R"({"device":"org.cam/1","reset":true,"by":"Wayan"})");
    EXPECT_EQ(closed["statistics.captures"], "1") << "the visit wants to see what there was";
    const auto seen = figures();
    EXPECT_EQ(seen["statistics.captures"], "0");
    EXPECT_EQ(seen["statistics.reset_by"], "Wayan");
    EXPECT_EQ(seen["statistics.history.0.state"], "ready");
}

TEST_F(Statistics, SurviveARestart) {
    client.capture(lease, "k1");
    world.deliver(cam);
    world.pass_ms(61'000);
    World next(world.state().config, two_cameras(), world.stored(), 2);
    Client later(next);
    EXPECT_EQ(later.ask("device.statistics", R"({"device":"org.cam/1"})")["statistics.captures"], "1");
}

TEST_F(Statistics, AreWrittenWhenTheStationStops) {
    client.capture(lease, "k1");
    world.deliver(cam);
    world.step(Stop{});
    EXPECT_TRUE(world.exited);
    EXPECT_NE(world.disk.at({"statistics", "org.cam/1"}).find(R"("captures":1)"), std::string::npos);
}

TEST_F(Statistics, AreRefusedWithAReason) {
    EXPECT_EQ(figures("org.no/1").code(), "unknown-device");
    const auto nobody = client.ask("device.statistics", R"({"device":"org.cam/1","reset":true})");
    EXPECT_EQ(nobody.code(), "bad-request");
    EXPECT_EQ(nobody["path"], "params.by");
    EXPECT_EQ(client.ask("device.statistics", R"({"device":"org.cam/1","by":"Wayan"})").code(), "bad-request");
}

TEST_F(Statistics, OfADeviceThatLeftAreStillThere) {
    client.capture(lease, "k1");
    world.deliver(cam);
    world.step(ConfigLoaded{make_config({make_slot("second", "org.cam/2")})});
    world.plugins.begin()->second.devices[0].plugged = false;
    auto config = world.state().config;
    config.supervision.enumerate_every_ms = 1'000;
    world.step(ConfigLoaded{config});
    wire::Prefix about;
    about.request = world.number("org.cam/2");
    world.say(world.host_id("org.cam/2"), wire::Type::host_changed, R"({"devices":true})", about);
    EXPECT_FALSE(world.state().device_ids.contains("org.cam/1"));
    const auto seen = figures();
    EXPECT_EQ(seen["statistics.captures"], "1");
    EXPECT_EQ(seen["statistics.history.1.state"], "absent");
}

} // namespace
} // namespace rekam::broker
