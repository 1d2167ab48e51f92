// SPDX-License-Identifier: Apache-2.0
// Showing which device it is: between two calls of the device, within its promise, and always answered once.
#include "tests/unit/host/loop_harness.h"

namespace rekam::host {
namespace {

using model::Code;
using wire::Type;

class LoopIdentify : public testing::Test, public Harness {
  protected:
    void identify(std::int64_t ms = 5'000, std::uint64_t number = 1) {
        receive(Type::host_identify, wire::encode(wire::HostIdentify{ms}), number, 0);
    }
    void showed() { step(Identified{{{"light"}, std::nullopt}}); }
    [[nodiscard]] std::optional<Code> refusal() const {
        const auto said = body<wire::HostIdentified>(Type::host_identified);
        return said.failure ? std::optional(said.failure->code) : std::nullopt;
    }
};

TEST_F(LoopIdentify, IsDoneAtOnceWhereNothingRuns) {
    to_open();
    identify(700, 4);
    ASSERT_EQ(all<Identify>().size(), 1u);
    EXPECT_EQ(all<Identify>()[0].ms, 700);
    showed();
    EXPECT_EQ(body<wire::HostIdentified>(Type::host_identified).means, std::vector<std::string>{"light"});
    EXPECT_EQ(sent(Type::host_identified)[0].prefix.job, 4u) << "the number of the call comes back";
    EXPECT_EQ(loop.next_deadline_us(), never_us);
}

TEST_F(LoopIdentify, WaitsForTheJobAndGoesBeforeTheNext) {
    to_open();
    run(5);
    identify();
    EXPECT_FALSE(has<Identify>());
    ended(5, Code::jam);
    EXPECT_TRUE(has<Identify>());
    run(6);
    EXPECT_FALSE(has<host::Run>()) << "one thing at a time";
    showed();
    EXPECT_TRUE(has<host::Run>());
    EXPECT_EQ(refusal(), std::nullopt);
}

TEST_F(LoopIdentify, GoesBetweenTwoPicturesOfAPreview) {
    to_open();
    wire::HostPreview asked;
    asked.accepted_mono_us = now.mono_us;
    asked.rate_hz = 10;
    asked.params.text = "{}";
    receive(Type::host_preview, wire::encode(asked), 9);
    identify();
    EXPECT_FALSE(has<Identify>());
    step(Previewed{9, PreviewStep::start});
    EXPECT_TRUE(has<Identify>());
    showed();
    EXPECT_TRUE(has<ShowPreview>());
}

TEST_F(LoopIdentify, OfADeviceThatIsNotOpenIsRefused) {
    step(Started{});
    identify();
    EXPECT_EQ(refusal(), Code::not_ready);
    start();
    identify();
    EXPECT_EQ(refusal(), Code::not_ready);
    opened();
    identify();
    identify();
    EXPECT_EQ(refusal(), Code::busy);
}

TEST_F(LoopIdentify, IsRefusedWhenTheDeviceIsClosedFirst) {
    to_open();
    run(5);
    identify();
    receive(Type::host_stop);
    EXPECT_EQ(refusal(), Code::shutting_down);
    ended(5, Code::cancelled);
    EXPECT_TRUE(has<Close>());
}

TEST_F(LoopIdentify, IsAwaitedBeforeTheDeviceIsClosed) {
    to_open();
    identify();
    receive(Type::host_stop);
    EXPECT_FALSE(has<Close>());
    showed();
    EXPECT_EQ(refusal(), std::nullopt);
    EXPECT_TRUE(has<Close>());
}

TEST_F(LoopIdentify, ThatTakesTooLongEndsTheProcess) {
    to_open();
    identify(60'000);
    pass_ms(5'999);
    EXPECT_EQ(exit_code(), std::nullopt);
    pass_ms(1);
    EXPECT_EQ(refusal(), Code::broken_promise);
    EXPECT_EQ(exit_code(), exit_broken_promise);
}

TEST_F(LoopIdentify, AnAnswerThatNobodyAskedForIsNothing) {
    to_open();
    showed();
    EXPECT_TRUE(effects.empty());
}

TEST_F(LoopIdentify, ForNoSensibleTimeIsNoStationsWord) {
    for (const std::int64_t ms : {-1, 60'001}) {
        Harness other;
        other.to_open();
        other.receive(Type::host_identify, wire::encode(wire::HostIdentify{ms}), 1, 0);
        EXPECT_EQ(other.exit_code(), exit_protocol) << ms;
    }
    to_open();
    receive(Type::host_identify, "{");
    EXPECT_EQ(exit_code(), exit_protocol);
}

} // namespace
} // namespace rekam::host
