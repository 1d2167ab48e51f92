// SPDX-License-Identifier: Apache-2.0
// A capture from request to reply: its result, its progress, what is refused and in which order.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

using Captures = Desk;

TEST_F(Captures, EndsAsDoneWithItsFrame) {
    const auto asked = client.capture(lease, "k1");
    EXPECT_TRUE(client.is_open(asked));
    EXPECT_EQ(device(cam)["device.state"], "busy");
    world.deliver(cam);
    const auto done = client.reply(asked);
    EXPECT_EQ(done["job"], "J-1-1");
    EXPECT_EQ(done["outcome"], "done");
    EXPECT_EQ(done["case"], visit);
    EXPECT_EQ(done["slot"], "photo");
    EXPECT_EQ(done["subject"], "face");
    EXPECT_EQ(done["attempt"], "1");
    EXPECT_EQ(done["frames.0.frame"], "F-1-1");
    EXPECT_EQ(done["frames.0.hashed_by"], "host");
    EXPECT_EQ(done["frames.0.case"], visit);
    EXPECT_EQ(done["frames.0.device.id"], cam);
    EXPECT_EQ(done["excepted"], "-");
    EXPECT_EQ(job_of("k1")["job.state"], "done");
    EXPECT_EQ(case_record()["case.captures.0.outcome"], "done");
    EXPECT_EQ(device(cam)["device.state"], "ready");
}

TEST_F(Captures, SaysItsIdAtOnceAndThenHowItGoes) {
    const auto asked = client.capture(lease, "k1");
    wire::Prefix prefix = world.running(cam).prefix;
    world.say(world.host_id(cam), wire::Type::host_progress,
              R"({"percent":40,"quality":55,"guide":["closer","buy our premium plan"]})", prefix);
    const auto progress = world.progress(asked);
    ASSERT_EQ(progress.size(), 3U);
    EXPECT_EQ(progress[0].text(), R"({"job":"J-1-1","state":"accepted"})");
    EXPECT_EQ(progress[1].text(), R"({"job":"J-1-1","state":"running"})");
    EXPECT_EQ(progress[2].text(), R"({"job":"J-1-1","state":"running","percent":40,"quality":55,"guide":["closer"]})");
    world.deliver(cam);
}

} // namespace
} // namespace rekam::broker
