// SPDX-License-Identifier: Apache-2.0
// Sessions: resumed by their token, ended when nobody uses them, and never a reason to shut another program out.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

class Sessions : public ::testing::Test {
  protected:
    World world{[] {
                    auto config = make_config({make_slot("photo", "org.cam/1"), make_slot("second", "org.cam/2")});
                    config.limits.sessions = 3;
                    return config;
                }(),
                two_cameras()};
    static constexpr const char* cam = "org.cam/1";

    bool is_known(Client& client) { return client.ask("slot.list").code() == "ok"; }
};

TEST_F(Sessions, AreResumedByTheirOwnPrincipalOnly) {
    Client first(world);
    Client again(world, "desk-1", 1000, first.token);
    EXPECT_EQ(again.hello["resumed"], "true");
    EXPECT_EQ(again.token, first.token);
    EXPECT_EQ(Client(world, "thief", 2000, first.token).hello.code(), "unknown-session");
    EXPECT_EQ(Client(world, "desk-1", 1000, std::string(32, '0')).hello.code(), "unknown-session");
}

TEST_F(Sessions, EndWhenTheyAreIdleAndOwnNothing) {
    Client idle(world), leasing(world);
    const auto visit = leasing.open_case();
    leasing.lease("photo", visit, R"("ttl_ms":600000)");
    for (int i = 0; i < 7; ++i) {
        world.pass_ms(570'000);
        leasing.ask("lease.renew", R"({"lease":"L-1-1"})");
    }
    EXPECT_EQ(idle.ask("slot.list").code(), "unknown-session");
    EXPECT_EQ(Client(world, "desk-1", 1000, idle.token).hello.code(), "unknown-session");
    EXPECT_TRUE(is_known(leasing));
}

TEST_F(Sessions, OfAProgramThatStartsAgainAndAgainGiveWay) {
    Client first(world), second(world), third(world);
    const auto full = Client(world).hello;
    EXPECT_EQ(full.code(), "too-many") << "each of them was heard a moment ago";
    EXPECT_EQ(full["retry_ms"], "10000");

    world.pass_ms(61'000);
    EXPECT_TRUE(is_known(first));
    EXPECT_EQ(Client(world).hello.code(), "ok");
    EXPECT_FALSE(is_known(second)) << "it was silent for as long as the third, and is older";
    EXPECT_TRUE(is_known(first));
    EXPECT_TRUE(is_known(third));
}

TEST_F(Sessions, WithALeaseOrAnUnreadFrameDoNotGiveWay) {
    Client leasing(world), reading(world), third(world);
    leasing.lease("photo", leasing.open_case(), R"("ttl_ms":600000)");
    reading.capture(reading.lease("second", reading.open_case(), R"("ttl_ms":5000)"), "k1", "second");
    world.deliver("org.cam/2");
    world.pass_ms(100'000);
    EXPECT_TRUE(is_known(third));
    EXPECT_EQ(Client(world).hello.code(), "too-many");
    EXPECT_TRUE(is_known(leasing));
    EXPECT_EQ(reading.ask("frame.get", R"({"frame":"F-1-1"})").code(), "ok");
}

} // namespace
} // namespace rekam::broker
