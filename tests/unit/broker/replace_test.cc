// SPDX-License-Identifier: Apache-2.0
// slot.replace: what could stand there, and the way of one device into the slot: opened, covered, checked, bound.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

std::map<std::string, FakePlugin> two_makes() {
    auto all = two_cameras();
    FakePlugin other;
    other.id = "com.eye";
    other.devices.resize(2);
    other.devices[0].id = "a";
    other.devices[0].make = "Eye";
    other.devices[0].capabilities =
        R"({"type":"object","properties":{"zoom":{"type":"integer","minimum":100,"maximum":200}}})";
    other.devices[1].id = "f";
    other.devices[1].function = model::Function::fingerprint;
    all["/plugins/eye.so"] = other;
    return all;
}

Config two_makes_config(const std::string& requires_text = "") {
    auto config = make_config({make_slot("photo", "org.cam/1"), make_slot("second", "org.cam/2")}, {"cam", "eye"});
    if (!requires_text.empty())
        config.slots[0].requires_ = wire::RawJson{requires_text};
    return config;
}

class Replacing : public ::testing::Test {
  protected:
    explicit Replacing(const std::string& requires_text = "") : world(two_makes_config(requires_text), two_makes()) {}

    std::uint64_t replace(const std::string& device) {
        return client.send("slot.replace", R"({"slot":"photo","device":")" + device + R"(","by":"Siti"})");
    }
    Answer refused(const std::string& device) { return client.reply(replace(device)); }
    Answer candidates() { return client.ask("slot.replace", R"({"slot":"photo"})"); }
    Answer slot() { return client.ask("slot.get", R"({"slot":"photo"})"); }
    void healthy(const std::string& body = R"({"state":"ok","checks":[]})") {
        world.say(world.host_id(eye), wire::Type::host_health, body);
    }

    World world;
    Client client{world};
    std::string visit = client.open_case();
    std::string lease = client.lease("photo", visit);
    const std::string cam = "org.cam/1", eye = "com.eye/a";
};

class ReplacingCovered : public Replacing {
  protected:
    ReplacingCovered() : Replacing(R"({"zoom":{"minimum":50,"maximum":300},"light":{"enum":["on"]}})") {}
};

TEST_F(Replacing, ListsFreeDevicesOfTheFunctionOfAnyMake) {
    const auto list = candidates();
    ASSERT_EQ(list.size("candidates"), 1U) << list.text();
    EXPECT_EQ(list["candidates.0.device"], eye);
    EXPECT_EQ(list["candidates.0.make"], "Eye");
    EXPECT_EQ(list["candidates.0.missing"], "[]") << "nothing is required";
    EXPECT_EQ(list["slot.device"], cam);
    EXPECT_EQ(client.ask("slot.replace", R"({"slot":"no"})").code(), "unknown-slot");
}

TEST_F(Replacing, OpensChecksAndBinds) {
    const auto asked = replace(eye);
    EXPECT_TRUE(client.is_open(asked));
    EXPECT_TRUE(world.is_alive("host " + eye));
    EXPECT_EQ(slot()["slot.device"], cam) << "until the new one has passed";
    EXPECT_EQ(refused(eye).code(), "busy") << "one at a time";
    healthy();
    const auto done = client.reply(asked);
    EXPECT_EQ(done.code(), "ok") << done.text();
    EXPECT_EQ(done["replaced.from.device"], cam);
    EXPECT_EQ(done["replaced.to.device"], eye);
    EXPECT_EQ(done["replaced.by"], "Siti");
    EXPECT_EQ(done["replaced.level"], "exercise");
    EXPECT_EQ(slot()["slot.device"], eye);
    EXPECT_EQ(slot()["slot.configured"], cam);
    EXPECT_FALSE(world.is_alive("host " + cam));
    EXPECT_EQ(client.ask("slot.replace", R"({"slot":"photo","device":"com.eye/a"})")["replaced.to.device"], eye)
        << "asked twice, it stands there";
    World next(two_makes_config(), two_makes(), world.stored(), 2);
    EXPECT_EQ(Client(next).ask("slot.get", R"({"slot":"photo"})")["slot.device"], eye);
}

