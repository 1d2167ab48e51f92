// SPDX-License-Identifier: Apache-2.0
// A preview whose pictures go to a pool, in the loop: it goes on while a buffer is free, and no late word frees
// another.
#include "tests/unit/host/loop_harness.h"

namespace rekam::host {
namespace {

using model::Code;
using wire::Type;

class LoopPool : public testing::Test, public Harness {
  protected:
    void SetUp() override {
        to_open();
        wire::HostPreview asked;
        asked.accepted_mono_us = now.mono_us;
        asked.rate_hz = 10;
        asked.params.text = "{}";
        asked.buffers = 3;
        receive(Type::host_preview, wire::encode(asked), 9);
    }
    void started(std::vector<wire::Descriptor> descriptors = {50, 51, 52}) {
        Previewed done{9, PreviewStep::start};
        done.pool = PoolMade{1'000, std::move(descriptors)};
        step(std::move(done));
    }
    void shows(std::int64_t age_us = 0, std::optional<PoolMade> pool = {}) {
        Previewed done{9, PreviewStep::next};
        wire::HostView view;
        view.format = "image/jpeg";
        view.exposure_mono_us = now.mono_us - age_us;
        done.view = view;
        done.pool = std::move(pool);
        step(std::move(done));
    }
    void gave_nothing(Code code = Code::timeout) {
        Previewed done{9, PreviewStep::next};
        done.failure.emplace().code = code;
        step(done);
    }
    void returned(const wire::BufferRef& at) { receive(Type::host_returned, wire::encode(at), 9); }
    [[nodiscard]] std::optional<std::size_t> asked() const {
        const auto steps = all<ShowPreview>();
        return steps.size() == 1 && steps[0].step == PreviewStep::next ? std::optional(steps[0].buffer) : std::nullopt;
    }
    [[nodiscard]] std::optional<wire::BufferRef> shown() const {
        return sent(Type::host_view).empty() ? std::nullopt : body<wire::HostView>(Type::host_view).at;
    }
    [[nodiscard]] std::vector<wire::Descriptor> released() const {
        std::vector<wire::Descriptor> found;
        for (const auto& one : all<Release>())
            found.push_back(one.descriptor);
        return found;
    }
    using At = std::optional<wire::BufferRef>;
};

TEST_F(LoopPool, TheBuffersGoFirstAndThenPicturesByTheirPlace) {
    started();
    const auto pool = sent(Type::host_buffers);
    ASSERT_EQ(pool.size(), 1u);
    EXPECT_EQ(pool[0].json, R"({"pool":1,"bytes":1000})");
    EXPECT_EQ(pool[0].descriptors, (std::vector<wire::Descriptor>{50, 51, 52}));
    EXPECT_EQ(pool[0].prefix.job, 9u);
    EXPECT_EQ(asked(), 0u);
    shows();
    EXPECT_EQ(shown(), At({1, 0, 1}));
    EXPECT_TRUE(sent(Type::host_view)[0].descriptors.empty());
    pass_ms(100);
    EXPECT_EQ(asked(), 1u) << "it waits for nobody while a buffer is free";
}

TEST_F(LoopPool, NoneIsTakenWhileAllAreWithOthers) {
    started();
    shows();
    for (int i = 1; i < 3; ++i) {
        pass_ms(100);
        shows();
    }
    pass_ms(500);
    EXPECT_EQ(asked(), std::nullopt);
    EXPECT_EQ(loop.next_deadline_us(), never_us);
    returned({1, 1, 2});
    EXPECT_EQ(asked(), 1u) << "and now at once";
    shows();
    EXPECT_EQ(shown(), At({1, 1, 4}));
}

TEST_F(LoopPool, ALateWordFreesNothing) {
    started();
    shows();
    for (int i = 1; i < 3; ++i) {
        pass_ms(100);
        shows();
    }
    pass_ms(500);
    returned({1, 0, 1});
    shows(); // generation 4 in buffer 0
    for (const wire::BufferRef old : {wire::BufferRef{1, 0, 1}, {1, 3, 1}, {2, 1, 2}, {0, 0, 4}, {1, 1, 4}}) {
        returned(old);
        pass_ms(500);
        EXPECT_EQ(asked(), std::nullopt);
    }
    returned({1, 0, 4});
    EXPECT_EQ(asked(), 0u);
}

TEST_F(LoopPool, ABufferWithoutAPictureIsFreeAgain) {
    started();
    for (int i = 0; i < 10; ++i) {
        gave_nothing();
        pass_ms(10);
        EXPECT_EQ(asked(), 0u);
    }
    shows(10 * us_per_s); // of somebody who was there before
    EXPECT_EQ(shown(), std::nullopt);
    pass_ms(100);
    EXPECT_EQ(asked(), 0u);
    shows();
    EXPECT_EQ(shown(), At({1, 0, 12}));
}

TEST_F(LoopPool, APictureThatDidNotFitLiesInANewPool) {
    started();
    shows();
    pass_ms(100);
    shows(0, PoolMade{5'000, {60, 61, 62}});
    EXPECT_EQ(body<wire::PoolBuffers>(Type::host_buffers).pool, 2);
    EXPECT_EQ(shown(), At({2, 1, 2}));
    returned({1, 0, 1}); // of the old one
    pass_ms(100);
    EXPECT_EQ(asked(), 0u) << "free since it was made";
    shows();
    EXPECT_EQ(shown(), At({2, 0, 3}));
}

TEST_F(LoopPool, NothingIsShownAfterTheEndAndItsBuffersAreReleased) {
    receive(Type::host_preview_stop, "", 9);
    started();
    EXPECT_TRUE(sent(Type::host_buffers).empty());
    ASSERT_EQ(all<ShowPreview>().size(), 1u);
    EXPECT_EQ(all<ShowPreview>()[0].step, PreviewStep::stop);
    step(Previewed{9, PreviewStep::stop});
    EXPECT_EQ(released(), (std::vector<wire::Descriptor>{50, 51, 52}));
    EXPECT_FALSE(body<wire::HostFinal>(Type::host_preview_over).failure);
    returned({1, 0, 1});
    EXPECT_TRUE(effects.empty());
}

TEST_F(LoopPool, OfAProcessThatEndsTheyAreReleasedToo) {
    receive(Type::host_preview_stop, "", 9);
    started();
    receive(Type::host_ping, "nonsense", 0, 1, 0, 0);
    receive(Type::gate_config); // what no broker says to a host
    EXPECT_EQ(released(), (std::vector<wire::Descriptor>{50, 51, 52}));
    EXPECT_EQ(exit_code(), exit_protocol);
    started({70});
    EXPECT_EQ(released(), std::vector<wire::Descriptor>{70});
}

TEST(LoopPools, WaitForCredit) {
    Harness host;
    host.to_open();
    host.run(5);
    for (wire::Descriptor i = 0; i < 14; ++i)
        host.frame(5, 100 + i);
    host.ended(5);
    wire::HostPreview asked;
    asked.params.text = "{}";
    asked.buffers = 3;
    host.receive(Type::host_preview, wire::encode(asked), 9);
    Previewed done{9, PreviewStep::start};
    done.pool = PoolMade{1'000, {50, 51, 52}};
    host.step(std::move(done));
    EXPECT_TRUE(host.sent(Type::host_buffers).empty()) << "two are left of sixteen";
    EXPECT_FALSE(host.has<ShowPreview>());
    host.taken(1);
    EXPECT_EQ(host.sent(Type::host_buffers).size(), 1u);
    EXPECT_TRUE(host.has<ShowPreview>());
}

TEST_F(LoopPool, WhatIsNoPlaceEndsIt) {
    started();
    receive(Type::host_returned, R"({"pool":1})", 9);
    EXPECT_EQ(exit_code(), exit_protocol);
}

} // namespace
} // namespace rekam::host
