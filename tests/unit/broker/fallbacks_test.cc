// SPDX-License-Identifier: Apache-2.0
// Devices that stand in for a slot's own: when one takes the place, when the own one is back, and what is told of it.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

constexpr std::int64_t after_ms = 5'000;

std::map<std::string, FakePlugin> three_cameras() {
    auto all = two_cameras();
    all.begin()->second.devices.resize(3);
    all.begin()->second.devices[2].id = "3";
    return all;
}

Config with_fallbacks(std::vector<std::string> fallbacks = {"org.cam/2", "org.cam/3"}, const std::string& need = "") {
    auto slot = make_slot("photo", "org.cam/1");
    slot.fallbacks = std::move(fallbacks);
    if (!need.empty())
        slot.requires_ = wire::RawJson{need};
    auto config = make_config({slot});
    config.supervision.fallback_after_ms = after_ms;
    return config;
}

class Fallbacks : public testing::Test {
  protected:
    explicit Fallbacks(Config config = with_fallbacks()) : world(std::move(config), three_cameras()) {}

    FakeDevice& camera(int number) {
        return world.plugins.begin()->second.devices.at(static_cast<std::size_t>(number - 1));
    }
    Answer slot() { return client.ask("slot.get", R"({"slot":"photo"})"); }
    std::string stands() { return slot()["slot.device"]; }
    Answer doctor() { return client.ask("device.doctor", R"({"slot":"photo"})"); }
    void quarantine(const std::string& device) {
        for (int i = 0; i < 5; ++i) {
            world.die(world.host_id(device));
            world.pass_ms(2'000);
        }
    }
    void list_again() { client.ask("plugin.reload", R"({"plugin":"org.cam"})"); }
    void unplug(int number) {
        camera(number).plugged = false;
        world.say(world.host_id("org.cam/" + std::to_string(number)), wire::Type::host_changed,
                  R"({"devices":true,"gone":true})");
    }
    void plug(int number) {
        camera(number).plugged = true;
        list_again();
    }
    void lets_open(int number, bool opens) {
        camera(number).refuses =
            opens ? std::nullopt : std::optional(wire::Failure{model::Code::device_down, "no answer", {}, {}});
    }
    void says_health(const std::string& device, const std::string& state) {
        wire::Prefix about;
        about.request = world.number(device);
        world.say(world.host_id(device), wire::Type::host_health,
                  R"({"state":")" + state + R"(","checks":[{"component":"lamp","state":")" + state +
                      R"(","evidence":"dark","who":"technician"}]})",
                  about);
    }
    /// "from -> to" of every switch in the journal, with "back" where the own one returned.
    std::string switches() {
        std::string all;
        for (const auto& entry : world.journal) {
            const auto body = parse_object(entry.body);
            if (body.at("kind").as_string() == "slot.fallback")
                all += (all.empty() ? "" : ", ") + std::string(body.at("from").as_string()) + " -> " +
                       std::string(body.at("to").as_string()) + (body.at("back").as_bool() ? " back" : "");
        }
        return all;
    }

    World world;
    Client client{world};
    std::string visit = client.open_case();
    const std::string one = "org.cam/1", two = "org.cam/2", three = "org.cam/3";
};

TEST_F(Fallbacks, StandAsideWhileTheOwnDeviceWorks) {
    EXPECT_EQ(stands(), one);
    const auto shown = slot();
    EXPECT_EQ(shown["slot.fallbacks.0"] + " " + shown["slot.fallbacks.1"], two + " " + three);
    EXPECT_EQ(shown["slot.on_fallback"], "false");
    EXPECT_FALSE(world.is_alive("host " + two)) << "it is opened when it is needed";
    EXPECT_EQ(doctor()["cause"], "healthy");
}

TEST_F(Fallbacks, TakeThePlaceOfAnUnpluggedDeviceAtOnceAndUnderALease) {
    const auto lease = client.lease("photo", visit);
    const auto fence = slot()["slot.fence"];
    world.events("slot.photo");
    unplug(1);
    const auto shown = slot();
    EXPECT_EQ(shown["slot.device"], two);
    EXPECT_EQ(shown["slot.on_fallback"], "true");
    EXPECT_EQ(shown["slot.state"], "ready");
    EXPECT_NE(shown["slot.fence"], fence);
    EXPECT_EQ(shown["slot.reason"], two + " stands in for " + one + ": it is not connected");
    EXPECT_FALSE(world.events("slot.photo").empty());
    EXPECT_EQ(switches(), one + " -> " + two);
    const auto job = client.capture(lease, "k1");
    world.deliver(two);
    EXPECT_EQ(client.reply(job)["frames.0.device.id"], two) << "the same lease, the same request";
    const auto found = doctor();
    EXPECT_EQ(found["cause"], "unplugged");
    EXPECT_EQ(found["device"], one);
    EXPECT_NE(found["evidence"].find(two + " stands in"), std::string::npos) << found.text();
    EXPECT_EQ(client.ask("station.get")["state"], "degraded");
}

