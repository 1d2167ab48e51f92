// SPDX-License-Identifier: Apache-2.0
// What a device reads beside frames: it reaches who asked, nobody else, and no disk.
#include "tests/unit/broker/client.h"

#include <algorithm>

namespace rekam::broker {
namespace {

constexpr const char* pen = R"({"readings":{"samples":{"width_um":96000,"height_um":60000,"t_us":[0,5000],"x_um":[1,2],
    "y_um":[3,4],"pressure":[700,0],"gaps":[],"losses":0}}})";

std::map<std::string, FakePlugin> one_pad() {
    auto plugins = two_cameras();
    auto& devices = plugins.at("/plugins/cam.so").devices;
    devices[0].function = model::Function::signature;
    devices[1].function = model::Function::mrz_reader;
    for (auto& device : devices)
        device.capabilities = R"({"type":"object","properties":{}})";
    return plugins;
}

Config two_slots() {
    auto config = make_config({make_slot("pen", "org.cam/1", model::Function::signature),
                               make_slot("mrz", "org.cam/2", model::Function::mrz_reader)});
    config.quotas.frame_ttl_ms = 5'000;
    config.limits.unread_frame_bytes = 2'000;
    return config;
}

class Readings : public ::testing::Test {
  protected:
    World world{two_slots(), one_pad()};
    Client client{world};
    std::string visit = client.open_case();
    std::string lease = client.lease(R"(pen","mrz)", visit);
    const std::string pad = "org.cam/1";

    std::uint64_t sign(const std::string& idem) { return client.capture(lease, idem, "pen", "signature"); }
    Answer job_of(Client& asker, const std::string& idem) {
        return asker.ask("job.get", R"({"idem":")" + idem + "\"}");
    }
    std::int64_t charged() const { return world.state().sessions.begin()->second.unread_bytes; }
};

TEST_F(Readings, ReachWhoAskedWithOrWithoutAFrame) {
    const auto asked = sign("k1");
    world.frame(pad);
    world.final(pad, 1, pen);
    const auto reply = client.reply(asked);
    EXPECT_EQ(reply["readings.samples.t_us.1"], "5000");
    EXPECT_EQ(reply["readings.samples.pressure.0"], "700");
    EXPECT_EQ(reply["frames.0.frame"], "F-1-1");
    EXPECT_EQ(reply["readings_expired"], "-");
    const auto only = sign("k2");
    world.final(pad, 0, pen);
    EXPECT_EQ(client.reply(only)["readings.samples.width_um"], "96000");
    EXPECT_EQ(job_of(client, "k2")["job.readings.samples.x_um.1"], "2");
    EXPECT_EQ(job_of(client, "k2")["job.readings_expired"], "-");
}

TEST_F(Readings, OfARepeatedRequestAreTheSame) {
    sign("k1");
    world.final(pad, 0, pen);
    EXPECT_EQ(client.reply(sign("k1"))["readings.samples.t_us.1"], "5000");
    EXPECT_EQ(world.told(pad, wire::Type::host_run), 1U);
}

TEST_F(Readings, AreOnlyTheSessionsThatCapturedThem) {
    sign("k1");
    world.final(pad, 0, pen);
    Client other(world, "desk-2");
    const auto record = job_of(other, "k1");
    EXPECT_EQ(record["job.readings"], "-");
    EXPECT_EQ(record["job.readings_expired"], "true");
}

TEST_F(Readings, AreNeverStored) {
    sign("k1");
    world.final(pad, 0, pen);
    for (const auto& record : world.stored())
        EXPECT_EQ(record.body.find("t_us"), std::string::npos) << record.body;
    EXPECT_EQ(client.ask("job.list")["jobs.0.readings"], "-") << "a list of signatures would not fit a header";
}

