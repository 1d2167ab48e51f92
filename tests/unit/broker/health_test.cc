// SPDX-License-Identifier: Apache-2.0
// health.check: answered by the host, or by what became of it.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

using Health = Desk;

TEST_F(Health, IsAnsweredByTheHost) {
    const auto asked = client.send("health.check", R"({"slot":"photo"})");
    EXPECT_EQ(client.ask("health.check", R"({"slot":"photo"})").code(), "busy");
    world.say(world.host_id(cam), wire::Type::host_health, R"({"state":"degraded","checks":[]})");
    EXPECT_EQ(client.reply(asked)["state"], "degraded");
    EXPECT_EQ(device(cam)["device.state"], "degraded");
}

TEST_F(Health, OfAHostThatDiesOrIsLateIsFailed) {
    const auto died = client.send("health.check", R"({"slot":"photo"})");
    world.die(world.host_id(cam));
    EXPECT_EQ(client.reply(died)["state"], "failed");
    EXPECT_EQ(client.reply(died)["checks.0.component"], "device");

    const auto late = client.send("health.check", R"({"device":"org.cam/1"})");
    world.pass_ms(10'000);
    EXPECT_EQ(client.reply(late)["state"], "failed");
    EXPECT_NE(client.reply(late)["checks.0.evidence"].find("promise"), std::string::npos) << client.reply(late).text();
}

TEST_F(Health, IsAnsweredWhenTheDeviceIsClosedMeanwhile) {
    const auto asked = client.send("health.check", R"({"slot":"photo","level":"exercise"})");
    world.step(ConfigLoaded{make_config({make_slot("second", "org.cam/2")})});
    EXPECT_FALSE(world.is_alive("host org.cam/1"));
    EXPECT_EQ(client.reply(asked)["state"], "failed");

    world.step(ConfigLoaded{make_config({make_slot("photo", cam), make_slot("second", "org.cam/2")})});
    const auto again = client.capture(client.lease("photo", visit), "k1");
    world.deliver(cam);
    EXPECT_EQ(client.reply(again).code(), "ok") << "the check is forgotten, and the device works";
}

} // namespace
} // namespace rekam::broker
