// SPDX-License-Identifier: Apache-2.0
// A capture from request to reply: its result, its progress, what is refused and in which order.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

using Captures = Desk;

TEST_F(Captures, EndAsDoneWithTheirFrame) {
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

TEST_F(Captures, SayTheirIdAtOnceAndThenHowTheyGo) {
    const auto asked = client.capture(lease, "k1");
    wire::Prefix prefix = world.running(cam).prefix;
    world.say(world.host_id(cam), wire::Type::host_progress,
              R"({"percent":40,"quality":55,"guide":["closer","buy our premium plan"]})", prefix);
    const auto progress = world.progress(asked);
    ASSERT_EQ(progress.size(), 3U);
    EXPECT_EQ(progress[0].text(), R"({"job":"J-1-1","state":"accepted"})");
    EXPECT_EQ(progress[1].text(), R"({"job":"J-1-1","state":"running"})");
    EXPECT_EQ(progress[2].text(), R"({"job":"J-1-1","state":"running","percent":40,"quality":55,"guide":["closer"]})");
    EXPECT_EQ(job_of("k1")["job.percent"], "40");
    EXPECT_EQ(job_of("k1")["job.remaining_ms"], "30000");
    world.deliver(cam);
}

TEST_F(Captures, RunOneAtATimeInTheirOrder) {
    client.capture(lease, "k1");
    const auto second = client.capture(lease, "k2", "photo", "face", R"("zoom":150,"light":"on")");
    world.deliver(cam);
    const auto given = world.running(cam);
    EXPECT_EQ(given.prefix.job, 2U);
    EXPECT_EQ(boost::json::object(given.run.at("params").as_object()).at("zoom").as_int64(), 150);
    EXPECT_EQ(given.run.at("parts").as_array().size(), 1U);
    world.deliver(cam);
    EXPECT_EQ(client.reply(second)["attempt"], "2");
}

TEST_F(Captures, OfAStalePictureFail) {
    const auto asked = client.capture(lease, "k1");
    world.frame(cam, R"({"exposure":{"mono_us":99999999,"basis":"driver"}})");
    world.final(cam, 1);
    const auto reply = client.reply(asked);
    EXPECT_EQ(reply.code(), "bad-frame");
    EXPECT_EQ(reply["device"], cam);
}

TEST_F(Captures, WithoutAPictureFail) {
    const auto asked = client.capture(lease, "k1");
    world.final(cam, 0);
    EXPECT_EQ(client.reply(asked).code(), "no-subject");
}

TEST_F(Captures, BelowTheQualityAskedForFailUnlessTheBestIsWanted) {
    const std::string poor =
        R"({"quality":[{"score":40,"algorithm":"a","version":"1","by":"vendor","reasons":["dark"]}]})";
    const auto asked = client.capture(lease, "k1", "photo", "face", R"("min_quality":60)");
    world.frame(cam, poor);
    world.final(cam, 1);
    EXPECT_EQ(client.reply(asked).code(), "poor-quality");
    EXPECT_NE(client.reply(asked)["message"].find("dark"), std::string::npos);
    const auto best = client.capture(lease, "k2", "photo", "face", R"("min_quality":60,"best_effort":true)");
    world.frame(cam, poor);
    world.final(cam, 1);
    EXPECT_EQ(client.reply(best).code(), "ok");
}

TEST_F(Captures, OfSomethingElseFail) {
    const auto asked = client.capture(lease, "k1");
    world.frame(cam, R"({"subject":"document.page"})");
    world.final(cam, 0);
    EXPECT_EQ(client.reply(asked).code(), "wrong-subject");
}

TEST_F(Captures, FailInTheWordsOfTheDevice) {
    for (const auto* code : {"cover-open", "feeder-empty", "jam", "held-by-process", "permission-denied", "moved",
                             "device-error", "too-hot", "flapping", "head-dirty", "card-absent", "media-out"}) {
        const auto asked = client.capture(lease, code);
        world.fail(cam, code, "the device says what is wrong");
        EXPECT_EQ(client.reply(asked).code(), code);
        EXPECT_TRUE(client.reply(asked)["message"].starts_with("the device says what is wrong; ")) << "and what to do";
        EXPECT_EQ(client.reply(asked)["device"], cam);
    }
}

TEST_F(Captures, ShortenWhatADeviceSaysTooMuchOf) {
    const auto asked = client.capture(lease, "k1");
    std::string long_text;
    while (long_text.size() < 60'000)
        long_text += "\u00e9";
    world.fail(cam, "jam", long_text);
    EXPECT_LT(client.reply(asked)["message"].size(), 1'100U);
    EXPECT_NE(client.reply(asked)["message"].find("\u00e9...; "), std::string::npos);
}

TEST_F(Captures, OfACrashedPluginFailAndTheNextOneRuns) {
    const auto asked = client.capture(lease, "k1");
    const auto waiting = client.capture(lease, "k2");
    world.die(world.host_id(cam), 11);
    const auto reply = client.reply(asked);
    EXPECT_EQ(reply.code(), "plugin-crashed");
    EXPECT_NE(reply["message"].find("signal 11"), std::string::npos);
    world.deliver(cam);
    EXPECT_EQ(client.reply(waiting).code(), "ok");
}

// --- order of checks: each request breaks two rules, the earlier one answers ---

struct Breach {
    const char *idem, *epoch, *slot, *lease, *subject, *more;
    const char* code;
};

TEST_F(Captures, AreCheckedInTheOrderThatTheProtocolPromises) {
    client.capture(lease, "used");
    world.deliver(cam);
    const Breach breaches[] = {
        {"used", "7", "photo", "L-1-1", "finger.left-ring", "", "idem-conflict"},
        {"k1", "7", "nowhere", "L-1-1", "face", "", "stale-epoch"},
        {"k1", "1", "nowhere", "L-9", "face", "", "unknown-slot"},
        {"k1", "1", "second", "L-1-1", "nothing", "", "no-lease"},
        {"k1", "1", "photo", "L-1-1", "face", R"(,"max_attempts":1,"zoom":9999)", "too-many"},
        {"k1", "1", "photo", "L-1-1", "nothing", R"(,"dpi":500)", "out-of-range"},
        {"k1", "1", "photo", "L-1-1", "face", R"(,"exceptions":[{"subject":"eye.left","reason":"missing"}],"dpi":500)",
         "out-of-range"},
        {"k1", "1", "photo", "L-1-1", "face", R"(,"dpi":500,"zoom":9999)", "unsupported-parameter"},
        {"k1", "1", "photo", "L-1-1", "face", R"(,"zoom":9999)", "out-of-range"},
    };
    for (const auto& breach : breaches) {
        const auto envelope = std::string(R"("deadline_ms":1000,"station_epoch":)") + breach.epoch + R"(,"idem":")" +
                              breach.idem + R"(","lease":")" + breach.lease + "\"";
        const auto reply = client.ask("capture.start",
                                      std::string(R"({"slot":")") + breach.slot + R"(","subject":")" + breach.subject +
                                          "\"" + breach.more + "}",
                                      envelope);
        EXPECT_EQ(reply.code(), breach.code) << reply.text();
    }
    EXPECT_EQ(world.told(cam, wire::Type::host_run), 1U);
    EXPECT_EQ(case_record().size("case.captures"), 1U) << "a refused request makes no job and uses up no attempt";
}

TEST_F(Captures, ComeAfterTheSessionIsChecked) {
    EXPECT_EQ(world
                  .answer(world.request(77, R"({"v":1,"id":"1","op":"capture.start","session":")" + client.token +
                                                R"(","params":{"slot":"photo","subject":"face"}})"))
                  ->code(),
              "unknown-session");
}

TEST_F(Captures, NeedTheirFourHeaderFields) {
    const char* all[] = {R"("deadline_ms":1000)", R"("station_epoch":1)", R"("idem":"k")", R"("lease":"L-1-1")"};
    for (std::size_t without = 0; without < std::size(all); ++without) {
        std::string envelope;
        for (std::size_t i = 0; i < std::size(all); ++i)
            if (i != without)
                envelope += std::string(envelope.empty() ? "" : ",") + all[i];
        const auto reply = client.ask("capture.start", R"({"slot":"nowhere","subject":"face"})", envelope);
        EXPECT_EQ(reply.code(), without == 3 ? "no-lease" : "bad-request");
        EXPECT_NE(std::string(all[without]).find(reply["path"]), std::string::npos) << reply.text();
    }
}

TEST_F(Captures, SayWhatTheDeviceAllows) {
    const auto reply = client.reply(client.capture(lease, "k1", "photo", "face", R"("zoom":9999)"));
    EXPECT_EQ(reply["path"], "params.zoom");
    EXPECT_NE(reply["message"].find("400"), std::string::npos);
    const auto unnamed = client.reply(client.capture(lease, "k1", "photo", "face", R"("acme:sharpen":3)"));
    EXPECT_EQ(unnamed.code(), "unsupported-parameter");
    EXPECT_EQ(unnamed["path"], "params.acme:sharpen");
    const auto stale = client.ask("capture.start", R"({"slot":"photo","subject":"face"})",
                                  R"("deadline_ms":1000,"station_epoch":9,"idem":"k","lease":"L-1-1")");
    EXPECT_EQ(stale["station_epoch"], "1");
}

TEST_F(Captures, AreRefusedWhenTooManyWait) {
    for (int i = 0; i < 16; ++i)
        EXPECT_TRUE(client.is_open(client.capture(lease, "k" + std::to_string(i))));
    const auto reply = client.reply(client.capture(lease, "one-more"));
    EXPECT_EQ(reply.code(), "busy");
    EXPECT_EQ(reply["slot"], "photo");
    EXPECT_EQ(reply["position"], "16");
    EXPECT_EQ(reply["retry_ms"], "1000");
}

TEST_F(Captures, AreRefusedWhenTheirParamsWouldNotFitTheHost) {
    std::string more; // each key is allowed; all of them fill the header to its last few hundred bytes
    for (int i = 100; i < 339; ++i)
        more += (more.empty() ? "" : ",") + ("\"acme:k" + std::to_string(i)) + "\":\"" + std::string(256, 'x') + "\"";
    const auto reply = client.reply(client.capture(lease, "k1", "photo", "face", more));
    EXPECT_EQ(reply.code(), "too-large");
    EXPECT_EQ(reply["path"], "params");
}

} // namespace
} // namespace rekam::broker
