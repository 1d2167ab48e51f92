// SPDX-License-Identifier: Apache-2.0
// device.doctor where the machine knows more: the finding waits for the look, and is what was seen.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

class DoctorAtMachine : public Desk {
  protected:
    DoctorAtMachine() {
        camera().physical = "usb:1-2.3";
        client.ask("plugin.reload", R"({"plugin":"org.cam"})");
        auto config = world.state().config;
        config.ports["usb:1-2.3"] = "left rear";
        world.step(ConfigLoaded{config});
    }
    FakeDevice& camera() { return world.plugins.begin()->second.devices[0]; }
    void refuses(model::Code code) {
        camera().refuses = wire::Failure{code, "no such luck", {}, {}};
        world.die(world.host_id(cam));
        world.pass_ms(100);
    }
    std::uint64_t send() { return client.send("device.doctor", R"({"slot":"photo"})"); }
    /// The finding, once the machine says this.
    Answer found(const std::function<void(Probed&)>& seen) {
        const auto asked = send();
        EXPECT_TRUE(client.is_open(asked));
        Probed probed;
        probed.number = world.probes.back().number;
        probed.connected = true;
        probed.vendor_id = "04a9";
        probed.product_id = "1909";
        probed.group = "rekam";
        probed.nodes = {{"/dev/bus/usb/001/007", "usb", "root:root 0664", true}};
        seen(probed);
        world.step(probed);
        return client.reply(asked);
    }
};

TEST_F(DoctorAtMachine, LooksAtNothingThatWorks) {
    const auto healthy = client.reply(send());
    EXPECT_EQ(healthy["cause"], "healthy");
    EXPECT_EQ(healthy["physical"], "usb:1-2.3");
    EXPECT_EQ(healthy["port"], "left rear");
    EXPECT_TRUE(world.probes.empty());
}

TEST_F(DoctorAtMachine, NamesTheProgramThatHoldsTheDevice) {
    refuses(model::Code::device_down);
    const auto finding = found([](Probed& seen) { seen.holders = {{4711, "cheese"}}; });
    EXPECT_EQ(world.probes.back().physical, "usb:1-2.3");
    EXPECT_EQ(finding["cause"], "held-by-process");
    EXPECT_EQ(finding["hint"], "close-other-program");
    EXPECT_EQ(finding["who"], "technician");
    EXPECT_EQ(finding["holders.0.pid"] + " " + finding["holders.0.program"], "4711 cheese");
    EXPECT_EQ(finding["next"], "end cheese (pid 4711)");
    EXPECT_NE(finding["evidence"].find("no such luck"), std::string::npos) << finding.text();
}

