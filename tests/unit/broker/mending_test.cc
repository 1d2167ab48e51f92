// SPDX-License-Identifier: Apache-2.0
// plugin.reload, plugin.clear-quarantine and slot.reset: fresh processes, none of them under a job.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

class Mending : public Desk {
  protected:
    void quarantine(const std::string& output = "") {
        for (int i = 0; i < 5; ++i) {
            const auto host = world.host_id(cam);
            world.child(host).alive = false;
            world.step(ChildExited{host, 0, 11, output});
            world.step(ChildGone{host, false});
            world.pass_ms(5'000);
        }
        ASSERT_EQ(device(cam)["device.state"], "quarantined");
    }
    std::size_t hosts() { return world.spawned("host " + cam); }
    Answer reset(const std::string& more = "") { return client.ask("slot.reset", R"({"slot":"photo")" + more + "}"); }
};

TEST_F(Mending, ShowsTheFingerprintOfACrash) {
    quarantine("libcam: started\nexposure table corrupt\n\nabort at frame.c:12\nlast words\n");
    const auto shown = device(cam);
    EXPECT_EQ(shown["device.error.code"], "plugin-quarantined");
    EXPECT_EQ(shown["device.error.crash.plugin"], "org.cam");
    EXPECT_EQ(shown["device.error.crash.version"], "1");
    EXPECT_EQ(shown["device.error.crash.call"], "idle");
    EXPECT_EQ(shown["device.error.crash.signal"], "11");
    EXPECT_EQ(shown["device.error.crash.output.2"], "last words");
    EXPECT_EQ(shown.size("device.error.crash.output"), 3U);
    const auto refused = client.reply(client.capture(lease, "k1"));
    EXPECT_EQ(refused.code(), "plugin-quarantined");
    EXPECT_EQ(refused["crash"], "-") << "no job is told a vendor's words";
}

TEST_F(Mending, NamesTheCallThatDied) {
    client.capture(lease, "k1");
    world.die(world.host_id(cam), 6);
    world.plugins.begin()->second.devices[0].silent = true;
    EXPECT_EQ(device(cam)["device.error"], "-") << "it is open again already";
    client.capture(lease, "k2");
    world.die(world.host_id(cam), 6);
    EXPECT_EQ(device(cam)["device.error.crash.call"], "run");
    world.pass_ms(1'000);
    world.die(world.host_id(cam), 6);
    EXPECT_EQ(device(cam)["device.error.crash.call"], "open");
}

TEST_F(Mending, EndsAQuarantineOfADevice) {
    EXPECT_EQ(client.ask("plugin.clear-quarantine", R"({"device":"org.cam/1"})")["cleared"], "0");
    quarantine();
    const auto before = hosts();
    const auto cleared = client.ask("plugin.clear-quarantine", R"({"device":"org.cam/1"})");
    EXPECT_EQ(cleared["cleared"], "1");
    EXPECT_EQ(cleared["plugin.plugin"], "org.cam");
    EXPECT_EQ(hosts(), before + 1);
    EXPECT_EQ(slot("photo")["slot.state"], "ready");
    EXPECT_EQ(device(cam)["device.error"], "-");
    world.die(world.host_id(cam));
    EXPECT_EQ(device(cam)["device.state"], "ready") << "the failures before are forgotten";
}

TEST_F(Mending, EndsAQuarantineOfAPluginWithItsDevices) {
    quarantine();
    world.plugins.begin()->second.crashes = true;
    client.ask("plugin.reload", R"({"plugin":"org.cam"})");
    world.pass_ms(60'000);
    ASSERT_EQ(client.ask("plugin.list")["plugins.0.state"], "quarantined");
    EXPECT_EQ(client.ask("plugin.list")["plugins.0.error.crash.call"], "list");
    EXPECT_EQ(client.ask("plugin.reload", R"({"plugin":"org.cam"})").code(), "plugin-quarantined");
    world.plugins.begin()->second.crashes = false;
    EXPECT_EQ(client.ask("plugin.clear-quarantine", R"({"plugin":"org.cam"})")["cleared"], "2");
    EXPECT_EQ(client.ask("plugin.list")["plugins.0.state"], "ready");
    EXPECT_EQ(slot("photo")["slot.state"], "ready");
}

TEST_F(Mending, RefusesWhatItDoesNotKnow) {
    EXPECT_EQ(client.ask("plugin.reload", R"({"plugin":"no"})").code(), "unknown-plugin");
    EXPECT_EQ(client.ask("plugin.clear-quarantine", R"({"plugin":"no"})").code(), "unknown-plugin");
    EXPECT_EQ(client.ask("plugin.clear-quarantine", R"({"device":"no"})").code(), "unknown-device");
    EXPECT_EQ(client.ask("plugin.clear-quarantine", "{}").code(), "bad-request");
    EXPECT_EQ(client.ask("slot.reset", R"({"slot":"no"})").code(), "unknown-slot");
}

TEST_F(Mending, ReloadsAPluginWhenItsJobsAreOver) {
    const auto running = client.capture(lease, "k1"), waiting = client.capture(lease, "k2");
    const auto first = world.host_id(cam), second = world.host_id("org.cam/2");
    EXPECT_EQ(client.ask("plugin.reload", R"({"plugin":"org.cam"})").code(), "ok");
    EXPECT_TRUE(world.child(first).alive) << "it works";
    EXPECT_FALSE(world.child(second).alive);
    EXPECT_EQ(slot("second")["slot.state"], "ready");
    world.deliver(cam);
    EXPECT_EQ(client.reply(running).code(), "ok");
    EXPECT_FALSE(world.child(first).alive);
    world.deliver(cam);
    EXPECT_EQ(client.reply(waiting).code(), "ok") << "in the fresh process";
    EXPECT_EQ(device(cam)["device.restarts"], "0") << "no failure";
}

TEST_F(Mending, ResetsByAFreshProcess) {
    const auto before = world.host_id(cam);
    const auto done = reset();
    EXPECT_EQ(done.code(), "ok") << done.text();
    EXPECT_EQ(done["level"], "restart");
    EXPECT_EQ(done["state"], "ready");
    EXPECT_EQ(done["resets"], "1");
    EXPECT_NE(world.host_id(cam), before);
    EXPECT_EQ(reset(R"(,"level":"usb")").code(), "unsupported-parameter") << "it is on no USB port";
    EXPECT_EQ(reset()["level"], "restart") << "nothing deeper can be done";
}

TEST_F(Mending, ResetsADeviceWhoseProcessHasOnlyJustBeenStarted) {
    world.hosts_greet = false;
    world.die(world.host_id(cam));
    ASSERT_EQ(device(cam)["device.state"], "starting");
    const auto starting = world.host_id(cam);
    world.child(starting).mute = true; // what it was sent before its start it never hears
    const auto asked = client.send("slot.reset", R"({"slot":"photo"})");
    world.child(starting).mute = false;
    world.hosts_greet = true;
    world.say(starting, wire::Type::host_hello, R"({"build":"build-1","pid":4711})");
    EXPECT_EQ(client.reply(asked).code(), "ok") << client.reply(asked).text();
    EXPECT_NE(world.host_id(cam), starting);
    EXPECT_EQ(device(cam)["device.state"], "ready");
}

TEST_F(Mending, ResetsNothingUnderAJobOrACheck) {
    const auto running = client.capture(lease, "k1");
    const auto refused = reset();
    EXPECT_EQ(refused.code(), "busy");
    EXPECT_NE(refused["message"].find("J-1-1"), std::string::npos) << refused.text();
    world.deliver(cam);
    EXPECT_EQ(client.reply(running).code(), "ok");
    client.send("health.check", R"({"slot":"photo"})");
    EXPECT_EQ(reset().code(), "busy");
}

TEST_F(Mending, ResetsNothingThatIsUnboundOrQuarantined) {
    quarantine();
    EXPECT_EQ(reset().code(), "plugin-quarantined");
    world.step(ConfigLoaded{make_config({make_slot("photo", "org.cam/9"), make_slot("second", "org.cam/2")})});
    EXPECT_EQ(reset().code(), "slot-unbound");
}

TEST_F(Mending, SaysWhatKeepsTheDeviceFromOpeningAgain) {
    world.plugins.begin()->second.devices[0].refuses = wire::Failure{model::Code::permission_denied, "node 5", {}, {}};
    EXPECT_EQ(reset().code(), "permission-denied");
}

/// A desk whose camera is at a USB port, and a shell that has to be told what the kernel did.
class AtPort : public Mending {
  protected:
    AtPort() {
        world.plugins.begin()->second.devices[0].physical = "usb:1-2.3";
        client.ask("plugin.reload", R"({"plugin":"org.cam"})");
        world.step(Tick{});
    }
    std::uint64_t send_reset(const std::string& level) {
        return client.send("slot.reset", R"({"slot":"photo","level":")" + level + "\"}");
    }
    void kernel(std::optional<std::string> failure = {}) {
        world.step(PortReset{world.number(cam), std::move(failure)});
    }
};

TEST_F(AtPort, ResetsThePortWhenTheProcessHasEnded) {
    const auto asked = send_reset("usb");
    ASSERT_EQ(world.port_resets.size(), 1U);
    EXPECT_EQ(world.port_resets[0].physical, "usb:1-2.3");
    EXPECT_FALSE(world.port_resets[0].power);
    EXPECT_FALSE(world.is_alive("host " + cam)) << "closed while the port is reset";
    EXPECT_TRUE(client.is_open(asked));
    EXPECT_EQ(reset().code(), "busy");
    kernel();
    EXPECT_EQ(client.reply(asked)["level"], "usb");
    EXPECT_EQ(slot("photo")["slot.state"], "ready");
    const auto deeper = client.send("slot.reset", R"({"slot":"photo"})");
    kernel();
    EXPECT_EQ(client.reply(deeper)["level"], "power") << "the second within ten minutes goes deeper";
    EXPECT_TRUE(world.port_resets.at(1).power);
}

TEST_F(AtPort, GoesOnWhenTheKernelSaysNoOrNothing) {
    const auto refused = send_reset("usb");
    kernel("no such hub");
    EXPECT_EQ(client.reply(refused).code(), "device-down");
    EXPECT_NE(client.reply(refused)["message"].find("no such hub"), std::string::npos);
    EXPECT_EQ(slot("photo")["slot.state"], "ready");
    const auto silent = send_reset("power");
    world.pass_ms(60'000);
    EXPECT_EQ(client.reply(silent).code(), "not-ready");
    EXPECT_EQ(slot("photo")["slot.state"], "ready");
    kernel(); // too late: nothing happens
    EXPECT_EQ(slot("photo")["slot.state"], "ready");
}

TEST_F(AtPort, AnswersWhenNobodyWantsTheDeviceAnyMore) {
    const auto asked = send_reset("power");
    EXPECT_TRUE(client.is_open(asked));
    world.step(ConfigLoaded{make_config({}, {})});
    EXPECT_EQ(client.reply(asked).code(), "device-gone");
}

TEST_F(AtPort, ClimbsByItselfWhenADeviceDoesNotOpen) {
    world.plugins.begin()->second.devices[0].refuses = wire::Failure{model::Code::device_down, "no answer", {}, {}};
    world.die(world.host_id(cam));
    for (int i = 0; i < 60; ++i) {
        world.pass_ms(1'000);
        if (world.state().devices.at(world.number(cam)).reset)
            kernel();
    }
    ASSERT_EQ(world.port_resets.size(), 2U) << "each once";
    EXPECT_FALSE(world.port_resets[0].power);
    EXPECT_TRUE(world.port_resets[1].power);
    world.plugins.begin()->second.devices[0].refuses.reset();
    world.pass_ms(60'000);
    EXPECT_EQ(slot("photo")["slot.state"], "ready");
}

TEST_F(AtPort, DoesNotClimbWhereThatCannotHelp) {
    world.plugins.begin()->second.devices[0].refuses = wire::Failure{model::Code::permission_denied, "no", {}, {}};
    world.die(world.host_id(cam));
    world.pass_ms(60'000);
    EXPECT_TRUE(world.port_resets.empty());
}

} // namespace
} // namespace rekam::broker
