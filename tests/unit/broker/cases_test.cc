// SPDX-License-Identifier: Apache-2.0
// Cases: what ends with them, what of a capture cannot be captured, how often it is tried.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

using Cases = Desk;

std::string close(const std::string& visit, const std::string& keep = {}) {
    return R"({"case":")" + visit + "\"" + (keep.empty() ? "" : R"(,"keep":[")" + keep + "\"]") + "}";
}

TEST_F(Cases, EndTheirJobsFirstAndThenAnswer) {
    const auto running = client.capture(lease, "k1"), waiting = client.capture(lease, "k2");
    const auto closing = client.send("case.close", close(visit));
    EXPECT_EQ(client.reply(waiting).code(), "cancelled");
    EXPECT_TRUE(client.is_open(running));
    EXPECT_TRUE(client.is_open(closing));
    EXPECT_EQ(case_record()["case.state"], "open") << "it is, until the last job has ended";
    EXPECT_EQ(client.reply(client.capture(lease, "k3")).code(), "no-lease");
    const auto twice = client.send("case.close", close(visit));
    world.deliver(cam);
    EXPECT_EQ(client.reply(running).code(), "cancelled");
    const auto closed = client.reply(closing);
    EXPECT_EQ(closed["case.state"], "closed");
    EXPECT_NE(closed["case.closed_at"], "-");
    EXPECT_EQ(closed["case.captures.0.outcome"], "cancelled");
    EXPECT_EQ(closed["case.captures.1.outcome"], "cancelled");
    EXPECT_EQ(client.reply(twice).text(), closed.text()) << "both who asked get the answer";
    EXPECT_EQ(client.ask("case.close", close(visit)).text(), closed.text());
    EXPECT_EQ(world.state().leases.size(), 0U);
}

TEST_F(Cases, KeepTheFramesThatAreNamedAndReleaseTheOthers) {
    client.capture(lease, "k1");
    world.deliver(cam);
    client.capture(lease, "k2");
    world.deliver(cam);
    const auto closed = client.ask("case.close", close(visit, "F-1-2"));
    EXPECT_EQ(closed["case.captures.0.kept"], "[]");
    EXPECT_EQ(closed["case.captures.1.kept.0"], "F-1-2");
    EXPECT_EQ(client.ask("frame.get", R"({"frame":"F-1-1"})").code(), "result-expired");
    EXPECT_EQ(client.ask("frame.get", R"({"frame":"F-1-2"})").code(), "ok");
}

TEST_F(Cases, WriteWhatIsKeptAlsoWhenAJobStillEnds) {
    client.capture(lease, "k1");
    world.deliver(cam);
    client.capture(lease, "k2");
    client.capture(lease, "k3");
    const auto closing = client.send("case.close", close(visit, "F-1-1"));
    world.fail(cam, "cancelled");
    EXPECT_EQ(client.reply(closing)["case.captures.0.kept.0"], "F-1-1");
    EXPECT_NE(world.disk.at({"case", visit}).find(R"("kept":["F-1-1"])"), std::string::npos);
}

TEST_F(Cases, StayOpenWhenAWrongFrameIsToBeKept) {
    client.capture(lease, "k1");
    world.deliver(cam);
    const auto wrong = client.ask("case.close", close(visit, R"(F-1-1","F-9-9)"));
    EXPECT_EQ(wrong.code(), "unknown-frame");
    EXPECT_EQ(wrong["path"], "params.keep[1]");
    EXPECT_EQ(client.ask("frame.get", R"({"frame":"F-1-1"})").code(), "ok") << "the right one is not lost";
    EXPECT_EQ(client.ask("case.close", close(visit, "F-1-1"))["case.captures.0.kept.0"], "F-1-1");
}

TEST_F(Cases, RefuseThoseWhoWaitForTheirLease) {
    Client other(world, "desk-2");
    const auto waiting =
        other.send("lease.acquire", R"({"slots":["photo"],"case":")" + visit + R"(","wait_ms":60000})");
    const auto behind =
        other.send("lease.acquire", R"({"slots":["photo"],"case":")" + other.open_case() + R"(","wait_ms":60000})");
    client.ask("case.close", close(visit));
    EXPECT_EQ(other.reply(waiting).code(), "case-closed");
    EXPECT_EQ(other.reply(behind).code(), "ok");
}

