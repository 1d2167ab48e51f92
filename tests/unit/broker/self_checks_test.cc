// SPDX-License-Identifier: Apache-2.0
// The station asks its devices by itself how they are, and what it makes of the answers.
#include "tests/unit/broker/client.h"

namespace rekam::broker {
namespace {

constexpr std::int64_t every_ms = 10'000;

Config looking_after(std::vector<SlotConfig> slots) {
    auto config = make_config(std::move(slots));
    config.supervision.self_check_every_ms = every_ms;
    return config;
}

struct SelfChecks : testing::Test {
    World world{looking_after({make_slot("photo", "org.cam/1"), make_slot("second", "org.cam/2")}), two_cameras()};
    Client client{world};
    const std::string cam = "org.cam/1";

    std::size_t checks() { return world.told(cam, wire::Type::host_check); }
    /// The host answers the check that it was asked for.
    void says(const std::string& state, const std::string& more = "") {
        wire::Prefix about;
        about.request = world.number(cam);
        world.say(world.host_id(cam), wire::Type::host_health,
                  R"({"state":")" + state + R"(","checks":[{"component":"lamp","state":")" + state +
                      R"(","evidence":"half dark","who":"technician","hint":"replace-lamp"}])" + more + "}",
                  about);
    }
    void next_check() {
        const auto before = checks();
        for (int i = 0; i < 30 && checks() == before; ++i)
            world.pass_ms(1'000);
        EXPECT_EQ(checks(), before + 1);
    }
    std::string state() { return client.ask("device.get", R"({"device":"org.cam/1"})")["device.state"]; }
};

TEST_F(SelfChecks, ComeByThemselvesAndAreRemembered) {
    EXPECT_EQ(checks(), 0U);
    EXPECT_EQ(client.ask("device.get", R"({"device":"org.cam/1"})")["device.health.state"], "-");
    next_check();
    says("ok");
    const auto shown = client.ask("slot.get", R"({"slot":"photo"})");
    EXPECT_EQ(shown["slot.health.state"], "ok");
    EXPECT_EQ(shown["slot.health.checks.0.component"], "lamp");
    EXPECT_EQ(client.ask("slot.list", "{}")["slots.0.health.state"], "-") << "lists are short";
    next_check();
}

TEST_F(SelfChecks, TwoThatAgreeChangeTheState) {
    next_check();
    says("degraded");
    EXPECT_EQ(state(), "ready") << "once is no time";
    next_check();
    says("ok");
    next_check();
    says("degraded");
    EXPECT_EQ(state(), "ready") << "they do not follow each other";
    next_check();
    says("failed");
    EXPECT_EQ(state(), "degraded");
    EXPECT_EQ(client.ask("slot.get", R"({"slot":"photo"})")["slot.reason"], "lamp: half dark");
    next_check();
    says("ok");
    EXPECT_EQ(state(), "degraded");
    next_check();
    says("ok");
    EXPECT_EQ(state(), "ready");
}

TEST_F(SelfChecks, ADegradedDeviceStaysSoAfterItsJob) {
    const auto asked = client.send("health.check", R"({"slot":"photo"})");
    says("degraded");
    EXPECT_EQ(client.reply(asked)["state"], "degraded");
    EXPECT_EQ(state(), "degraded") << "somebody asked: at once";
    const auto job = client.capture(client.lease("photo", client.open_case()), "k1");
    world.deliver(cam);
    EXPECT_EQ(client.reply(job).code(), "ok");
    EXPECT_EQ(state(), "degraded");
}

