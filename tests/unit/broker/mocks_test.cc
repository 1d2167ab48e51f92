// SPDX-License-Identifier: Apache-2.0
// mock.*: who may be told how to fail, through which process, and what the death of that process means. And a device
// whose host says that it is unplugged.
#include "core/wire/codec.h"
#include "tests/unit/broker/client.h"

#include <gmock/gmock.h>

namespace rekam::broker {
namespace {

using testing::HasSubstr;
using wire::Type;

std::map<std::string, FakePlugin> made_up_cameras() {
    auto plugins = two_cameras();
    plugins.begin()->second.mock = true;
    return plugins;
}

Config config_with(bool granted) {
    auto config = make_config({make_slot("photo", "org.cam/1"), make_slot("second", "org.cam/2")});
    if (granted)
        for (auto& plugin : config.plugins)
            plugin.granted["mock"] = {"true"};
    return config;
}

class Mocks : public ::testing::Test {
  protected:
    World world{config_with(true), made_up_cameras()};
    Client client{world};
    const std::string cam = "org.cam/1";
    const std::string jam = R"({"device":"org.cam/1","faults":[{"fault":"jam","times":1}]})";

    /// What the host of the camera was told last, and the prefix to answer with.
    std::pair<wire::HostMock, wire::Prefix> told() {
        const auto& heard = world.host(cam).heard;
        const auto last = std::find_if(heard.rbegin(), heard.rend(),
                                       [](const auto& message) { return message.prefix.type == Type::host_mock; });
        EXPECT_NE(last, heard.rend());
        return {*wire::decode<wire::HostMock>(last->json), last->prefix};
    }
    std::string state(const std::string& id) {
        return client.ask("device.get", R"({"device":")" + id + "\"}")["device.state"];
    }
};

TEST_F(Mocks, ReachTheProcessOfTheDevice) {
    const auto asked = client.send("mock.set", jam);
    EXPECT_TRUE(client.is_open(asked));
    const auto [order, prefix] = told();
    EXPECT_EQ(order.device, "1");
    EXPECT_TRUE(order.set);
    ASSERT_EQ(order.faults.size(), 1U);
    world.say(world.host_id(cam), Type::host_mock_done,
              R"({"state":{"plugged":true,"faults":[{"fault":"jam"}],"known":[]}})", prefix);
    EXPECT_EQ(client.reply(asked)["device"], cam);
    EXPECT_EQ(client.reply(asked)["plugged"], "true");
    const auto cleared = client.send("mock.clear", R"({"device":"org.cam/1"})");
    EXPECT_TRUE(told().first.set && told().first.faults.empty());
    world.say(world.host_id(cam), Type::host_mock_done, R"({"failure":{"code":"not-ready","message":"line 2: no"}})",
              told().second);
    EXPECT_EQ(client.reply(cleared).code(), "not-ready");
    client.send("mock.get", R"({"device":"org.cam/1"})");
    EXPECT_FALSE(told().first.set);
}

TEST_F(Mocks, WithoutAProcessAreToldByTheOneThatLists) {
    world.plugins.begin()->second.devices[0].plugged = false;
    wire::Prefix about;
    about.request = world.number(cam);
    world.say(world.host_id(cam), Type::host_changed, R"({"devices":true,"gone":true})", about);
    EXPECT_EQ(state(cam), "absent");
    const std::size_t before = world.spawned(ChildKind::enumerator);
    world.plugins.begin()->second.devices[0].plugged = true;
    const auto asked = client.send("mock.set", R"({"device":"org.cam/1","faults":[{"fault":"replug"}]})");
    EXPECT_EQ(client.reply(asked)["plugged"], "false") << "the made-up lister says of what is set that it is not";
    EXPECT_EQ(world.spawned(ChildKind::enumerator), before + 1);
    EXPECT_EQ(state(cam), "ready") << "and was listed again by the same process";
}

TEST_F(Mocks, AnUnpluggedDeviceEndsItsJobFirst) {
    const auto visit = client.open_case();
    const auto lease = client.lease("photo", visit);
    const auto capture = client.capture(lease, "k1");
    world.plugins.begin()->second.devices[0].plugged = false;
    wire::Prefix about;
    about.request = world.number(cam);
    world.say(world.host_id(cam), Type::host_changed, R"({"devices":true,"gone":true})", about);
    EXPECT_TRUE(client.is_open(capture)) << "its plugin ends it";
    world.fail(cam, "device-gone");
    EXPECT_EQ(client.reply(capture).code(), "device-gone");
    EXPECT_EQ(state(cam), "absent");
    EXPECT_EQ(state("org.cam/2"), "ready");
    EXPECT_EQ(client.reply(client.capture(lease, "k2")).code(), "device-gone");
}

TEST_F(Mocks, WhoseProcessDiesAreAnsweredAllTheSame) {
    const auto asked = client.send("mock.set", jam);
    world.die(world.host_id(cam));
    EXPECT_EQ(client.reply(asked).code(), "device-down");
    EXPECT_THAT(client.reply(asked)["message"], HasSubstr("ask again"));
}

TEST_F(Mocks, AreNotManyAtATime) {
    std::vector<std::uint64_t> asked;
    for (int i = 0; i < 64; ++i)
        asked.push_back(client.send("mock.get", R"({"device":"org.cam/1"})"));
    Client other(world, "desk-2");
    EXPECT_EQ(other.ask("mock.get", R"({"device":"org.cam/1"})").code(), "busy");
    world.die(world.host_id(cam));
    for (const auto one : asked)
        EXPECT_EQ(client.reply(one).code(), "device-down");
}

TEST_F(Mocks, ThatDoNotExistAreUnknown) {
    EXPECT_EQ(client.ask("mock.get", R"({"device":"org.no/1"})").code(), "unknown-device");
    EXPECT_EQ(client.ask("mock.get", R"({"device":"org.cam"})").code(), "unknown-device");
}

TEST(RealDevices, AreNotToldHowToFail) {
    World world{config_with(true), two_cameras()};
    const auto answer = Client(world).ask("mock.get", R"({"device":"org.cam/1"})");
    EXPECT_EQ(answer.code(), "denied");
    EXPECT_THAT(answer["message"], HasSubstr("real"));
}

TEST(MocksWithoutGrant, AreNotToldHowToFail) {
    World world{config_with(false), made_up_cameras()};
    const auto answer = Client(world).ask("mock.clear", R"({"device":"org.cam/1"})");
    EXPECT_EQ(answer.code(), "denied");
    EXPECT_THAT(answer["message"], HasSubstr("mock = true"));
}

} // namespace
} // namespace rekam::broker
