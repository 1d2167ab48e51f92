// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/sane_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace rekam::sane {
namespace {

constexpr SaneThread::Limits quick{milliseconds(20), milliseconds(60), milliseconds(150), milliseconds(400)};

uint32_t code_of(const std::function<void()>& body) {
    try {
        body();
        return REKAM_OK;
    } catch (const plugin::Error& error) {
        return error.code();
    }
}

/// A call that hangs until it is let go.
struct Hang {
    std::promise<void> end;
    std::shared_future<void> ended = end.get_future().share();
    std::function<void()> body() {
        return [wait = ended] { wait.wait(); };
    }
};

class Waiting : public testing::Test {
  protected:
    std::atomic<bool> cancelled_{false};
    Hang hang_; // outlives the thread, which waits for it
    SaneThread thread_{quick};
    Patience patience_{[this] { return cancelled_.load(); }};
    Patience endless_{[] { return false; }};
};

TEST_F(Waiting, GivesWhatTheCallReturnsOrThrows) {
    EXPECT_EQ(thread_.call([] { return 7; }), 7);
    EXPECT_EQ(thread_.call([] { return std::string("x"); }, patience_), "x");
    EXPECT_EQ(code_of([&] { thread_.call([] { throw plugin::Error(REKAM_E_JAM, "jam"); }, patience_); }), REKAM_E_JAM);
    EXPECT_EQ(code_of([&] { thread_.call([] { throw plugin::Error(REKAM_E_JAM, "jam"); }); }), REKAM_E_JAM);
}

TEST_F(Waiting, AllCallsAreOnOneThread) {
    const auto first = thread_.call([] { return std::this_thread::get_id(); });
    EXPECT_EQ(thread_.call([] { return std::this_thread::get_id(); }, patience_), first);
    EXPECT_NE(first, std::this_thread::get_id());
}

TEST_F(Waiting, EndsSoonAfterAnInterruptAndTheNextCallWaitsItsTurn) {
    cancelled_ = true;
    EXPECT_EQ(code_of([&] { thread_.call(hang_.body(), patience_); }), REKAM_E_CANCELLED);
    EXPECT_GT(thread_.busy_for().count(), 0);
    EXPECT_FALSE(thread_.wait_idle(milliseconds(1)));
    auto late = std::async(std::launch::async, [&] {
        Patience patience([] { return false; });
        return thread_.call([] { return 5; }, patience);
    });
    hang_.end.set_value();
    EXPECT_EQ(late.get(), 5);
    EXPECT_TRUE(thread_.wait_idle(milliseconds(20'000)));
    EXPECT_EQ(thread_.busy_for().count(), 0);
}

TEST_F(Waiting, BehindACallThatHangsSaysSo) {
    cancelled_ = true;
    EXPECT_EQ(code_of([&] { thread_.call(hang_.body(), patience_); }), REKAM_E_CANCELLED);
    bool ran = false;
    EXPECT_EQ(code_of([&] { thread_.call([&] { ran = true; }, endless_); }), REKAM_E_NOT_READY);
    EXPECT_EQ(code_of([&] { thread_.call([&] { ran = true; }, patience_); }), REKAM_E_CANCELLED)
        << "interrupted while waiting";
    while (thread_.busy_for() < quick.lost)
        std::this_thread::sleep_for(milliseconds(10));
    EXPECT_EQ(code_of([&] { thread_.call([&] { ran = true; }, endless_); }), REKAM_E_DEVICE_DOWN);
    hang_.end.set_value();
    EXPECT_TRUE(thread_.wait_idle(milliseconds(20'000)));
    EXPECT_FALSE(ran) << "who stopped waiting does not want it any more";
}

TEST_F(Waiting, WakesACallThatHangsByANudge) {
    cancelled_ = true;
    std::atomic<int> nudges{0};
    const auto nudge = [&] {
        ++nudges;
        hang_.end.set_value();
    };
    EXPECT_EQ(code_of([&] { thread_.call(hang_.body(), patience_, nudge); }), REKAM_OK)
        << "the call came back by itself";
    EXPECT_EQ(nudges, 1);
    EXPECT_TRUE(thread_.wait_idle(milliseconds(20'000)));
}

TEST_F(Waiting, DoesNotNudgeWithoutAnInterruptNorAfterTheCall) {
    std::atomic<int> nudges{0};
    const auto nudge = [&] { ++nudges; };
    thread_.call([] { std::this_thread::sleep_for(milliseconds(100)); }, patience_, nudge);
    cancelled_ = true;
    Patience fresh([] { return true; });
    thread_.call([] {}, fresh, nudge);
    EXPECT_EQ(nudges, 0);
}

TEST_F(Waiting, ANudgeThatHangsItselfHoldsBackTheNextCall) {
    cancelled_ = true;
    std::atomic<bool> nudged{false};
    Hang call;
    const auto nudge = [&, wait = hang_.ended] {
        nudged = true;
        wait.wait();
    };
    EXPECT_EQ(code_of([&] { thread_.call(call.body(), patience_, nudge); }), REKAM_E_CANCELLED);
    EXPECT_TRUE(nudged);
    call.end.set_value();
    EXPECT_FALSE(thread_.wait_idle(milliseconds(50)));
    EXPECT_EQ(code_of([&] { thread_.call([] {}, endless_); }), REKAM_E_NOT_READY);
    hang_.end.set_value();
    EXPECT_EQ(code_of([&] { thread_.call([] {}, endless_); }), REKAM_OK);
}

TEST(Ending, RunsWhatWasPosted) {
    std::atomic<int> ran{0};
    {
        SaneThread thread;
        for (int i = 0; i < 50; ++i)
            thread.post([&] { ++ran; });
    }
    EXPECT_EQ(ran, 50);
}

} // namespace
} // namespace rekam::sane