TEST_F(Cases, CountAttemptsPerSubject) {
    for (const auto* attempt : {"1", "2"}) {
        const auto asked = client.capture(lease, std::string("k") + attempt, "photo", "face", R"("max_attempts":2)");
        world.fail(cam, "moved");
        EXPECT_EQ(client.reply(asked).code(), "moved");
        EXPECT_EQ(job_of(std::string("k") + attempt)["job.attempt"], attempt);
    }
    const auto third = client.reply(client.capture(lease, "k3", "photo", "face", R"("max_attempts":2)"));
    EXPECT_EQ(third.code(), "too-many");
    EXPECT_EQ(third["path"], "params.max_attempts");
    const auto other = client.capture(lease, "k4", "photo", "face.exception", R"("max_attempts":1)");
    world.deliver(cam);
    EXPECT_EQ(client.reply(other)["attempt"], "1");
    World next(world.state().config, two_cameras(), world.stored(), 2);
    Client later(next);
    const auto again = later.lease("photo", visit);
    EXPECT_EQ(later.reply(later.capture(again, "k5", "photo", "face", R"("max_attempts":2)")).code(), "too-many")
        << "a restart gives no new attempts";
}

TEST_F(Cases, HaveABoundedNumberOfCapturesAndAreFewEnough) {
    auto config = world.state().config;
    config.quotas.captures_per_case = 1;
    config.quotas.cases_open = 1;
    world.step(ConfigLoaded{config});
    client.capture(lease, "k1");
    world.deliver(cam);
    EXPECT_EQ(client.reply(client.capture(lease, "k2")).code(), "too-many");
    EXPECT_EQ(client.ask("case.open", R"({"purpose":"test"})").code(), "too-many");
}

TEST_F(Cases, GoOnInAnotherSessionOfTheSamePrincipalOnly) {
    Client same(world, "desk-9", 1000), other(world, "spy", 2000);
    EXPECT_EQ(same.ask("case.get", R"({"case":")" + visit + "\"}")["case.client"], "desk-1");
    EXPECT_EQ(other.ask("case.get", R"({"case":")" + visit + "\"}").code(), "unknown-case");
    EXPECT_EQ(other.ask("case.close", close(visit)).code(), "unknown-case");
    EXPECT_EQ(other.ask("case.list").size("cases"), 0U);
    EXPECT_EQ(other.ask("lease.acquire", R"({"slots":["second"],"case":")" + visit + "\"}").code(), "unknown-case");
    const auto asked = same.capture(same.lease("second", visit), "k1", "second");
    world.deliver("org.cam/2");
    EXPECT_EQ(same.reply(asked)["case"], visit);
}

TEST_F(Cases, AreListedByState) {
    const auto second = client.open_case("verify");
    client.ask("case.close", close(visit));
    EXPECT_EQ(client.ask("case.list", R"({"state":"open"})")["cases.0.case"], second);
    EXPECT_EQ(client.ask("case.list", R"({"state":"closed"})")["cases.0.case"], visit);
    EXPECT_EQ(client.ask("case.list").size("cases"), 2U);
}

// --- slaps: fingers asked for, excepted, and found ---

class Fingers : public ::testing::Test {
  protected:
    static std::map<std::string, FakePlugin> reader() {
        FakePlugin plugin;
        plugin.id = "org.fp";
        plugin.devices.resize(1);
        plugin.devices[0].id = "7";
        plugin.devices[0].function = model::Function::fingerprint;
        plugin.devices[0].capabilities = R"({"type":"object","properties":{"dpi":{"type":"integer","enum":[500]}}})";
        return {{"/plugins/fp.so", plugin}};
    }
    World world{make_config({make_slot("fingers", "org.fp/7", model::Function::fingerprint)}, {"fp"}), reader()};
    Client client{world};
    std::string visit = client.open_case();
    std::string lease = client.lease("fingers", visit);