TEST_F(SelfChecks, WaitForJobsAndJobsForThem) {
    const auto lease = client.lease("photo", client.open_case());
    const auto job = client.capture(lease, "k1");
    world.pass_ms(3 * every_ms - 1'000);
    EXPECT_EQ(checks(), 0U) << "it works";
    world.deliver(cam);
    EXPECT_EQ(client.reply(job).code(), "ok");
    next_check();
    const auto second = client.capture(lease, "k2");
    EXPECT_EQ(world.told(cam, wire::Type::host_run), 1U);
    says("ok");
    EXPECT_EQ(world.told(cam, wire::Type::host_run), 2U);
    world.deliver(cam);
    EXPECT_EQ(client.reply(second).code(), "ok");
}

TEST_F(SelfChecks, GiveWayToOneThatIsAskedFor) {
    next_check();
    const auto asked = client.send("health.check", R"({"slot":"photo","level":"exercise"})");
    EXPECT_EQ(client.ask("health.check", R"({"slot":"photo"})").code(), "busy") << "one waits already";
    says("ok");
    EXPECT_EQ(checks(), 2U) << "it follows at once";
    says("failed");
    EXPECT_EQ(client.reply(asked)["state"], "failed");
    EXPECT_EQ(client.reply(asked)["level"], "exercise");
    EXPECT_EQ(state(), "degraded");
}

TEST_F(SelfChecks, ThatKillTheHostAnswerTheOneThatWaited) {
    next_check();
    const auto asked = client.send("health.check", R"({"slot":"photo"})");
    world.pass_ms(10'000); // its promise is five seconds
    EXPECT_EQ(client.reply(asked)["state"], "failed");
    EXPECT_NE(client.reply(asked)["checks.0.evidence"].find("promise"), std::string::npos);
}

TEST_F(SelfChecks, ThatCannotBeMadeCountAsFailed) {
    for (int i = 0; i < 2; ++i) {
        next_check();
        wire::Prefix about;
        about.request = world.number(cam);
        world.say(world.host_id(cam), wire::Type::host_health,
                  R"({"state":"unknown","checks":[],"failure":{"code":"device-error","message":"no answer"}})", about);
    }
    EXPECT_EQ(state(), "down");
    const auto shown = client.ask("slot.get", R"({"slot":"photo"})");
    EXPECT_EQ(shown["slot.health.checks.0.component"], "device");
    EXPECT_EQ(shown["slot.health.checks.0.hint"], "call-vendor");
    EXPECT_EQ(shown["slot.health.checks.0.who"], "vendor");
}

TEST_F(SelfChecks, TwoThatFailInARowPutTheDeviceDown) {
    const auto lease = client.lease("photo", client.open_case());
    next_check();
    says("failed");
    EXPECT_EQ(state(), "ready") << "once is no time";
    next_check();
    const auto waiting = client.capture(lease, "k1");
    says("failed");
    EXPECT_EQ(state(), "down");
    EXPECT_EQ(client.ask("station.get")["state"], "degraded");
    EXPECT_EQ(client.reply(waiting).code(), "device-down") << "it waited for the check, and goes nowhere";
    const auto refused = client.reply(client.capture(lease, "k2"));
    EXPECT_EQ(refused.code(), "device-down");
    EXPECT_EQ(refused["hint"], "replace-lamp");
    EXPECT_EQ(refused["device"], cam);
    EXPECT_NE(refused["message"].find("lamp: half dark"), std::string::npos) << refused.text();
    EXPECT_NE(refused["message"].find("check it again"), std::string::npos) << refused.text();
    const auto found = client.ask("device.doctor", R"({"slot":"photo"})");
    EXPECT_EQ(found["cause"], "down");
    EXPECT_EQ(found["hint"], "replace-lamp");
    EXPECT_TRUE(world.is_alive("host " + cam)) << "its process is well, and goes on answering checks";
    next_check();
    says("failed");
    EXPECT_EQ(state(), "down");
    world.pass_ms(every_ms / 4);
    says("ok");
    EXPECT_EQ(state(), "degraded") << "it is asked again soon, and one that passes is enough to work";
    const auto job = client.capture(lease, "k3");
    world.deliver(cam);
    EXPECT_EQ(client.reply(job).code(), "ok");
    next_check();
    says("ok");
    EXPECT_EQ(state(), "ready");
}

TEST_F(SelfChecks, ThatFailAreInTheJournalAndTheStatistics) {
    for (const char* said : {"failed", "failed", "ok"}) {
        next_check();
        says(said);
    }
    std::string told;
    for (const auto& entry : world.journal) {
        const auto body = parse_object(entry.body);
        const std::string kind(body.at("kind").as_string());
        if (kind == "device.down" || kind == "device.well")
            told += kind + (body.contains("error") ? " " + std::string(body.at("error").as_string()) : "") + "; ";
    }
    EXPECT_EQ(told, "device.down device-down; device.well; ");
    const auto history = client.ask("device.statistics", R"({"device":"org.cam/1"})");
    EXPECT_EQ(history["statistics.history.1.state"], "down") << history.text();
    EXPECT_EQ(history["statistics.history.1.code"], "device-down");
}

TEST_F(SelfChecks, WhatAnOperatorMendsPutsNothingDown) {
    for (int i = 0; i < 3; ++i) {
        next_check();
        wire::Prefix about;
        about.request = world.number(cam);
        world.say(
            world.host_id(cam), wire::Type::host_health,
            R"({"state":"failed","checks":[{"component":"cover","state":"failed","evidence":"open","who":"operator",
                      "hint":"close-cover"}]})",
            about);
    }
    EXPECT_EQ(state(), "degraded");
    const auto job = client.capture(client.lease("photo", client.open_case()), "k1");
    world.deliver(cam);
    EXPECT_EQ(client.reply(job).code(), "ok") << "the cover may be closed by now";
}

