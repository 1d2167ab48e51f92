// SPDX-License-Identifier: Apache-2.0
// slot.identify: what the host is asked, what its answer becomes, and that none of it waits for ever.
#include "tests/unit/broker/client.h"

#include "core/wire/codec.h"

#include <boost/json/serialize.hpp>

namespace rekam::broker {
namespace {

class Identifying : public Desk {
  protected:
    Identifying() { world.plugins.begin()->second.devices[0].shows_itself = true; }
    void SetUp() override { client.ask("plugin.reload", R"({"plugin":"org.cam"})"); }

    std::uint64_t identify(const std::string& more = "") {
        return client.send("slot.identify", R"({"slot":"photo")" + more + "}");
    }
    Answer refused(const std::string& more = "") { return client.reply(identify(more)); }
    /// What its host was asked last.
    wire::Message asked() {
        const auto& heard = world.host(cam).heard;
        for (auto message = heard.rbegin(); message != heard.rend(); ++message)
            if (message->prefix.type == wire::Type::host_identify)
                return *message;
        ADD_FAILURE() << "the host was asked nothing";
        return {};
    }
    void says(const std::string& body, std::uint64_t number = 0) {
        wire::Prefix about;
        about.request = world.number(cam);
        about.job = number != 0 ? number : asked().prefix.job;
        world.say(world.host_id(cam), wire::Type::host_identified, body, about);
    }
    std::size_t times() { return world.told(cam, wire::Type::host_identify); }
    std::string last_entry() { return world.journal.back().body; }
};

TEST_F(Identifying, AsksTheHostAndTellsWhatTheDeviceDoes) {
    const auto sent = identify(R"(,"by":"Siti")");
    EXPECT_TRUE(client.is_open(sent));
    EXPECT_EQ(asked().json, R"({"ms":5000})");
    says(R"({"means":["light","sound"]})");
    const auto done = client.reply(sent);
    EXPECT_EQ(done.code(), "ok") << done.text();
    EXPECT_EQ(done["device"], cam);
    EXPECT_EQ(done["slot"], "photo");
    EXPECT_EQ(done["means.0"] + " " + done["means.1"], "light sound");
    EXPECT_EQ(done["seconds"], "5");
    const auto entry = parse_object(last_entry());
    EXPECT_EQ(entry.at("kind").as_string(), "slot.identify");
    EXPECT_EQ(boost::json::serialize(entry.at("means")), R"(["light","sound"])");
    EXPECT_NE(world.journal.back().personal.find("Siti"), std::string::npos);
}

TEST_F(Identifying, TakesTheSecondsOfTheRequestAndEndsIt) {
    const auto longer = identify(R"(,"seconds":60)");
    EXPECT_EQ(asked().json, R"({"ms":60000})");
    says(R"({"means":["light"]})");
    EXPECT_EQ(client.reply(longer)["seconds"], "60");
    identify(R"(,"seconds":0)");
    EXPECT_EQ(asked().json, R"({"ms":0})");
    says(R"({"means":["light"]})");
}

TEST_F(Identifying, WorksOnAHeldSlot) {
    client.ask("slot.hold", R"({"slot":"photo","reason":"which one is it?"})");
    const auto sent = identify();
    says(R"({"means":["light"]})");
    EXPECT_EQ(client.reply(sent).code(), "ok");
}

TEST_F(Identifying, RefusesWhatCannotBeShown) {
    EXPECT_EQ(client.ask("slot.identify", R"({"slot":"no"})").code(), "unknown-slot");
    const auto blind = client.ask("slot.identify", R"({"slot":"second"})");
    EXPECT_EQ(blind.code(), "not-covered");
    EXPECT_EQ(blind["hint"], "look-at-preview");
    EXPECT_EQ(blind["device"], "org.cam/2");
    EXPECT_NE(blind["message"].find("rekamctl preview second -o FILE"), std::string::npos) << blind.text();
    world.plugins.begin()->second.devices[1].shows_preview = false;
    client.ask("plugin.reload", R"({"plugin":"org.cam"})");
    const auto dark = client.ask("slot.identify", R"({"slot":"second"})");
    EXPECT_EQ(dark["hint"], "choose-other-device");
    EXPECT_NE(dark["message"].find("serial number"), std::string::npos) << dark.text();
    world.step(ConfigLoaded{make_config({make_slot("photo", "org.cam/9"), make_slot("second", "org.cam/2")})});
    EXPECT_EQ(refused().code(), "slot-unbound");
}

TEST_F(Identifying, NamesWhatKeepsTheDeviceFromOpening) {
    world.plugins.begin()->second.devices[0].refuses = wire::Failure{model::Code::permission_denied, "node 5", {}, {}};
    world.die(world.host_id(cam));
    const auto answer = refused();
    EXPECT_EQ(answer.code(), "permission-denied");
    EXPECT_NE(answer["message"].find("node 5"), std::string::npos);
    EXPECT_EQ(answer["slot"], "photo");
}

TEST_F(Identifying, OfADeviceThatIsBeingOpenedIsNotReady) {
    world.plugins.begin()->second.devices[0].silent = true;
    client.ask("plugin.reload", R"({"plugin":"org.cam"})");
    EXPECT_EQ(refused().code(), "not-ready");
}

TEST_F(Identifying, OfAnUnpluggedDeviceSaysSo) {
    world.plugins.begin()->second.devices[0].plugged = false;
    wire::Prefix about;
    about.request = world.number(cam);
    world.say(world.host_id(cam), wire::Type::host_changed, R"({"devices":true,"gone":true})", about);
    EXPECT_EQ(refused().code(), "device-gone");
}

TEST_F(Identifying, OneAtATime) {
    const auto first = identify();
    const auto second = refused();
    EXPECT_EQ(second.code(), "busy");
    EXPECT_EQ(times(), 1U);
    says(R"({"means":["screen"]})");
    EXPECT_EQ(client.reply(first)["means.0"], "screen");
}

TEST_F(Identifying, IsAnsweredWhileAJobRunsWhenTheHostCan) {
    const auto job = client.capture(lease, "k1");
    const auto sent = identify();
    EXPECT_EQ(times(), 1U) << "its host does it between two calls";
    world.deliver(cam);
    EXPECT_EQ(client.reply(job).code(), "ok");
    says(R"({"means":["light"]})");
    EXPECT_EQ(client.reply(sent).code(), "ok");
}

TEST_F(Identifying, DoesNotWaitBehindAJobForEver) {
    const auto job = client.capture(lease, "k1", "photo", "face", {}, 600'000);
    const auto sent = identify();
    world.pass_ms(9'000);
    EXPECT_TRUE(client.is_open(sent));
    world.pass_ms(2'000);
    const auto answer = client.reply(sent);
    EXPECT_EQ(answer.code(), "busy");
    EXPECT_NE(answer["message"].find("ask again"), std::string::npos);
    EXPECT_TRUE(client.is_open(job)) << "nothing has happened to the job";
    says(R"({"means":["light"]})");
    const auto again = identify();
    says(R"({"means":["sound"]})", 1);
    EXPECT_TRUE(client.is_open(again)) << "the answer to the first one comes too late, and is not that to the second";
    world.deliver(cam);
    says(R"({"means":["light"]})");
    EXPECT_EQ(client.reply(again)["means.0"], "light");
}

TEST_F(Identifying, EndsWithAnErrorWhenTheHostSaysNothingOrDies) {
    const auto silent = identify();
    world.pass_ms(11'000);
    EXPECT_EQ(client.reply(silent).code(), "broken-promise");
    const auto crashed = identify();
    world.die(world.host_id(cam));
    EXPECT_EQ(client.reply(crashed).code(), "plugin-crashed");
    EXPECT_EQ(client.reply(crashed)["slot"], "photo");
    const auto hung = identify();
    world.children_die_when_killed = false;
    world.host(cam).mute = true;
    world.pass_ms(7'000); // its ping is overdue, it is killed, and does not die
    world.step(ChildGone{world.host_id(cam), true});
    EXPECT_EQ(client.reply(hung).code(), "device-stuck");
}

TEST_F(Identifying, TellsWhatThePluginRefuses) {
    const auto sent = identify();
    says(R"({"means":[],"failure":{"code":"cover-open","message":"the lamp is behind the cover"}})");
    const auto answer = client.reply(sent);
    EXPECT_EQ(answer.code(), "cover-open");
    EXPECT_NE(answer["message"].find("behind the cover"), std::string::npos);
    EXPECT_EQ(answer["device"], cam);
}

TEST_F(Identifying, EndsAHostThatAnswersNonsense) {
    for (const char* nonsense : {R"({"means":"all"})", R"({"means":["smoke"]})", R"({"means":[]})",
                                 R"({"means":["light"],"failure":{"code":"jam","message":"both at once, really"}})"}) {
        const auto sent = identify();
        const auto host = world.host_id(cam);
        says(nonsense);
        EXPECT_TRUE(world.child(host).killed) << nonsense;
        EXPECT_EQ(client.reply(sent).code(), "protocol-error") << nonsense;
        world.pass_ms(70'000);
    }
}

TEST_F(Identifying, LetsAReloadWaitForIt) {
    const auto sent = identify();
    const auto host = world.host_id(cam);
    client.ask("plugin.reload", R"({"plugin":"org.cam"})");
    EXPECT_TRUE(world.child(host).alive);
    says(R"({"means":["light"]})");
    EXPECT_EQ(client.reply(sent).code(), "ok");
    EXPECT_FALSE(world.child(host).alive);
}

} // namespace
} // namespace rekam::broker