TEST_F(Replacing, LetsALeaseAndWaitingWorkGoOn) {
    const auto running = client.capture(lease, "k1"), waiting = client.capture(lease, "k2");
    replace(eye);
    healthy();
    world.fail(cam, "cancelled");
    EXPECT_EQ(client.reply(running).code(), "cancelled");
    world.deliver(eye);
    EXPECT_EQ(client.reply(waiting).code(), "ok");
    EXPECT_EQ(client.reply(waiting)["frames.0.device.id"], eye);
    const auto next = client.capture(lease, "k3");
    world.deliver(eye);
    EXPECT_EQ(client.reply(next).code(), "ok") << "the same lease, and the app knows nothing of it";
}

TEST_F(Replacing, FallsBackToTheCheckThatTheDeviceHas) {
    const auto asked = replace(eye);
    healthy(R"({"state":"unknown","checks":[],"failure":{"code":"unsupported-parameter","message":"no exercise"}})");
    EXPECT_TRUE(client.is_open(asked));
    healthy();
    EXPECT_EQ(client.reply(asked)["replaced.level"], "self");
}

TEST_F(Replacing, KeepsTheOldOneWhenTheCheckFails) {
    const auto asked = replace(eye);
    healthy(R"({"state":"failed","checks":[{"component":"lamp","state":"failed","evidence":"dark"}]})");
    const auto answer = client.reply(asked);
    EXPECT_EQ(answer.code(), "device-down");
    EXPECT_NE(answer["message"].find("lamp (dark)"), std::string::npos) << answer.text();
    EXPECT_EQ(answer["slot"], "photo");
    EXPECT_EQ(slot()["slot.device"], cam);
    EXPECT_FALSE(world.is_alive("host " + eye)) << "nobody needs it";
    const auto again = replace(eye);
    world.die(world.host_id(eye));
    EXPECT_EQ(client.reply(again).code(), "plugin-crashed");
    EXPECT_EQ(slot()["slot.device"], cam);
}

TEST_F(Replacing, KeepsTheOldOneWhenTheNewOneDoesNotOpenOrAnswer) {
    auto& device = world.plugins.at("/plugins/eye.so").devices[0];
    device.refuses = wire::Failure{model::Code::permission_denied, "node 5", {}, {}};
    EXPECT_EQ(refused(eye).code(), "permission-denied");
    device.refuses.reset();
    const auto hangs = replace(eye);
    world.pass_ms(200'000);
    EXPECT_EQ(client.reply(hangs).code(), "broken-promise");
    EXPECT_EQ(slot()["slot.device"], cam);
}

TEST_F(Replacing, RefusesWhatCannotStandThere) {
    EXPECT_EQ(refused("no/1").code(), "unknown-device");
    EXPECT_EQ(refused("com.eye/f").code(), "not-covered");
    const auto bound = refused("org.cam/2");
    EXPECT_EQ(bound.code(), "busy");
    EXPECT_NE(bound["message"].find("slot second"), std::string::npos) << bound.text();
    world.plugins.at("/plugins/eye.so").devices[0].plugged = false;
    client.ask("plugin.reload", R"({"plugin":"com.eye"})");
    EXPECT_EQ(refused(eye).code(), "unknown-device");
}

TEST_F(Replacing, ADeadDeviceStaysKnownAsDead) {
    for (int i = 0; i < 5; ++i) {
        world.die(world.host_id(cam));
        world.pass_ms(5'000);
    }
    replace(eye);
    healthy();
    EXPECT_EQ(client.ask("device.get", R"({"device":"org.cam/1"})")["device.state"], "quarantined");
    EXPECT_EQ(candidates().size("candidates"), 0U);
    EXPECT_EQ(client.ask("slot.replace", R"({"slot":"photo","device":"org.cam/1"})").code(), "plugin-quarantined");
}

TEST_F(ReplacingCovered, NamesEveryPointThatIsMissing) {
    EXPECT_EQ(candidates()["candidates.0.missing"], "-") << "not known before it was open";
    const auto answer = refused(eye);
    EXPECT_EQ(answer.code(), "not-covered");
    for (const char* point : {"zoom 50", "zoom 300", "no light"})
        EXPECT_NE(answer["message"].find(point), std::string::npos) << point << answer.text();
    EXPECT_EQ(slot()["slot.device"], cam);
    EXPECT_EQ(candidates().size("candidates.0.missing"), 3U);
}

} // namespace
} // namespace rekam::broker
