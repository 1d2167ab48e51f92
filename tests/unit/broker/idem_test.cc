// SPDX-License-Identifier: Apache-2.0
// The same key again: joined, answered as before, or refused; over restarts, and not for ever.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

using Idempotency = Desk;

TEST_F(Idempotency, JoinsARunningJob) {
    const auto first = client.capture(lease, "k1");
    const auto again = client.capture(lease, "k1");
    EXPECT_EQ(world.told(cam, wire::Type::host_run), 1U);
    world.deliver(cam);
    EXPECT_EQ(client.reply(first).text(), client.reply(again).text());
    EXPECT_EQ(case_record().size("case.captures"), 1U);
}

TEST_F(Idempotency, JoinsAtMostFour) {
    const auto first = client.capture(lease, "k1");
    for (int i = 0; i < 3; ++i)
        client.capture(lease, "k1");
    EXPECT_EQ(client.reply(client.capture(lease, "k1")).code(), "too-many");
    EXPECT_TRUE(client.is_open(first));
    world.deliver(cam);
    EXPECT_TRUE(world.unanswered().empty());
}

TEST_F(Idempotency, GivesTheSameEndAgainWithoutParts) {
    const auto first = client.capture(lease, "k1", "photo", "face", R"("attach":true)");
    world.deliver(cam);
    EXPECT_EQ(client.reply(first).parts.size(), 1U);
    const auto again = client.reply(client.capture(lease, "k1", "photo", "face", R"("attach":true)"));
    EXPECT_EQ(again["frames.0.frame"], "F-1-1");
    EXPECT_EQ(again["frames.0.part"], "-");
    EXPECT_TRUE(again.parts.empty());

    const auto failing = client.capture(lease, "k2");
    world.fail(cam, "cover-open", "close the cover of the scanner");
    EXPECT_EQ(client.reply(client.capture(lease, "k2")).text(), client.reply(failing).text());
}

TEST_F(Idempotency, NeedsNoLeaseForAnEndThatIsKnown) {
    client.capture(lease, "k1");
    world.deliver(cam);
    client.ask("lease.release", R"({"lease":")" + lease + "\"}");
    EXPECT_EQ(client.reply(client.capture(lease, "k1")).code(), "ok");
    EXPECT_EQ(client.reply(client.capture("L-1-99", "k1")).code(), "idem-conflict") << "whose lease was that?";
}

TEST_F(Idempotency, RefusesOtherParameters) {
    const auto first = client.capture(lease, "k1");
    const auto other = client.reply(client.capture(lease, "k1", "photo", "face", R"("zoom":200)"));
    EXPECT_EQ(other.code(), "idem-conflict");
    EXPECT_EQ(other["job"], "J-1-1");
    EXPECT_TRUE(client.is_open(first));
    world.deliver(cam);
    EXPECT_EQ(client.reply(client.capture(lease, "k1", "photo", "face", R"("zoom":200)")).code(), "idem-conflict");
}

TEST_F(Idempotency, LeavesTheKeyOfARefusedRequestFree) {
    EXPECT_EQ(client.reply(client.capture(lease, "k1", "photo", "face", R"("zoom":999)")).code(), "out-of-range");
    const auto asked = client.capture(lease, "k1");
    world.deliver(cam);
    EXPECT_EQ(client.reply(asked)["attempt"], "1");
}

TEST_F(Idempotency, KeepsThePrincipalsApart) {
    client.capture(lease, "k1");
    world.deliver(cam);
    Client other(world, "desk-2", 2000);
    EXPECT_EQ(other.ask("job.get", R"({"idem":"k1"})").code(), "unknown-job");
    EXPECT_EQ(other.ask("job.get", R"({"job":"J-1-1"})").code(), "unknown-job");
    EXPECT_EQ(other.ask("job.cancel", R"({"job":"J-1-1"})").code(), "unknown-job");
    const auto theirs = other.open_case();
    const auto own = other.capture(other.lease("second", theirs), "k1", "second");
    world.deliver("org.cam/2");
    EXPECT_EQ(other.reply(own)["job"], "J-1-2");
    Client same(world, "rekamctl", 1000);
    EXPECT_EQ(same.ask("job.get", R"({"idem":"k1"})")["job.job"], "J-1-1") << "another session of the same principal";
}

