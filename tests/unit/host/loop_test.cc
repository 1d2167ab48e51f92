// SPDX-License-Identifier: Apache-2.0
// What the loop does in the order of a normal life, and what it does with everything that goes wrong in it.
#include "tests/unit/host/loop_harness.h"

namespace rekam::host {
namespace {

using model::Code;
using wire::Type;

class LoopTest : public testing::Test, public Harness {};

TEST_F(LoopTest, GreetsOpensAndIsReady) {
    step(Started{"build-1", 42});
    EXPECT_EQ(body<wire::ChildHello>(Type::host_hello).build, "build-1");
    start();
    ASSERT_TRUE(has<Open>());
    EXPECT_EQ(all<Open>()[0].start.device, "cam-1");
    opened();
    EXPECT_EQ(body<wire::HostReady>(Type::host_ready).device.id, "cam-1");
    EXPECT_EQ(sent(Type::host_ready)[0].prefix.incarnation, 7u);
    EXPECT_EQ(loop.next_deadline_us(), never_us);
}

TEST_F(LoopTest, OpenFailedIsToldAndEndsTheProcess) {
    step(Started{});
    start();
    wire::Failure failure;
    failure.code = Code::device_gone;
    step(OpenFailed{failure});
    EXPECT_EQ(body<wire::Failure>(Type::host_failed).code, Code::device_gone);
    EXPECT_EQ(exit_code(), exit_ok);
}

TEST_F(LoopTest, OpenThatTakesTooLongIsGivenUp) {
    step(Started{});
    start();
    pass_ms(11'999);
    EXPECT_TRUE(effects.empty());
    pass_ms(1);
    EXPECT_EQ(body<wire::Failure>(Type::host_failed).code, Code::broken_promise);
    EXPECT_EQ(exit_code(), exit_broken_promise);
}

TEST_F(LoopTest, RunsAJobAndPutsFramesBeforeTheFinal) {
    to_open();
    run(5);
    ASSERT_TRUE(has<host::Run>());
    frame(5, 30);
    EXPECT_EQ(body<wire::HostFrame>(Type::host_frame).index.value, 0);
    EXPECT_EQ(sent(Type::host_frame)[0].descriptors, std::vector<wire::Descriptor>{30});
    EXPECT_TRUE(all<FrameTaken>()[0].kept);
    ended(5);
    EXPECT_EQ(final_code(), std::nullopt);
    EXPECT_EQ(body<wire::HostFinal>(Type::host_final).frames.value, 1);
    EXPECT_EQ(sent(Type::host_final)[0].prefix.job, 5u);
    EXPECT_FALSE(loop.has_job());
}

TEST_F(LoopTest, SuccessWithoutAFrameIsABrokenPromise) {
    to_open();
    run(5);
    ended(5);
    EXPECT_EQ(final_code(), Code::broken_promise);
}

TEST_F(LoopTest, SuccessWithAnotherResultNeedsNoFrame) {
    to_open();
    run(5);
    wire::Readings readings;
    readings.eyes.emplace().items.emplace_back().position = "eye.left";
    ended(5, std::nullopt, readings);
    EXPECT_EQ(final_code(), std::nullopt);
    const auto final = body<wire::HostFinal>(wire::Type::host_final);
    ASSERT_TRUE(final.readings && final.readings->eyes);
    EXPECT_EQ(final.readings->eyes->items[0].position.value, "eye.left");
}

TEST_F(LoopTest, AFailedJobTellsNothingThatItRead) {
    to_open();
    run(5);
    wire::Readings readings;
    readings.eyes.emplace().items.emplace_back().position = "eye.left";
    ended(5, Code::moved, readings);
    EXPECT_EQ(final_code(), Code::moved);
    EXPECT_FALSE(body<wire::HostFinal>(wire::Type::host_final).readings);
}

TEST_F(LoopTest, StaleFrameIsReleasedAndSpoilsTheJob) {
    to_open();
    run(5);
    frame(5, 30, 1);
    EXPECT_FALSE(has<Send>());
    EXPECT_EQ(all<Release>()[0].descriptor, 30);
    EXPECT_FALSE(all<FrameTaken>()[0].kept);
    frame(5, 31); // a good one does not mend it
    EXPECT_EQ(all<Release>()[0].descriptor, 31);
    ended(5);
    EXPECT_EQ(final_code(), Code::bad_frame);
}

TEST_F(LoopTest, FrameExposedAtTheVeryMomentIsFresh) {
    to_open();
    run(5);
    frame(5, 30, 0);
    EXPECT_EQ(sent(Type::host_frame).size(), 1u);
}

TEST_F(LoopTest, CreditHoldsFramesAndTheFinal) {
    to_open();
    run(5);
    for (int i = 0; i < 18; ++i)
        frame(5, 100 + i);
    EXPECT_FALSE(has<Send>());
    ended(5);
    EXPECT_FALSE(has<Send>());
    taken(1);
    EXPECT_EQ(sent(Type::host_frame).size(), 1u);
    EXPECT_TRUE(sent(Type::host_final).empty());
    taken(3);
    EXPECT_EQ(sent(Type::host_frame).size(), 1u);
    EXPECT_EQ(body<wire::HostFinal>(Type::host_final).frames.value, 18);
}

TEST_F(LoopTest, CreditThatWasNotOwedIsAProtocolError) {
    to_open();
    taken(1);
    EXPECT_EQ(exit_code(), exit_protocol);
}

TEST_F(LoopTest, PluginThatDoesNotWaitForItsFramesIsBounded) {
    to_open();
    run(5);
    for (int i = 0; i < 16 + 33; ++i)
        frame(5, 100 + i);
    EXPECT_EQ(all<Release>().size(), 33u);
    ended(5);
    EXPECT_EQ(final_code(), Code::broken_promise);
}

TEST_F(LoopTest, SecondJobIsRefusedBusy) {
    to_open();
    run(5);
    run(6);
    EXPECT_EQ(final_code(), Code::busy);
    EXPECT_EQ(sent(Type::host_final)[0].prefix.job, 6u);
    EXPECT_TRUE(loop.has_job());
}

TEST_F(LoopTest, AnotherFenceCannotInterruptAndEveryAnswerCarriesTheJobs) {
    to_open();
    run(5, 0, 9);
    interrupt(5, 8);
    EXPECT_FALSE(has<Interrupt>());
    frame(5, 30);
    EXPECT_EQ(sent(Type::host_frame)[0].prefix.fence, 9u);
    interrupt(5, 9);
    EXPECT_TRUE(has<Interrupt>());
    ended(5, Code::cancelled);
    EXPECT_EQ(sent(Type::host_final)[0].prefix.fence, 9u);
    run(6, 0, 8); // of another slot of this device: fences are per slot
    EXPECT_TRUE(has<host::Run>());
}

TEST_F(LoopTest, CancelIsPassedOnOnceAndConfirmed) {
    to_open();
    run(5);
    interrupt(4);
    EXPECT_FALSE(has<Interrupt>());
    interrupt(5);
    EXPECT_EQ(all<Interrupt>()[0].call, 5u);
    interrupt(5);
    EXPECT_FALSE(has<Interrupt>());
    ended(5, Code::cancelled);
    EXPECT_EQ(final_code(), Code::cancelled);
}

TEST_F(LoopTest, CompletionThatWonTheRaceStays) {
    to_open();
    run(5);
    frame(5, 30);
    interrupt(5);
    ended(5);
    EXPECT_EQ(final_code(), std::nullopt);
}

TEST_F(LoopTest, CancelThatNobodyAskedForIsABrokenPromise) {
    to_open();
    run(5);
    ended(5, Code::cancelled);
    EXPECT_EQ(final_code(), Code::broken_promise);
}

TEST_F(LoopTest, DeadlineInterruptsAndIsATimeout) {
    to_open();
    run(5, 100);
    EXPECT_EQ(all<host::Run>()[0].deadline_us, now.mono_us + 100'000);
    pass_ms(99);
    EXPECT_FALSE(has<Interrupt>());
    pass_ms(1);
    EXPECT_TRUE(has<Interrupt>());
    ended(5, Code::cancelled);
    EXPECT_EQ(final_code(), Code::timeout);
}

TEST_F(LoopTest, PluginDeafToInterruptEndsTheProcessAfterTheBrokerHadItsTurn) {
    to_open();
    run(5);
    interrupt(5);
    pass_ms(2'999);
    EXPECT_FALSE(has<Exit>());
    pass_ms(1);
    EXPECT_EQ(final_code(), Code::broken_promise);
    EXPECT_EQ(exit_code(), exit_broken_promise);
    ended(5);
    EXPECT_TRUE(effects.empty());
}

TEST_F(LoopTest, ProgressCoalesces) {
    to_open();
    run(5);
    const auto progress = [&](int percent) {
        Progressed one{5, {}};
        one.progress.percent = percent;
        step(one);
    };
    progress(1);
    EXPECT_EQ(body<wire::HostProgress>(Type::host_progress).percent->value, 1);
    progress(2);
    progress(3);
    EXPECT_FALSE(has<Send>());
    pass_ms(50);
    EXPECT_EQ(body<wire::HostProgress>(Type::host_progress).percent->value, 3);
    EXPECT_EQ(loop.next_deadline_us(), never_us);
}

TEST_F(LoopTest, NoWordForThePersonIsLost) {
    to_open();
    run(5);
    const auto say = [&](const char* word) {
        Progressed one{5, {}};
        one.progress.guide = {word};
        step(one);
    };
    using Words = std::vector<std::string>;
    say("place");
    EXPECT_EQ(body<wire::HostProgress>(Type::host_progress).guide, Words{"place"});
    say("hold-still");
    say("hold-still");
    say("lift");
    EXPECT_FALSE(has<Send>());
    pass_ms(50);
    EXPECT_EQ(body<wire::HostProgress>(Type::host_progress).guide, (Words{"hold-still", "lift"}));
    for (int i = 0; i < 20; ++i)
        say(i % 2 == 0 ? "closer" : "away");
    say("lift");
    frame(5, 30);
    ended(5); // what was not said yet is said before the end
    const auto last = body<wire::HostProgress>(Type::host_progress).guide;
    EXPECT_EQ(last.size(), 8u);
    EXPECT_EQ(last.back(), "lift");
    const auto finals = all<Send>();
    EXPECT_EQ(finals.back().message.prefix.type, Type::host_final);
}

TEST_F(LoopTest, CheckBetweenJobsAndJobBehindACheck) {
    to_open();
    run(5);
    check();
    EXPECT_FALSE(has<Check>());
    check(model::HealthLevel::self, 2);
    EXPECT_EQ(body<wire::HostHealth>(Type::host_health).failure->code, Code::busy);
    frame(5, 30);
    ended(5);
    ASSERT_TRUE(has<Check>());
    EXPECT_FALSE(all<Check>()[0].beside);
    const CallId call = all<Check>()[0].call;
    run(6);
    EXPECT_FALSE(has<host::Run>());
    wire::HostHealth health;
    health.state = model::HealthState::ok;
    step(Checked{call, health});
    EXPECT_EQ(sent(Type::host_health)[0].prefix.request, 1u);
    EXPECT_TRUE(has<host::Run>());
}

TEST_F(LoopTest, SelfCheckRunsBesideAJobWhereAllowed) {
    to_open(true);
    run(5);
    check(model::HealthLevel::exercise);
    EXPECT_FALSE(has<Check>());
    frame(5, 30);
    ended(5);
    step(Checked{all<Check>()[0].call, {}});
    run(6);
    check(model::HealthLevel::self);
    ASSERT_TRUE(has<Check>());
    EXPECT_TRUE(all<Check>()[0].beside);
}

TEST_F(LoopTest, CheckBeyondItsPromiseIsInterruptedThenGivenUp) {
    to_open();
    check();
    const CallId call = all<Check>()[0].call;
    pass_ms(1'000);
    EXPECT_EQ(all<Interrupt>()[0].call, call);
    pass_ms(3'000);
    EXPECT_EQ(body<wire::HostHealth>(Type::host_health).failure->code, Code::broken_promise);
    EXPECT_EQ(exit_code(), exit_broken_promise);
}

TEST_F(LoopTest, JobWhoseTimeEndsBehindACheckIsATimeout) {
    to_open();
    check();
    run(5, 100);
    pass_ms(100);
    EXPECT_EQ(final_code(), Code::timeout);
    EXPECT_FALSE(has<Interrupt>());
}

TEST_F(LoopTest, ChangesAreToldAndReadAgainBetweenJobs) {
    to_open();
    run(5);
    step(Changed{.devices = true, .capabilities = true});
    EXPECT_TRUE(body<wire::HostChanged>(Type::host_changed).devices);
    EXPECT_FALSE(has<ReadCapabilities>());
    frame(5, 30);
    ended(5);
    ASSERT_TRUE(has<ReadCapabilities>());
    step(CapabilitiesRead{std::map<std::string, wire::RawJson>{{"camera", {}}}, 2});
    EXPECT_EQ(body<wire::HostChanged>(Type::host_changed).caps_rev, 2);
    step(Changed{.capabilities = true});
    step(CapabilitiesRead{std::nullopt, 0});
    EXPECT_FALSE(has<Send>());
}

TEST_F(LoopTest, StopInterruptsClosesAndEnds) {
    to_open();
    run(5);
    for (int i = 0; i < 17; ++i)
        frame(5, 100 + i);
    receive(Type::host_stop);
    EXPECT_TRUE(has<Interrupt>());
    EXPECT_EQ(all<Release>()[0].descriptor, 116); // waited for credit that nobody gives any more
    run(6);
    EXPECT_EQ(final_code(), Code::cancelled);
    ended(5, Code::cancelled);
    EXPECT_EQ(final_code(), Code::cancelled);
    EXPECT_TRUE(has<Close>());
    step(Closed{});
    EXPECT_EQ(exit_code(), exit_ok);
}

TEST_F(LoopTest, EndOfFileDoesTheSameInSilence) {
    to_open();
    run(5);
    step(Detached{});
    EXPECT_TRUE(has<Interrupt>());
    frame(5, 30);
    EXPECT_EQ(all<Release>().size(), 1u);
    ended(5, Code::cancelled);
    EXPECT_FALSE(has<Send>());
    EXPECT_TRUE(has<Close>());
    pass_ms(6'000);
    EXPECT_EQ(exit_code(), exit_broken_promise);
}

TEST_F(LoopTest, DescriptorsOfUnexpectedMessagesAreGivenBack) {
    to_open();
    wire::Message message;
    message.prefix.type = Type::host_ping;
    message.descriptors = {40, 41};
    step(Received{message});
    EXPECT_EQ(all<Release>().size(), 2u);
    EXPECT_EQ(exit_code(), exit_protocol);
}

TEST_F(LoopTest, BrokenBodiesEndTheProcess) {
    for (const Type type : {Type::host_run, Type::host_check, Type::host_taken, Type::host_start}) {
        Harness fresh;
        fresh.to_open();
        fresh.receive(type, "{\"nonsense\":", 5);
        EXPECT_EQ(fresh.exit_code(), exit_protocol);
    }
}

} // namespace
} // namespace rekam::host
