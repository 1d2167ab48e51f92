// SPDX-License-Identifier: Apache-2.0
// slot.hold and slot.release: what is refused, what goes on, and that it lasts.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

class Holds : public Desk {
  protected:
    Answer hold(const std::string& reason = "lens cracked", const std::string& more = R"(,"by":"Siti")") {
        return client.ask("slot.hold", R"({"slot":"photo","reason":")" + reason + "\"" + more + "}");
    }
    Answer release() { return client.ask("slot.release", R"({"slot":"photo"})"); }
};

TEST_F(Holds, AreShownWithReasonAndBy) {
    world.events("slot.photo");
    const auto held = hold();
    EXPECT_EQ(held["slot.admin"], "held");
    EXPECT_EQ(held["slot.state"], "ready") << "the operating state is another thing";
    EXPECT_EQ(held["slot.reason"], "lens cracked");
    EXPECT_EQ(held["slot.held.by"], "Siti");
    EXPECT_EQ(world.events("slot.photo").at(0)["held.reason"], "lens cracked");
    EXPECT_EQ(client.ask("station.get")["state"], "degraded");
    const auto since = held["slot.held.at"];
    world.pass_ms(1'000);
    EXPECT_EQ(hold()["slot.held.at"], since) << "said twice, it is held since the first time";
    EXPECT_EQ(hold("lamp", "")["slot.held.by"], "uid:1000");
    EXPECT_EQ(release()["slot.admin"], "in-service");
    EXPECT_EQ(release()["slot.held"], "-") << "released twice is released";
    EXPECT_EQ(client.ask("station.get")["state"], "ready");
}

TEST_F(Holds, OfASlotThatIsNotThereAreRefused) {
    EXPECT_EQ(client.ask("slot.hold", R"({"slot":"no","reason":"r"})").code(), "unknown-slot");
    EXPECT_EQ(client.ask("slot.release", R"({"slot":"no"})").code(), "unknown-slot");
}

TEST_F(Holds, RefuseNewJobsAndLetTheRunningOneEnd) {
    const auto running = client.capture(lease, "k1");
    hold();
    const auto refused = client.reply(client.capture(lease, "k2"));
    EXPECT_EQ(refused.code(), "held");
    EXPECT_NE(refused["message"].find("by Siti: lens cracked"), std::string::npos) << refused.text();
    EXPECT_EQ(refused["slot"], "photo");
    world.deliver(cam);
    EXPECT_EQ(client.reply(running).code(), "ok");
    release();
    const auto again = client.capture(lease, "k2");
    world.deliver(cam);
    EXPECT_EQ(client.reply(again).code(), "ok") << "a refused request leaves its key free";
}

TEST_F(Holds, LetWaitingJobsWait) {
    client.capture(lease, "k1");
    const auto waiting = client.capture(lease, "k2");
    const auto late = client.capture(lease, "k3", "photo", "face", "", 2'000);
    hold();
    world.deliver(cam);
    EXPECT_TRUE(client.is_open(waiting));
    EXPECT_EQ(world.told(cam, wire::Type::host_run), 1U) << "a held slot starts no job";
    world.pass_ms(3'000);
    EXPECT_EQ(client.reply(late).code(), "timeout");
    release();
    EXPECT_EQ(world.told(cam, wire::Type::host_run), 2U);
    world.deliver(cam);
    EXPECT_EQ(client.reply(waiting).code(), "ok");
}

TEST_F(Holds, LetTheOtherSlotOfADeviceWork) {
    world.step(ConfigLoaded{make_config({make_slot("photo", cam), make_slot("same", cam)})});
    const auto both = client.lease("same", visit);
    const auto first = client.capture(lease, "k1"), held = client.capture(lease, "k2");
    const auto other = client.capture(both, "k3", "same");
    hold();
    world.deliver(cam);
    world.deliver(cam);
    EXPECT_EQ(client.reply(first).code(), "ok");
    EXPECT_EQ(client.reply(other).code(), "ok");
    EXPECT_TRUE(client.is_open(held));
    client.ask("job.cancel", R"({"job":"J-1-2"})");
    EXPECT_EQ(client.reply(held).code(), "cancelled");
}

TEST_F(Holds, KeepLeasesAndTheirQueue) {
    hold();
    EXPECT_EQ(client.ask("lease.renew", R"({"lease":")" + lease + "\"}").code(), "ok");
    Client other(world, "desk-2");
    const auto case_id = other.open_case();
    const std::string wants = R"({"slots":["photo"],"case":")" + case_id + "\"";
    const auto refused = other.ask("lease.acquire", wants + "}");
    EXPECT_EQ(refused.code(), "held");
    const auto waits = other.send("lease.acquire", wants + R"(,"wait_ms":60000})", R"("progress":true)");
    EXPECT_EQ(world.progress(waits).at(0)["held.by"], "Siti");
    const auto impatient = other.send("lease.acquire", wants + R"(,"wait_ms":1000})");
    world.pass_ms(2'000);
    EXPECT_EQ(other.reply(impatient).code(), "held");
    client.ask("lease.release", R"({"lease":")" + lease + "\"}");
    EXPECT_TRUE(other.is_open(waits)) << "free, and out of service";
    release();
    EXPECT_EQ(other.reply(waits).code(), "ok");
}

TEST_F(Holds, KeepNobodyFromOtherSlots) {
    hold();
    client.ask("lease.release", R"({"lease":")" + lease + "\"}");
    const auto both =
        client.send("lease.acquire", R"({"slots":["photo","second"],"case":")" + visit + R"(","wait_ms":60000})");
    Client other(world, "desk-2");
    EXPECT_EQ(other.ask("lease.acquire", R"({"slots":["second"],"case":")" + other.open_case() + "\"}").code(), "ok");
    release();
    EXPECT_TRUE(client.is_open(both)) << "now it waits for second, as anybody does";
}

TEST_F(Holds, LastOverARestartAndAChangedConfiguration) {
    hold();
    World next(world.state().config, two_cameras(), world.stored(), 2);
    Client again(next);
    EXPECT_EQ(again.ask("slot.get", R"({"slot":"photo"})")["slot.held.by"], "Siti");
    next.step(ConfigLoaded{make_config({make_slot("second", "org.cam/2")})});
    next.step(ConfigLoaded{world.state().config});
    EXPECT_EQ(again.ask("slot.get", R"({"slot":"photo"})")["slot.held.reason"], "lens cracked");
    again.ask("slot.release", R"({"slot":"photo"})");
    World last(world.state().config, two_cameras(), next.stored(), 3);
    EXPECT_EQ(Client(last).ask("slot.get", R"({"slot":"photo"})")["slot.admin"], "in-service");
}

} // namespace
} // namespace rekam::broker
