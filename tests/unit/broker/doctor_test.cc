// SPDX-License-Identifier: Apache-2.0
// device.doctor: each cause is brought about, and told from the others.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

class Doctor : public Desk {
  protected:
    Answer ask() { return client.ask("device.doctor", R"({"slot":"photo"})"); }
    FakeDevice& camera() { return world.plugins.begin()->second.devices[0]; }
    void expect(const std::string& cause, const std::string& who, const std::string& evidence) {
        const auto found = ask();
        EXPECT_EQ(found["cause"], cause) << found.text();
        EXPECT_EQ(found["who"], who) << found.text();
        EXPECT_NE(found["evidence"].find(evidence), std::string::npos) << found.text();
        EXPECT_GT(found["next"].size(), 10U);
    }
    void refuses(model::Code code) {
        camera().refuses = wire::Failure{code, "node 5", {}, {}};
        world.die(world.host_id(cam));
        world.pass_ms(100);
    }
    void replug(int times) {
        for (int i = 0; i < times; ++i)
            for (const bool plugged : {false, true}) {
                camera().plugged = plugged;
                client.ask("plugin.reload", R"({"plugin":"org.cam"})");
            }
    }
};

TEST_F(Doctor, FindsADeviceHealthy) {
    expect("healthy", "-", "ready");
    const auto device = client.ask("device.doctor", R"({"device":"org.cam/1"})");
    EXPECT_EQ(device["device"], cam);
    EXPECT_EQ(device["slot"], "-");
}

TEST_F(Doctor, RefusesWhatItDoesNotKnow) {
    EXPECT_EQ(client.ask("device.doctor", "{}").code(), "bad-request");
    EXPECT_EQ(client.ask("device.doctor", R"({"slot":"no"})").code(), "unknown-slot");
    EXPECT_EQ(client.ask("device.doctor", R"({"device":"no"})").code(), "unknown-device");
}

TEST_F(Doctor, FindsASlotHeld) {
    client.ask("slot.hold", R"({"slot":"photo","reason":"lens cracked","by":"Siti"})");
    expect("held", "technician", "Siti: lens cracked");
}

TEST_F(Doctor, TellsUnboundFromAmbiguousAndFromAPluginThatFails) {
    world.step(ConfigLoaded{make_config({make_slot("photo", "org.cam/9")})});
    expect("unbound", "technician", "org.cam/9");
    world.step(ConfigLoaded{make_config({make_slot("photo", "org.cam/*")})});
    expect("ambiguous", "technician", "org.cam/1 and org.cam/2");
    FakePlugin broken;
    broken.id = "org.broken";
    broken.refuses = wire::Failure{model::Code::wrong_driver, "built for ABI 2", {}, {}};
    world.plugins["/plugins/broken.so"] = broken;
    world.step(ConfigLoaded{make_config({make_slot("photo", "org.broken/1")}, {"cam", "broken"})});
    expect("plugin-failed", "technician", "built for ABI 2");
}

TEST_F(Doctor, FindsWhatThePluginSays) {
    refuses(model::Code::permission_denied);
    expect("no-permission", "technician", "node 5");
    EXPECT_EQ(ask()["hint"], "grant-permission");
}

TEST_F(Doctor, FindsAnotherProgram) {
    refuses(model::Code::held_by_process);
    expect("held-by-process", "technician", "node 5");
}

TEST_F(Doctor, FindsAWrongDriver) {
    refuses(model::Code::wrong_driver);
    expect("wrong-driver", "technician", "node 5");
}

TEST_F(Doctor, CallsATechnicianWhenTheStationHasTriedOftenEnough) {
    refuses(model::Code::device_down);
    expect("down", "self", "node 5");
    world.pass_ms(60'000);
    expect("down", "technician", "node 5");
}

TEST_F(Doctor, FindsACrashWithItsFingerprint) {
    camera().silent = true;
    for (int i = 0; i < 2; ++i)
        world.die(world.host_id(cam), 6);
    expect("crashed", "self", "org.cam 1, call open, signal 6");
    for (int i = 0; i < 4; ++i) {
        world.pass_ms(2'000);
        world.die(world.host_id(cam), 6);
    }
    expect("quarantined", "technician", "signal 6");
    EXPECT_EQ(ask()["crash.signal"], "6");
    EXPECT_EQ(ask()["hint"], "clear-quarantine");
}

TEST_F(Doctor, FindsAHang) {
    camera().silent = true;
    world.die(world.host_id(cam));
    for (int i = 0; i < 200 && ask()["cause"] == "starting"; ++i)
        world.pass_ms(200);
    expect("hung", "self", "promise");
}

TEST_F(Doctor, FindsAProcessThatIsStuck) {
    world.children_die_when_killed = false;
    world.host(cam).mute = true;
    world.pass_ms(20'000);
    world.step(ChildGone{world.host_id(cam), true});
    expect("stuck", "technician", "kernel");
}

TEST_F(Doctor, TellsUnpluggedFromFlapping) {
    camera().plugged = false;
    client.ask("plugin.reload", R"({"plugin":"org.cam"})");
    expect("unplugged", "operator", "listed it before");
    camera().plugged = true;
    client.ask("plugin.reload", R"({"plugin":"org.cam"})");
    expect("healthy", "-", "ready");
    replug(2);
    expect("flapping", "technician", "3 times");
    world.pass_ms(601'000);
    expect("healthy", "-", "ready");
}

TEST_F(Doctor, FindsWhatIsNotCovered) {
    auto config = make_config({make_slot("photo", cam)});
    config.slots[0].requires_ = wire::RawJson{R"({"zoom":{"maximum":900}})"};
    world.step(ConfigLoaded{config});
    expect("not-covered", "technician", "zoom 900");
}

TEST_F(Doctor, FindsAFault) {
    client.send("health.check", R"({"slot":"photo"})");
    world.say(world.host_id(cam), wire::Type::host_health, R"({"state":"degraded","checks":[]})");
    expect("degraded", "technician", "health check");
}

} // namespace
} // namespace rekam::broker