    static std::string except(std::initializer_list<const char*> parts) {
        std::string list;
        for (const auto* part : parts)
            list += std::string(list.empty() ? "" : ",") + R"({"subject":")" + part + R"(","reason":"missing"})";
        return R"("exceptions":[)" + list + "]";
    }
    Answer slap(const std::string& idem, const std::string& more, std::initializer_list<const char*> found) {
        const auto asked = client.capture(lease, idem, "fingers", "slap.left", more);
        std::string fingers;
        for (const auto* one : found)
            fingers += std::string(fingers.empty() ? "" : ",") + R"({"position":")" + one + R"(","quality":70})";
        world.frame("org.fp/7", R"({"fingers":[)" + fingers + "]}");
        world.final("org.fp/7", 1);
        return client.reply(asked);
    }
};

constexpr auto index_finger = "finger.left-index", middle = "finger.left-middle", ring = "finger.left-ring",
               little = "finger.left-little";

TEST_F(Fingers, AreAllThereOrMissedByName) {
    const auto done = slap("k1", "", {index_finger, middle, ring, little});
    EXPECT_EQ(done.code(), "ok");
    EXPECT_EQ(done.size("fingers"), 4U);
    EXPECT_EQ(done["fingers.0.quality"], "70");
    const auto few = slap("k2", "", {index_finger, middle, ring});
    EXPECT_EQ(few.code(), "too-few-fingers");
    EXPECT_NE(few["message"].find(little), std::string::npos);
    const auto many = slap("k3", "", {index_finger, middle, ring, little, "finger.left-thumb"});
    EXPECT_EQ(many.code(), "too-many-fingers");
    EXPECT_NE(many["message"].find("finger.left-thumb"), std::string::npos);
    EXPECT_EQ(slap("k4", "", {index_finger, middle, ring, little, little}).code(), "too-many-fingers");
    const auto wrong = slap("k5", "", {"finger.right-index", middle, ring, little});
    EXPECT_EQ(wrong.code(), "wrong-subject");
    EXPECT_NE(wrong["message"].find("finger.right-index"), std::string::npos);
    EXPECT_EQ(world.state().frames.size(), 1U) << "only the good one is kept";
}

TEST_F(Fingers, ThatAreExceptedAreNotMissed) {
    const auto done = slap("k1", except({ring}), {index_finger, middle, little});
    EXPECT_EQ(done.code(), "ok");
    EXPECT_EQ(done["excepted.0.subject"], ring);
    EXPECT_EQ(done["excepted.0.reason"], "missing");
    EXPECT_EQ(world.running("org.fp/7").run.at("parts").as_array().size(), 3U);
    EXPECT_EQ(slap("k2", except({ring}), {index_finger, middle, little, ring}).code(), "too-many-fingers");
    EXPECT_EQ(client.reply(client.capture(lease, "k1", "fingers", "slap.left", except({ring}))).text(), done.text())
        << "the replay tells the same, with exceptions and fingers";
}

TEST_F(Fingers, ThatAreAllExceptedNeedNoDevice) {
    world.plugins.at("/plugins/fp.so").devices[0].refuses = wire::Failure{model::Code::device_gone, "gone", {}, {}};
    world.die(world.host_id("org.fp/7"));
    const auto done =
        client.reply(client.capture(lease, "k1", "fingers", "slap.left", except({index_finger, middle, ring, little})));
    EXPECT_EQ(done["outcome"], "done");
    EXPECT_EQ(done["frames"], "[]");
    EXPECT_EQ(done.size("excepted"), 4U);
    EXPECT_EQ(done["attempt"], "1");
    EXPECT_EQ(client.ask("case.get", R"({"case":")" + visit + "\"}")["case.captures.0.outcome"], "done");
    EXPECT_EQ(client.reply(client.capture(lease, "k2", "fingers", "slap.left", except({ring}))).code(), "device-gone");
}

TEST_F(Fingers, CanOnlyBeExceptedOnceAndWhereTheyBelong) {
    const auto foreign =
        client.reply(client.capture(lease, "k1", "fingers", "slap.left", except({"finger.right-ring"})));
    EXPECT_EQ(foreign.code(), "out-of-range");
    EXPECT_EQ(foreign["path"], "params.exceptions[0].subject");
    const auto twice = client.reply(client.capture(lease, "k1", "fingers", "slap.left", except({ring, ring})));
    EXPECT_EQ(twice["path"], "params.exceptions[1].subject");
}

} // namespace
} // namespace rekam::broker
