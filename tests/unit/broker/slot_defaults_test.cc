// SPDX-License-Identifier: Apache-2.0
// A slot's own parameters: under those of a capture, as far as the device of the moment knows them.
#include "tests/unit/broker/client.h"

#include <boost/json/serialize.hpp>

namespace rekam::broker {
namespace {

std::map<std::string, FakePlugin> two_makes() {
    auto all = two_cameras();
    FakePlugin other;
    other.id = "com.eye";
    other.devices.resize(1);
    other.devices[0].id = "a";
    other.devices[0].capabilities =
        R"({"type":"object","properties":{"zoom":{"type":"integer","minimum":100,"maximum":200}}})";
    all["/plugins/eye.so"] = other;
    return all;
}

Config with_defaults(const std::string& defaults) {
    auto slot = make_slot("photo", "org.cam/1");
    slot.defaults = wire::RawJson{defaults};
    return make_config({slot}, {"cam", "eye"});
}

class SlotDefaults : public testing::Test {
  protected:
    /// What the device is given of a capture with these parameters, without those that are every function's.
    boost::json::object given(const std::string& device, const std::string& more = "") {
        const auto asked = client.capture(lease, "k" + std::to_string(++count), "photo", "face", more);
        auto params = world.running(device).run.at("params").as_object();
        for (const char* common : {"slot", "subject"})
            params.erase(common);
        world.deliver(device);
        EXPECT_EQ(client.reply(asked).code(), "ok") << client.reply(asked).text();
        return params;
    }

    World world{with_defaults(R"({"light":"on","zoom":300,"crop":"portrait"})"), two_makes()};
    Client client{world};
    std::string visit = client.open_case();
    std::string lease = client.lease("photo", visit);
    int count = 0;
};

TEST_F(SlotDefaults, AreGivenWhereTheCaptureNamesNone) {
    EXPECT_EQ(given("org.cam/1"), parse_object(R"({"light":"on","zoom":300})")) << "it knows no crop";
    EXPECT_EQ(given("org.cam/1", R"("zoom":150)"), parse_object(R"({"zoom":150,"light":"on"})"));
    EXPECT_EQ(boost::json::serialize(client.ask("slot.get", R"({"slot":"photo"})").body.at("slot").at("defaults")),
              R"({"light":"on","zoom":300,"crop":"portrait"})");
}

TEST_F(SlotDefaults, AreLeftOutWhereTheDeviceDoesNotDoThem) {
    world.step(ConfigLoaded{with_defaults(R"({"light":"bright","zoom":"near"})")});
    EXPECT_EQ(given("org.cam/1"), parse_object("{}"));
    world.step(ConfigLoaded{with_defaults(R"({"light":"on"})")});
    EXPECT_EQ(given("org.cam/1"), parse_object(R"({"light":"on"})")) << "a change is live";
}

TEST_F(SlotDefaults, ARepeatedKeyIsTheSameRequestWhateverTheyAre) {
    const auto first = client.capture(lease, "same");
    world.deliver("org.cam/1");
    EXPECT_EQ(client.reply(first).code(), "ok");
    world.step(ConfigLoaded{with_defaults(R"({"light":"off"})")});
    const auto again = client.capture(lease, "same");
    EXPECT_EQ(client.reply(again).code(), "ok") << client.reply(again).text();
    EXPECT_EQ(client.reply(again)["job"], client.reply(first)["job"]);
}

TEST_F(SlotDefaults, GoAlongToAnotherMakeAsFarAsItKnowsThem) {
    const auto asked = client.send("slot.replace", R"({"slot":"photo","device":"com.eye/a"})");
    world.say(world.host_id("com.eye/a"), wire::Type::host_health, R"({"state":"ok","checks":[]})");
    const auto done = client.reply(asked);
    EXPECT_EQ(boost::json::serialize(done.body.at("replaced").at("dropped")), R"(["light","zoom","crop"])")
        << done.text();
    EXPECT_NE(world.journal.back().body.find(R"("dropped":["light","zoom","crop"])"), std::string::npos);
    EXPECT_EQ(given("com.eye/a"), parse_object("{}"));
    world.step(ConfigLoaded{with_defaults(R"({"zoom":150})")});
    EXPECT_EQ(given("com.eye/a"), parse_object(R"({"zoom":150})"));
}

TEST_F(SlotDefaults, NothingIsDroppedWhereTheSlotHasNone) {
    auto config = make_config({make_slot("photo", "org.cam/1")}, {"cam", "eye"});
    world.step(ConfigLoaded{config});
    const auto asked = client.send("slot.replace", R"({"slot":"photo","device":"com.eye/a"})");
    world.say(world.host_id("com.eye/a"), wire::Type::host_health, R"({"state":"ok","checks":[]})");
    EXPECT_EQ(client.reply(asked)["replaced.dropped"], "-");
    EXPECT_EQ(given("com.eye/a", R"("zoom":150)"), parse_object(R"({"zoom":150})"));
}

} // namespace
} // namespace rekam::broker