TEST_F(Fallbacks, GiveThePlaceBackWhenNobodyUsesTheSlot) {
    unplug(1);
    ASSERT_EQ(stands(), two);
    auto lease = client.lease("photo", visit);
    plug(1);
    world.pass_ms(2 * after_ms);
    EXPECT_EQ(stands(), two) << "never in the middle of a visit";
    EXPECT_EQ(doctor()["cause"], "healthy");
    EXPECT_NE(doctor()["evidence"].find("takes its place back"), std::string::npos);
    EXPECT_NE(slot()["slot.reason"].find("that is well again"), std::string::npos);
    client.ask("lease.release", R"({"lease":")" + lease + "\"}");
    EXPECT_EQ(stands(), one);
    EXPECT_EQ(slot()["slot.on_fallback"], "false");
    EXPECT_EQ(switches(), one + " -> " + two + ", " + two + " -> " + one + " back");
    EXPECT_FALSE(world.is_alive("host " + two)) << "nobody needs it";
}

TEST_F(Fallbacks, TheOwnDeviceHasToStayWellForAWhile) {
    unplug(1);
    plug(1);
    world.pass_ms(after_ms - 500);
    EXPECT_EQ(stands(), two);
    world.die(world.host_id(one));
    world.pass_ms(after_ms - 500);
    EXPECT_EQ(stands(), two) << "it began anew";
    world.pass_ms(1'000);
    EXPECT_EQ(stands(), one);
}

TEST_F(Fallbacks, ADeviceThatOnlyCrashesKeepsItsPlace) {
    world.die(world.host_id(one));
    EXPECT_EQ(stands(), one);
    world.pass_ms(2 * after_ms);
    EXPECT_EQ(stands(), one);
    EXPECT_EQ(switches(), "");
}

TEST_F(Fallbacks, OneThatDoesNotOpenAnyMoreLosesItAfterAWhile) {
    lets_open(1, false);
    world.die(world.host_id(one));
    world.pass_ms(after_ms - 1'000);
    EXPECT_EQ(stands(), one) << "it is tried again";
    world.pass_ms(2'000);
    EXPECT_EQ(stands(), two);
    EXPECT_NE(slot()["slot.reason"].find("no answer"), std::string::npos) << slot().text();
    lets_open(1, true);
    world.pass_ms(60'000);
    EXPECT_EQ(stands(), one) << "it is tried again all the while";
}

TEST_F(Fallbacks, AQuarantinedDeviceLosesItsPlaceAtOnceAndGetsItBackWhenAPersonEndsThat) {
    const auto lease = client.lease("photo", visit);
    quarantine(one);
    EXPECT_EQ(stands(), two);
    EXPECT_EQ(doctor()["cause"], "quarantined");
    client.ask("lease.release", R"({"lease":")" + lease + "\"}");
    world.pass_ms(60'000);
    EXPECT_EQ(stands(), two);
    client.ask("plugin.clear-quarantine", R"({"device":"org.cam/1"})");
    world.pass_ms(after_ms + 1'000);
    EXPECT_EQ(stands(), one);
}

TEST_F(Fallbacks, WaitingJobsGoAlong) {
    const auto lease = client.lease("photo", visit);
    const auto running = client.capture(lease, "k1"), waiting = client.capture(lease, "k2");
    camera(1).silent = true;
    for (int i = 0; i < 5; ++i) {
        world.die(world.host_id(one));
        world.pass_ms(500);
    }
    EXPECT_EQ(client.reply(running).code(), "plugin-crashed");
    ASSERT_EQ(stands(), two);
    world.deliver(two);
    EXPECT_EQ(client.reply(waiting).code(), "ok");
    EXPECT_EQ(client.reply(waiting)["frames.0.device.id"], two);
}

TEST_F(Fallbacks, NeverUnderAJobThatRuns) {
    const auto lease = client.lease("photo", visit);
    const auto running = client.capture(lease, "k1");
    unplug(1);
    EXPECT_EQ(stands(), one) << "its plugin may still bring the picture";
    world.deliver(one);
    EXPECT_EQ(client.reply(running).code(), "ok");
    EXPECT_EQ(stands(), two);
}

TEST_F(Fallbacks, TheNextOneTakesOverFromOneThatDies) {
    const auto lease = client.lease("photo", visit);
    unplug(1);
    unplug(2);
    EXPECT_EQ(stands(), three);
    EXPECT_EQ(switches(), one + " -> " + two + ", " + two + " -> " + three);
    unplug(3);
    EXPECT_EQ(stands(), one) << "there is none: the own device's trouble is the slot's";
    EXPECT_EQ(client.reply(client.capture(lease, "k1")).code(), "device-gone");
    EXPECT_EQ(slot()["slot.on_fallback"], "false");
}

TEST_F(Fallbacks, TheOwnDeviceIsBackAtOnceWhenTheFallbackDies) {
    const auto lease = client.lease("photo", visit);
    unplug(1);
    plug(1);
    ASSERT_EQ(stands(), two);
    unplug(2);
    EXPECT_EQ(stands(), one) << "though a lease holds the slot";
    EXPECT_EQ(slot()["slot.on_fallback"], "false");
}

TEST_F(Fallbacks, OneThatDoesNotOpenIsPassedOver) {
    lets_open(2, false);
    unplug(1);
    EXPECT_EQ(stands(), two);
    world.pass_ms(after_ms + 2'000);
    EXPECT_EQ(stands(), three);
    EXPECT_EQ(slot()["slot.state"], "ready");
}

TEST_F(Fallbacks, IsNotChosenWhereTwoFit) {
    world.step(ConfigLoaded{with_fallbacks({"org.cam/*", "org.cam/3"})});
    unplug(1);
    EXPECT_EQ(stands(), three);
}

TEST_F(Fallbacks, ADeviceWhoseOwnChecksFailGivesItsPlaceUp) {
    auto config = with_fallbacks();
    config.supervision.self_check_every_ms = 10'000;
    world.step(ConfigLoaded{config});
    for (int i = 0; i < 2; ++i) {
        const auto asked = client.send("health.check", R"({"device":"org.cam/1"})");
        says_health(one, "failed");
        EXPECT_EQ(client.reply(asked)["state"], "failed");
    }
    EXPECT_EQ(stands(), two);
    EXPECT_NE(slot()["slot.reason"].find("lamp: dark"), std::string::npos) << slot().text();
    EXPECT_EQ(doctor()["cause"], "down");
    EXPECT_EQ(doctor()["device"], one);
    const auto asked = client.send("health.check", R"({"device":"org.cam/1"})");
    says_health(one, "ok");
    EXPECT_EQ(client.reply(asked)["state"], "ok");
    world.pass_ms(after_ms + 1'000);
    EXPECT_EQ(stands(), one);
}

TEST_F(Fallbacks, NothingIsSwitchedWhileTheSlotIsHeld) {
    client.ask("slot.hold", R"({"slot":"photo","reason":"cleaning"})");
    unplug(1);
    world.pass_ms(2 * after_ms);
    EXPECT_EQ(stands(), one);
    client.ask("slot.release", R"({"slot":"photo"})");
    EXPECT_EQ(stands(), two);
}

TEST_F(Fallbacks, AReloadGivesAndTakesThem) {
    world.step(ConfigLoaded{with_fallbacks({})});
    unplug(1);
    EXPECT_EQ(stands(), one);
    EXPECT_EQ(slot()["slot.fallbacks"], "-");
    world.step(ConfigLoaded{with_fallbacks({three})});
    EXPECT_EQ(stands(), three);
    world.step(ConfigLoaded{with_fallbacks({two})});
    EXPECT_EQ(stands(), two) << "what nobody names any more stands in for nobody";
    world.step(ConfigLoaded{with_fallbacks({})});
    EXPECT_EQ(stands(), one);
    EXPECT_FALSE(world.is_alive("host " + two));
}

TEST(FallbacksOfOtherPlugins, LetThePluginOfTheOwnDeviceLeaveAndComeBack) {
    auto plugins = two_cameras();
    FakePlugin& spare = plugins["/plugins/spare.so"];
    spare.id = "org.spare";
    spare.devices.resize(1);
    spare.devices[0].id = "1";
    auto photo = make_slot("photo", "org.cam/1");
    photo.fallbacks = {"org.spare/1"};
    const auto both = make_config({photo}, {"cam", "spare"}), spare_only = make_config({photo}, {"spare"});
    World world(both, plugins);
    Client client(world);
    world.say(world.gate_id(), wire::Type::gate_interest, R"({"prefixes":[]})", // a stream that comes back leaps
              {.incarnation = static_cast<std::uint64_t>(world.state().gate.epoch)});
    const auto stands = [&] { return client.ask("slot.get", R"({"slot":"photo"})")["slot.device"]; };
    EXPECT_EQ(stands(), "org.cam/1");
    world.plugins.at("/plugins/cam.so").devices[0].plugged = false;
    world.say(world.host_id("org.cam/1"), wire::Type::host_changed, R"({"devices":true,"gone":true})");
    EXPECT_EQ(stands(), "org.spare/1");
    world.step(ConfigLoaded{spare_only});
    EXPECT_EQ(client.ask("plugin.list").size("plugins"), 1U) << "nothing holds it any more";
    world.plugins.at("/plugins/cam.so").devices[0].plugged = true;
    world.step(ConfigLoaded{both});
    world.pass_ms(60'000);
    EXPECT_EQ(stands(), "org.cam/1");
}

TEST_F(Fallbacks, APersonWhoBindsTheSlotIsObeyedAtOnce) {
    unplug(1);
    ASSERT_EQ(stands(), two);
    const auto lease = client.lease("photo", visit);
    client.ask("slot.bind", R"({"slot":"photo","device":"org.cam/3"})");
    EXPECT_EQ(stands(), three);
    EXPECT_EQ(slot()["slot.on_fallback"], "false");
    EXPECT_EQ(slot()["slot.configured"], one);
    unplug(3);
    EXPECT_EQ(stands(), two) << "and its fallbacks are those of the file";
}

TEST_F(Fallbacks, TheOneThatStandsInMayReplaceTheOwnDeviceForGood) {
    unplug(1);
    ASSERT_EQ(stands(), two);
    const auto listed = client.ask("slot.replace", R"({"slot":"photo"})");
    EXPECT_EQ(listed["candidates.0.device"], two) << listed.text();
    const auto asked = client.send("slot.replace", R"({"slot":"photo","device":"org.cam/2","by":"Siti"})");
    says_health(two, "ok");
    const auto done = client.reply(asked);
    EXPECT_EQ(done["replaced.from.device"], one) << done.text();
    EXPECT_EQ(done["replaced.to.device"], two);
    EXPECT_EQ(slot()["slot.on_fallback"], "false");
    plug(1);
    world.pass_ms(2 * after_ms);
    EXPECT_EQ(stands(), two);
}

TEST(FallbacksAtStart, WaitUntilEveryPluginHasListedItsDevices) {
    auto plugins = three_cameras();
    FakePlugin other;
    other.id = "com.eye";
    other.devices.resize(1);
    other.devices[0].id = "a";
    other.silent = true;
    plugins["/plugins/eye.so"] = other;
    auto slot = make_slot("photo", "com.eye/a");
    slot.fallbacks = {"org.cam/1"};
    World world(make_config({slot}, {"cam", "eye"}), plugins);
    Client client(world);
    const auto stands = [&] { return client.ask("slot.get", R"({"slot":"photo"})")["slot.device"]; };
    EXPECT_EQ(stands(), "-") << "its own may be listed in a moment";
    world.plugins["/plugins/eye.so"].silent = false;
    world.plugins["/plugins/eye.so"].devices[0].plugged = false;
    world.pass_ms(90'000);
    EXPECT_EQ(stands(), "org.cam/1");
    EXPECT_EQ(client.ask("device.doctor", R"({"slot":"photo"})")["cause"], "unplugged");
    world.plugins["/plugins/eye.so"].devices[0].plugged = true;
    client.ask("plugin.reload", R"({"plugin":"com.eye"})");
    world.pass_ms(6'000);
    EXPECT_EQ(stands(), "com.eye/a");
}

class FallbacksCovered : public Fallbacks {
  protected:
    FallbacksCovered() : Fallbacks(with_fallbacks({"org.cam/2", "org.cam/3"}, R"({"zoom":{"maximum":400}})")) {}
};

TEST_F(FallbacksCovered, OneThatLacksWhatTheSlotRequiresIsPassedOver) {
    camera(2).capabilities = R"({"type":"object","properties":{}})";
    unplug(1);
    EXPECT_EQ(stands(), three) << "known once it is open";
    EXPECT_EQ(slot()["slot.state"], "ready");
}

TEST_F(FallbacksCovered, AnOwnDeviceThatLacksItIsReplacedToo) {
    camera(1).capabilities = R"({"type":"object","properties":{}})";
    list_again();
    EXPECT_EQ(stands(), two);
    EXPECT_NE(slot()["slot.reason"].find("it lacks what the slot requires"), std::string::npos) << slot().text();
}

} // namespace
} // namespace rekam::broker