TEST_F(SelfChecks, AFreshProcessBeginsAnew) {
    for (int i = 0; i < 2; ++i) {
        next_check();
        says("failed");
    }
    ASSERT_EQ(state(), "down");
    client.ask("slot.reset", R"({"slot":"photo"})");
    EXPECT_EQ(state(), "ready");
}

TEST_F(SelfChecks, ComeAtTheirOwnTimeForEachDevice) {
    const std::string other = "org.cam/2";
    world.pass_ms(2'000);
    ASSERT_EQ(checks(), 1U);
    ASSERT_EQ(world.told(other, wire::Type::host_check), 1U);
    says("ok");
    wire::Prefix about;
    about.request = world.number(other);
    world.say(world.host_id(other), wire::Type::host_health,
              R"({"state":"ok","checks":[{"component":"lamp","state":"ok"}]})", about);
    world.pass_ms(every_ms + 200);
    EXPECT_EQ(checks(), 2U);
    EXPECT_EQ(world.told(other, wire::Type::host_check), 1U) << "a little later";
    says("ok");
    world.pass_ms(200);
    EXPECT_EQ(world.told(other, wire::Type::host_check), 2U);
}

TEST_F(SelfChecks, AreOffWhereTheConfigurationSaysSo) {
    auto config = world.state().config;
    config.supervision.self_check_every_ms = 0;
    world.step(ConfigLoaded{config});
    world.pass_ms(5 * every_ms);
    EXPECT_EQ(checks(), 0U);
}

TEST_F(SelfChecks, AConsumableAtItsThresholdIsACheck) {
    const auto left = [](int amount) {
        return R"(,"consumables":[{"name":"ribbon","unit":"prints","left":)" + std::to_string(amount) +
               R"(,"of":200,"low_at":20,"hint":"load-ribbon","who":"operator","essential":true}])";
    };
    const auto check = [&](const std::string& more) {
        const auto asked = client.send("health.check", R"({"slot":"photo"})");
        says("ok", more);
        return client.reply(asked);
    };
    auto report = check(left(21));
    EXPECT_EQ(report["state"], "ok");
    EXPECT_EQ(report["consumables.0.left"], "21");
    EXPECT_EQ(state(), "ready");
    report = check(left(20));
    EXPECT_EQ(report["state"], "degraded");
    EXPECT_EQ(report["checks.1.component"], "ribbon");
    EXPECT_EQ(report["checks.1.evidence"], "20 of 200 prints left");
    EXPECT_EQ(report["checks.1.hint"], "load-ribbon");
    EXPECT_EQ(report["checks.1.who"], "operator");
    EXPECT_EQ(state(), "degraded");
    EXPECT_EQ(check(left(0))["state"], "failed") << "it is essential";
    EXPECT_EQ(check(R"(,"consumables":[{"name":"lamp","left":0,"low_at":5}])")["checks.1.component"], "-")
        << "the plugin has made a check of it itself";
    EXPECT_EQ(check(R"(,"consumables":[{"name":"tape","left":0,"low_at":5}])")["checks.1.state"], "degraded");
    EXPECT_EQ(check(R"(,"consumables":[{"name":"tape","low_at":5}])")["state"], "ok")
        << "how much is left is not known";
}

TEST_F(SelfChecks, LookSoonAfterAJobThatUsesSomethingUp) {
    const auto asked = client.send("health.check", R"({"slot":"photo"})");
    says("ok", R"(,"consumables":[{"name":"ribbon","left":50}])");
    EXPECT_EQ(client.reply(asked).code(), "ok");
    const auto job = client.capture(client.lease("photo", client.open_case()), "k1");
    world.deliver(cam);
    EXPECT_EQ(client.reply(job).code(), "ok");
    const auto before = checks();
    world.pass_ms(2'000);
    EXPECT_EQ(checks(), before + 1);
}

} // namespace
} // namespace rekam::broker
