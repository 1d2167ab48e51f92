// SPDX-License-Identifier: Apache-2.0
// A preview in the loop: one step of the plugin after the other, everything else in between, one picture under way.
#include "tests/unit/host/loop_harness.h"

namespace rekam::host {
namespace {

using model::Code;
using wire::Type;

class LoopPreview : public testing::Test, public Harness {
  protected:
    void SetUp() override { to_open(); }

    void preview(CallId number = 9, std::int64_t rate_hz = 10, std::uint64_t fence = 1) {
        wire::HostPreview asked;
        asked.accepted_mono_us = now.mono_us;
        asked.rate_hz = rate_hz;
        asked.params.text = "{}";
        receive(Type::host_preview, wire::encode(asked), number, fence);
    }
    void stop_preview(CallId number = 9, std::uint64_t fence = 1) {
        receive(Type::host_preview_stop, "", number, fence);
    }
    /// What the plugin is asked for, if anything.
    [[nodiscard]] std::optional<PreviewStep> asked() const {
        const auto steps = all<ShowPreview>();
        return steps.size() == 1 ? std::optional(steps.front().step) : std::nullopt;
    }
    void did(PreviewStep what, std::optional<Code> code = std::nullopt, CallId number = 9) {
        Previewed done{number, what};
        if (code)
            done.failure.emplace().code = *code;
        step(done);
    }
    void shows(wire::Descriptor descriptor, std::int64_t age_us = 0, CallId number = 9) {
        Previewed done{number, PreviewStep::next};
        wire::HostView view;
        view.format = "image/jpeg";
        view.exposure_mono_us = now.mono_us - age_us;
        done.view = view;
        done.descriptor = descriptor;
        step(std::move(done));
    }
    void taken_by_broker(CallId number = 9) { receive(Type::host_taken, wire::encode(wire::Taken{1}), number); }
    void to_next() {
        preview();
        did(PreviewStep::start);
    }
    [[nodiscard]] std::optional<Code> over_code() const {
        const auto final = body<wire::HostFinal>(Type::host_preview_over);
        return final.failure ? std::optional(final.failure->code) : std::nullopt;
    }
};

TEST_F(LoopPreview, StartsShowsAndStops) {
    preview();
    EXPECT_EQ(asked(), PreviewStep::start);
    did(PreviewStep::start);
    EXPECT_EQ(asked(), PreviewStep::next);
    shows(30);
    const auto sent_views = sent(Type::host_view);
    ASSERT_EQ(sent_views.size(), 1u);
    EXPECT_EQ(sent_views[0].prefix.job, 9u);
    EXPECT_EQ(sent_views[0].prefix.fence, 1u);
    EXPECT_EQ(sent_views[0].descriptors, std::vector<wire::Descriptor>{30});
    stop_preview();
    EXPECT_EQ(asked(), PreviewStep::stop);
    EXPECT_TRUE(sent(Type::host_preview_over).empty()) << "its plugin still streams";
    did(PreviewStep::stop);
    EXPECT_EQ(over_code(), std::nullopt);
    EXPECT_EQ(body<wire::HostFinal>(Type::host_preview_over).frames.value, 1);
    EXPECT_EQ(loop.next_deadline_us(), never_us);
}

TEST_F(LoopPreview, AsksForTheNextPictureAtItsPaceAndWhenTheBrokerHasTheLast) {
    to_next();
    shows(30);
    EXPECT_EQ(asked(), std::nullopt);
    pass_ms(500);
    EXPECT_EQ(asked(), std::nullopt) << "the broker has not taken it";
    taken_by_broker();
    EXPECT_EQ(asked(), PreviewStep::next) << "and now at once";
    shows(31);
    taken_by_broker();
    EXPECT_EQ(asked(), std::nullopt) << "ten a second";
    EXPECT_EQ(loop.next_deadline_us(), now.mono_us + 100 * us_per_ms);
    pass_ms(100);
    EXPECT_EQ(asked(), PreviewStep::next);
}

TEST_F(LoopPreview, NoPictureYetIsNoFailure) {
    to_next();
    did(PreviewStep::next, Code::timeout);
    EXPECT_EQ(asked(), std::nullopt) << "a plugin that does not wait must not make this spin";
    pass_ms(10);
    EXPECT_EQ(asked(), PreviewStep::next);
}

TEST_F(LoopPreview, LetsAJobInBetweenAndGoesOn) {
    to_next();
    run(5);
    EXPECT_FALSE(has<host::Run>()) << "the plugin is in a step of the preview";
    shows(30);
    ASSERT_TRUE(has<host::Run>());
    taken_by_broker();
    pass_ms(1'000);
    EXPECT_EQ(asked(), std::nullopt);
    frame(5, 31);
    ended(5);
    EXPECT_EQ(final_code(), std::nullopt);
    EXPECT_EQ(asked(), PreviewStep::next);
}

TEST_F(LoopPreview, LetsChecksAndCapabilitiesInBetween) {
    to_next();
    check();
    step(Changed{.capabilities = true});
    did(PreviewStep::next, Code::timeout);
    ASSERT_TRUE(has<Check>());
    step(Checked{all<Check>()[0].call, {}});
    EXPECT_TRUE(has<ReadCapabilities>());
    pass_ms(20);
    EXPECT_EQ(asked(), std::nullopt);
    step(CapabilitiesRead{});
    EXPECT_EQ(asked(), PreviewStep::next);
}

TEST_F(LoopPreview, StopsTheStreamBeforeTheNextJob) {
    to_next();
    run(5);
    stop_preview();
    EXPECT_TRUE(effects.empty());
    shows(30); // of the one who has gone
    EXPECT_EQ(all<Release>()[0].descriptor, 30);
    EXPECT_EQ(asked(), PreviewStep::stop);
    EXPECT_FALSE(has<host::Run>());
    did(PreviewStep::stop);
    EXPECT_EQ(over_code(), std::nullopt);
    EXPECT_TRUE(has<host::Run>());
}

TEST_F(LoopPreview, AFailureEndsItAndItsStreamIsStopped) {
    to_next();
    did(PreviewStep::next, Code::device_error);
    EXPECT_EQ(asked(), PreviewStep::stop);
    did(PreviewStep::stop);
    EXPECT_EQ(over_code(), Code::device_error);
    preview(10);
    EXPECT_EQ(asked(), PreviewStep::start);
    did(PreviewStep::start, Code::device_gone, 10);
    EXPECT_EQ(asked(), PreviewStep::stop) << "stop may follow a start that failed";
    did(PreviewStep::stop, std::nullopt, 10);
    EXPECT_EQ(over_code(), Code::device_gone);
}

TEST_F(LoopPreview, OneThatNeverBeganEndsAtOnce) {
    run(5);
    preview();
    EXPECT_EQ(asked(), std::nullopt);
    stop_preview();
    EXPECT_EQ(over_code(), std::nullopt);
}

TEST_F(LoopPreview, ASecondOneIsRefused) {
    to_next();
    preview(10);
    EXPECT_EQ(over_code(), Code::busy);
    EXPECT_EQ(sent(Type::host_preview_over)[0].prefix.job, 10u);
}

TEST_F(LoopPreview, APictureFromBeforeIsThrownAway) {
    to_next();
    shows(30, 1);
    EXPECT_EQ(all<Release>()[0].descriptor, 30);
    EXPECT_TRUE(sent(Type::host_view).empty());
    pass_ms(100);
    EXPECT_EQ(asked(), PreviewStep::next) << "it goes on";
}

TEST_F(LoopPreview, AGhostsStopChangesNothing) {
    to_next();
    stop_preview(9, 2);
    stop_preview(8);
    shows(30);
    EXPECT_EQ(sent(Type::host_view).size(), 1u);
}

TEST_F(LoopPreview, AStepThatNeverReturnsEndsTheProcess) {
    to_next();
    pass_ms(5'999);
    EXPECT_TRUE(effects.empty());
    pass_ms(1);
    EXPECT_EQ(over_code(), Code::broken_promise);
    EXPECT_EQ(exit_code(), exit_broken_promise);
    shows(30);
    EXPECT_EQ(all<Release>()[0].descriptor, 30);
}

TEST_F(LoopPreview, AStopOfTheHostStopsTheStreamAndThenCloses) {
    to_next();
    receive(Type::host_stop);
    EXPECT_TRUE(effects.empty());
    shows(30);
    EXPECT_EQ(asked(), PreviewStep::stop);
    did(PreviewStep::stop);
    EXPECT_EQ(over_code(), Code::shutting_down);
    EXPECT_TRUE(has<Close>());
    step(Closed{});
    EXPECT_EQ(exit_code(), exit_ok);
}

TEST_F(LoopPreview, ItIsRefusedWhileTheDeviceCloses) {
    receive(Type::host_stop);
    preview();
    EXPECT_EQ(over_code(), Code::not_ready);
}

} // namespace
} // namespace rekam::host