Config config_keeping(std::int64_t jobs_kept) {
    auto config = make_config({make_slot("photo", "org.cam/1"), make_slot("second", "org.cam/2")});
    config.quotas.jobs_kept = jobs_kept;
    return config;
}

/// The first station's capture on lease L-1, word for word.
Answer repeat(Client& client, const std::string& idem, const std::string& slot = "photo") {
    return client.ask("capture.start", R"({"slot":")" + slot + R"(","subject":"face"})",
                      R"("deadline_ms":30000,"station_epoch":1,"lease":"L-1-1","idem":")" + idem + "\"");
}

TEST_F(Idempotency, OutlivesTheStation) {
    client.capture(lease, "done");
    world.deliver(cam);
    client.capture(lease, "failed");
    world.fail(cam, "jam", "paper is stuck in the feeder");
    client.capture(lease, "running");
    const auto disk = world.stored();
    world.deliver(cam);

    for (const std::int64_t jobs_kept : {100, 1}) { // from memory, and from the store
        World next(config_keeping(jobs_kept), two_cameras(), disk, 2);
        Client later(next);
        EXPECT_EQ(repeat(later, "done")["frames.0.frame"], "F-1-1");
        EXPECT_EQ(repeat(later, "failed").code(), "jam");
        EXPECT_EQ(repeat(later, "failed", "second").code(), "idem-conflict");
        const auto interrupted = repeat(later, "running");
        EXPECT_EQ(interrupted.code(), "internal");
        EXPECT_EQ(interrupted["retry"], "now");
        EXPECT_EQ(later.ask("job.get", R"({"idem":"running"})")["job.outcome"], "failed");
        EXPECT_EQ(later.ask("job.cancel", R"({"job":"J-1-2"})")["state"], "failed");
        EXPECT_EQ(later.ask("frame.get", R"({"frame":"F-1-1"})").code(), "result-expired");
        EXPECT_EQ(next.lookups > 0, jobs_kept == 1);
        EXPECT_EQ(later.ask("job.list").size("jobs"), jobs_kept == 1 ? 1U : 3U);
        EXPECT_EQ(later.ask("case.get", R"({"case":")" + visit + "\"}")["case.captures.2.outcome"], "failed");
    }
}

TEST_F(Idempotency, AsksTheStoreForWhatMemoryDropped) {
    world.step(ConfigLoaded{config_keeping(1)});
    for (const auto* idem : {"k1", "k2"}) {
        client.capture(lease, idem);
        world.deliver(cam);
    }
    EXPECT_EQ(client.reply(client.capture(lease, "k1"))["job"], "J-1-1");
    EXPECT_EQ(world.lookups, 1U);
    world.disk.clear();
    EXPECT_EQ(client.reply(client.capture(lease, "k1")).code(), "result-expired") << "and it is not run again";
    EXPECT_EQ(world.told(cam, wire::Type::host_run), 2U);
}

TEST_F(Idempotency, ForgetsAfterTheHorizon) {
    auto config = config_keeping(100);
    config.quotas.idem_horizon_ms = 7'200'000;
    world.step(ConfigLoaded{config});
    client.capture(lease, "k1");
    world.deliver(cam);
    EXPECT_TRUE(world.disk.contains({"job", "uid:1000\nk1"}));
    world.pass_ms(3'600'000);
    EXPECT_EQ(Client(world).ask("job.get", R"({"idem":"k1"})").code(), "ok");
    world.pass_ms(2 * 3'600'000);
    EXPECT_EQ(Client(world).ask("job.get", R"({"idem":"k1"})").code(), "unknown-job");
    EXPECT_FALSE(world.disk.contains({"job", "uid:1000\nk1"}));
}

TEST_F(Idempotency, KeepsNoMoreKeysThanItsQuota) {
    auto config = config_keeping(100);
    config.quotas.idem_entries = 2;
    world.step(ConfigLoaded{config});
    for (const auto* idem : {"k1", "k2", "k3"}) {
        client.capture(lease, idem);
        world.deliver(cam);
        world.pass_ms(1);
    }
    EXPECT_EQ(job_of("k1").code(), "unknown-job");
    EXPECT_EQ(job_of("k2").code(), "ok");
    EXPECT_EQ(job_of("k3").code(), "ok");
    EXPECT_FALSE(world.disk.contains({"job", "uid:1000\nk1"}));
    EXPECT_EQ(world.state().ended_ids.size(), 2U);
}

} // namespace
} // namespace rekam::broker
