// SPDX-License-Identifier: Apache-2.0
// Records that nobody waits for are written together a few milliseconds later; what somebody waits for takes them
// along.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

Config gathering() {
    auto config = make_config({make_slot("photo", "org.cam/1"), make_slot("second", "org.cam/2")});
    config.supervision.store_gather_ms = 5;
    return config;
}

class Gather : public ::testing::Test {
  protected:
    World world{gathering(), two_cameras()};
    Client client{world};
    std::string visit = client.open_case();
    std::string lease = client.lease("photo", visit);
    const std::string cam = "org.cam/1";

    void capture(const std::string& key) {
        client.capture(lease, key);
        world.deliver(cam);
    }
    std::string row(const std::string& kind, const std::string& end) const {
        for (const auto& [key, body] : world.disk)
            if (key.first == kind && key.second.ends_with(end))
                return body;
        return "";
    }
    std::string job(const std::string& key) const { return row("job", "\n" + key); }
};

TEST_F(Gather, MakesOneAppendOfAWholeCapture) {
    world.pass_ms(10);
    const auto before = world.state().last_token;
    capture("k1");
    EXPECT_EQ(world.state().last_token, before) << "nothing is written yet";
    EXPECT_EQ(job("k1"), "");
    world.pass_ms(4);
    EXPECT_EQ(job("k1"), "");
    world.pass_ms(1);
    EXPECT_EQ(world.state().last_token, before + 1);
    EXPECT_NE(job("k1").find(R"("outcome":"done")"), std::string::npos);
    EXPECT_NE(row("case", visit).find(R"("outcome":"done")"), std::string::npos);
    EXPECT_NE(world.journal.back().body.find(R"("kind":"capture.end")"), std::string::npos);
    world.pass_ms(100);
    EXPECT_EQ(world.state().last_token, before + 1) << "and only once";
}

TEST_F(Gather, WritesAnIntentThatLastsLonger) {
    client.capture(lease, "k1");
    world.pass_ms(5);
    EXPECT_NE(job("k1"), "");
    EXPECT_EQ(job("k1").find(R"("outcome")"), std::string::npos);
    world.deliver(cam);
    world.pass_ms(5);
    EXPECT_NE(job("k1").find(R"("outcome":"done")"), std::string::npos);
}

TEST_F(Gather, AnswersFromWhatIsNotWrittenYet) {
    capture("k1");
    EXPECT_EQ(client.ask("job.get", R"({"idem":"k1"})")["job.outcome"], "done");
    EXPECT_EQ(client.ask("case.get", R"({"case":")" + visit + "\"}")["case.captures.0.outcome"], "done");
}

TEST_F(Gather, GoesAlongWithWhatIsWrittenAtOnce) {
    capture("k1");
    client.ask("slot.hold", R"({"slot":"second","reason":"lens"})");
    EXPECT_NE(row("hold", "second"), "");
    EXPECT_NE(job("k1").find(R"("outcome":"done")"), std::string::npos);
}

TEST_F(Gather, IsWrittenWhenTheStationStops) {
    capture("k1");
    world.step(Stop{});
    world.pass_ms(5'000);
    EXPECT_TRUE(world.exited);
    EXPECT_NE(job("k1").find(R"("outcome":"done")"), std::string::npos);
}

TEST_F(Gather, LosesNothingToAStoreThatFails) {
    capture("k1");
    world.store_fails = true;
    world.pass_ms(10);
    EXPECT_EQ(job("k1"), "");
    capture("k2");
    world.pass_ms(10);
    world.store_fails = false;
    world.pass_ms(2'000);
    EXPECT_NE(job("k1").find(R"("outcome":"done")"), std::string::npos);
    EXPECT_NE(job("k2").find(R"("outcome":"done")"), std::string::npos);
}

TEST_F(Gather, LetsAForgottenCaseBeForgotten) {
    capture("k1");
    client.ask("case.close", R"({"case":")" + visit + "\"}");
    world.pass_ms(5);
    EXPECT_NE(row("case", visit).find(R"("closed_at")"), std::string::npos);
}

} // namespace
} // namespace rekam::broker