TEST_F(Readings, EndByTimeAndGiveTheirRoomBack) {
    sign("k1");
    world.final(pad, 0, pen);
    EXPECT_GT(charged(), 0);
    world.pass_ms(5'001);
    EXPECT_EQ(charged(), 0);
    EXPECT_TRUE(world.state().readings.empty());
    EXPECT_EQ(job_of(client, "k1")["job.readings"], "-");
    EXPECT_EQ(job_of(client, "k1")["job.readings_expired"], "true");
    EXPECT_EQ(client.reply(sign("k1"))["readings_expired"], "true");
}

TEST_F(Readings, EndWithACaseThatSaysWhatToKeep) {
    sign("k1");
    world.final(pad, 0, pen);
    client.ask("case.close", R"({"case":")" + visit + R"(","keep":[]})");
    EXPECT_EQ(charged(), 0);
    EXPECT_EQ(job_of(client, "k1")["job.readings_expired"], "true");
}

TEST_F(Readings, BeyondTheQuotaFailTheCapture) {
    world.pass_ms(1);
    for (int i = 0; i < 32 && charged() <= 1'850; ++i) {
        sign("k" + std::to_string(i));
        world.final(pad, 0, pen);
    }
    const std::int64_t before = charged();
    const auto asked = sign("last");
    world.final(pad, 0, pen);
    EXPECT_EQ(client.reply(asked).code(), "too-large");
    EXPECT_EQ(charged(), before);
    EXPECT_EQ(job_of(client, "last")["job.readings_expired"], "-");
}

TEST_F(Readings, EndWhenTheirJobIsForgotten) {
    auto config = two_slots();
    config.quotas.idem_entries = 1;
    World small{config, one_pad()};
    Client asker{small};
    const auto held = asker.lease("pen", asker.open_case());
    asker.capture(held, "k1", "pen", "signature");
    small.final(pad, 0, pen);
    const std::int64_t one = small.state().sessions.begin()->second.unread_bytes;
    asker.capture(held, "k2", "pen", "signature");
    small.final(pad, 0, pen);
    EXPECT_EQ(small.state().readings.size(), 1U);
    EXPECT_EQ(small.state().sessions.begin()->second.unread_bytes, one);
}

TEST_F(Readings, EndWithTheirSession) {
    auto config = two_slots();
    config.quotas.session_idle_ms = 1'000;
    World brief{config, one_pad()};
    Client asker{brief};
    const auto held = asker.lease("pen", asker.open_case());
    asker.capture(held, "k1", "pen", "signature");
    brief.final(pad, 0, pen);
    EXPECT_EQ(brief.state().readings.size(), 1U);
    asker.ask("lease.release", R"({"lease":")" + held + "\"}");
    brief.pass_ms(4'000);
    EXPECT_TRUE(brief.state().sessions.empty());
    EXPECT_TRUE(brief.state().readings.empty());
}

TEST_F(Readings, OfACancelledJobThatCompletedAreDelivered) {
    const auto asked = sign("k1");
    client.ask("job.cancel", R"({"job":"J-1-1"})");
    world.final(pad, 0, pen);
    EXPECT_EQ(client.reply(asked)["readings.samples.losses"], "0");
}

TEST_F(Readings, OfAJobWhoseLeaseEndedAreNot) {
    const auto asked = sign("k1");
    client.ask("lease.release", R"({"lease":")" + lease + "\"}");
    world.final(pad, 0, pen);
    EXPECT_EQ(client.reply(asked).code(), "cancelled");
    EXPECT_EQ(charged(), 0);
}

TEST_F(Readings, ThatNoHostOfOursSendsKillTheHost) {
    for (
        const std::string wrong :
        {R"({"readings":{}})",
         R"({"readings":{"eyes":[{"position":"eye.left","centre":{"x_px":1,"y_px":1},"radius_px":5}]}})",
         R"({"readings":{"samples":{"width_um":9,"height_um":9,"t_us":[0,5],"x_um":[1],"y_um":[3],"pressure":[7],"gaps":[],"losses":0}}})",
         R"({"readings":{"samples":{"width_um":9,"height_um":9,"t_us":[5,5],"x_um":[1,1],"y_um":[3,1],"pressure":[7,1],"gaps":[],"losses":0}}})",
         R"({"readings":{"samples":{"width_um":9,"height_um":9,"t_us":[5],"x_um":[1],"y_um":[3],"pressure":[65536],"gaps":[],"losses":0}}})",
         R"({"readings":{"samples":{"width_um":9,"height_um":9,"t_us":[5],"x_um":[1],"y_um":[3],"pressure":[6],"gaps":[1],"losses":0}}})"}) {
        World fresh{two_slots(), one_pad()};
        Client asker{fresh};
        const auto held = asker.lease("pen", asker.open_case());
        const auto asked = asker.capture(held, "k1", "pen", "signature");
        fresh.final(pad, 0, wrong);
        EXPECT_FALSE(asker.is_open(asked)) << wrong;
        EXPECT_NE(asker.reply(asked).code(), "") << wrong;
        EXPECT_GE(fresh.spawned("host org.cam/1"), 2U) << "it was killed and started again: " << wrong;
    }
}

} // namespace
} // namespace rekam::broker