TEST_F(DoctorAtMachine, OwnProcessesAreNoStrangers) {
    refuses(model::Code::device_down);
    const auto other = static_cast<std::int64_t>(1'000 + world.host_id("org.cam/2"));
    const auto finding = found([&](Probed& seen) { seen.holders = {{other, "rekam-host"}}; });
    EXPECT_EQ(finding["holders.0.program"], "this station, for another device");
}

TEST_F(DoctorAtMachine, AHostThatOpensItsOwnDeviceIsNoRiddle) {
    camera().silent = true;
    world.die(world.host_id(cam));
    const auto own = static_cast<std::int64_t>(1'000 + world.host_id(cam));
    const auto opening = found([&](Probed& seen) { seen.holders = {{own, "rekam-host"}}; });
    EXPECT_EQ(opening["cause"], "starting") << opening.text();
    EXPECT_EQ(opening["holders"], "-");
}

TEST_F(DoctorAtMachine, WritesTheRuleThatIsMissing) {
    refuses(model::Code::permission_denied);
    const auto finding = found([](Probed& seen) { seen.nodes[0].may_open = false; });
    EXPECT_EQ(finding["cause"], "no-permission");
    const std::string rule =
        R"(SUBSYSTEM=="usb", ATTR{idVendor}=="04a9", ATTR{idProduct}=="1909", GROUP="rekam", MODE="0660")";
    EXPECT_EQ(finding["rule"], rule);
    EXPECT_NE(finding["next"].find(rule), std::string::npos);
    EXPECT_NE(finding["evidence"].find("/dev/bus/usb/001/007 (root:root 0664)"), std::string::npos);
    const auto video = found([](Probed& seen) {
        seen.nodes[0] = {"/dev/video0", "video4linux", "root:video 0660", false};
        seen.group.clear();
    });
    EXPECT_EQ(
        video["rule"],
        R"(SUBSYSTEM=="video4linux", ATTRS{idVendor}=="04a9", ATTRS{idProduct}=="1909", GROUP="rekam", MODE="0660")");
    const auto serial = found([](Probed& seen) {
        seen.nodes[0] = {"/dev/ttyS0", "", "root:dialout 0660", false};
        seen.vendor_id.clear();
    });
    EXPECT_EQ(serial["rule"], R"(KERNEL=="ttyS0", GROUP="rekam", MODE="0660")");
}

TEST_F(DoctorAtMachine, AMissingPermissionIsFoundWhateverThePluginSays) {
    refuses(model::Code::device_down);
    EXPECT_EQ(found([](Probed& seen) { seen.nodes[0].may_open = false; })["cause"], "no-permission");
}

TEST_F(DoctorAtMachine, TellsAnEmptyPortFromOneThatThePluginOverlooks) {
    refuses(model::Code::device_gone);
    const auto empty = found([](Probed& seen) { seen.connected = false; });
    EXPECT_EQ(empty["cause"], "unplugged");
    EXPECT_NE(empty["evidence"].find("nothing is connected there"), std::string::npos);
    const auto overlooked = found([](Probed&) {});
    EXPECT_EQ(overlooked["cause"], "wrong-driver");
    EXPECT_NE(overlooked["evidence"].find("its plugin does not list it"), std::string::npos);
}

TEST_F(DoctorAtMachine, NamesAnInterfaceWithoutDriverAndANodeThatIsNotMade) {
    refuses(model::Code::device_down);
    const auto bare = found([](Probed& seen) { seen.without_driver = {"the video interface 1.0 (usually uvcvideo)"}; });
    EXPECT_EQ(bare["cause"], "wrong-driver");
    EXPECT_NE(bare["evidence"].find("uvcvideo"), std::string::npos);
    const auto gone = found([](Probed& seen) { seen.nodes[0].owner.clear(); });
    EXPECT_EQ(gone["cause"], "down");
    EXPECT_NE(gone["evidence"].find("udev does not make it"), std::string::npos);
}

TEST_F(DoctorAtMachine, SaysHowManyProcessesItCannotLookInto) {
    refuses(model::Code::held_by_process);
    const auto finding = found([](Probed& seen) { seen.unseen = 3; });
    EXPECT_EQ(finding["cause"], "held-by-process");
    EXPECT_NE(finding["evidence"].find("3 processes"), std::string::npos);
}

TEST_F(DoctorAtMachine, AnswersWithoutALookThatFailsOrHangs) {
    refuses(model::Code::device_down);
    const auto failed = found([](Probed& seen) { seen.failure = "earlier ones hang in the kernel"; });
    EXPECT_EQ(failed["cause"], "down");
    EXPECT_NE(failed["evidence"].find("earlier ones hang"), std::string::npos);
    const auto hangs = send();
    world.pass_ms(3'100);
    EXPECT_EQ(client.reply(hangs)["cause"], "down");
    EXPECT_NE(client.reply(hangs)["evidence"].find("does not end"), std::string::npos);
    Probed late;
    late.number = world.probes.back().number;
    world.step(late); // nobody waits for it any more
}

TEST_F(DoctorAtMachine, TakesSoManyLooksAtATimeAndNoMore) {
    refuses(model::Code::device_down);
    for (int i = 0; i < 16; ++i)
        send();
    EXPECT_EQ(world.probes.size(), 16U);
    EXPECT_EQ(client.reply(send())["cause"], "down") << "at once, as the plugin says";
    EXPECT_EQ(world.probes.size(), 16U);
    world.pass_ms(3'100);
    EXPECT_TRUE(world.state().probes.empty());
}

TEST_F(DoctorAtMachine, LooksOnlyWhereTheMachineHasAPlace) {
    camera().physical = "mock:1";
    client.ask("plugin.reload", R"({"plugin":"org.cam"})");
    refuses(model::Code::device_down);
    EXPECT_EQ(client.reply(send())["cause"], "down");
    EXPECT_TRUE(world.probes.empty());
}

} // namespace
} // namespace rekam::broker
