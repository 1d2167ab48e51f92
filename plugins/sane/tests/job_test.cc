// SPDX-License-Identifier: Apache-2.0 OR MIT
// How jobs go and end: the feeder, every status of SANE, cancellation, frames that the host refuses.
#include "plugins/sane/tests/sane_env.h"
#include "plugins/sane/tests/test_host.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

namespace rekam::sane_test {
namespace {

constexpr int64_t generous_ms = 20'000;

class Job : public testing::Test {
  protected:
    TestBackend backend_;
    TestHost host_;
    std::unique_ptr<TestDevice> device_ = host_.open("test:0");

    void expect_next_scan_works() {
        const Outcome next = device_->run({{"mode", "color"}, {"sane:test-picture", "Solid white"}});
        ASSERT_EQ(next.code, REKAM_OK) << next.error.message;
        ASSERT_EQ(next.pages.size(), 1u);
        for (const uint8_t byte : next.pages[0].bytes)
            ASSERT_EQ(byte, 0xff);
    }
};

class EveryMode : public Job, public testing::WithParamInterface<const char*> {};

TEST_P(EveryMode, OfTheFeederGivesTenPagesAndEnds) {
    const Outcome outcome = device_->run({{"source", "feeder"}, {"mode", GetParam()}});
    ASSERT_EQ(outcome.code, REKAM_OK) << outcome.error.message;
    ASSERT_EQ(outcome.pages.size(), 10u);
    for (uint32_t i = 0; i < 10; ++i) {
        EXPECT_EQ(outcome.pages[i].record.page, i + 1);
        EXPECT_EQ(outcome.pages[i].record.side, static_cast<uint32_t>(REKAM_SIDE_NONE));
    }
    EXPECT_EQ(outcome.frames_left, 0u);
}
INSTANTIATE_TEST_SUITE_P(All, EveryMode, testing::Values("lineart", "gray", "color"));

TEST_F(Job, StopsAtPagesMax) {
    for (const int pages : {1, 3, 10, 11}) {
        const Outcome outcome = device_->run({{"source", "feeder"}, {"pages_max", pages}});
        EXPECT_EQ(outcome.code, REKAM_OK) << outcome.error.message;
        EXPECT_EQ(outcome.pages.size(), static_cast<std::size_t>(std::min(pages, 10)));
        device_ = nullptr; // fills the feeder
        device_ = host_.open("test:0");
    }
}

TEST_F(Job, OnTheFlatbedIsOnePage) {
    EXPECT_EQ(device_->run({{"source", "flatbed"}}).pages.size(), 1u);
    EXPECT_EQ(device_->run({{"source", "flatbed"}, {"pages_max", 1}}).pages.size(), 1u);
}

TEST_F(Job, InThreePassesOnTheFeederIsOneFrameAPage) {
    const Outcome outcome =
        device_->run({{"source", "feeder"}, {"mode", "color"}, {"sane:three-pass", true}, {"pages_max", 2}});
    ASSERT_EQ(outcome.code, REKAM_OK) << outcome.error.message;
    EXPECT_EQ(outcome.pages.size(), 2u);
}

TEST_F(Job, AnnouncesPagesBeforeItEnds) {
    std::vector<std::size_t> seen;
    device_->on_write = [&](std::size_t bytes) { seen.push_back(bytes); };
    const Outcome outcome = device_->run({{"source", "feeder"}, {"pages_max", 3}});
    ASSERT_EQ(outcome.pages.size(), 3u);
    EXPECT_GE(seen.size(), 3u);
    EXPECT_FALSE(outcome.percents.empty());
}

struct StatusCase {
    const char* name;
    int number;
    uint32_t code;
    const char* hint;
};

class EveryStatus : public Job, public testing::WithParamInterface<StatusCase> {};

TEST_P(EveryStatus, OfSaneReadHasItsCodeAndHint) {
    for (const char* source : {"flatbed", "feeder"}) {
        const Outcome outcome = device_->run({{"source", source}, {"sane:read-return-value", GetParam().name}});
        EXPECT_EQ(outcome.code, GetParam().code) << outcome.error.message;
        EXPECT_EQ(outcome.error.code, outcome.code);
        EXPECT_EQ(outcome.error.vendor_code, GetParam().number);
        EXPECT_STREQ(outcome.error.hint, GetParam().hint);
        EXPECT_NE(std::string(outcome.error.message), "");
        EXPECT_TRUE(outcome.pages.empty());
        EXPECT_EQ(outcome.frames_left, 0u);
        expect_next_scan_works();
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryStatus,
    testing::Values(StatusCase{"SANE_STATUS_UNSUPPORTED", 1, REKAM_E_DEVICE_ERROR, "change-settings"},
                    StatusCase{"SANE_STATUS_CANCELLED", 2, REKAM_E_CANCELLED, "try-again"},
                    StatusCase{"SANE_STATUS_DEVICE_BUSY", 3, REKAM_E_BUSY, "wait-ready"},
                    StatusCase{"SANE_STATUS_INVAL", 4, REKAM_E_DEVICE_ERROR, "change-settings"},
                    StatusCase{"SANE_STATUS_EOF", 5, REKAM_E_PROTOCOL_ERROR, "restart-device"},
                    StatusCase{"SANE_STATUS_JAMMED", 6, REKAM_E_JAM, "clear-jam"},
                    StatusCase{"SANE_STATUS_NO_DOCS", 7, REKAM_E_FEEDER_EMPTY, "load-paper"},
                    StatusCase{"SANE_STATUS_COVER_OPEN", 8, REKAM_E_COVER_OPEN, "close-cover"},
                    StatusCase{"SANE_STATUS_IO_ERROR", 9, REKAM_E_DEVICE_ERROR, "check-cable"},
                    StatusCase{"SANE_STATUS_NO_MEM", 10, REKAM_E_INTERNAL, "call-technician"},
                    StatusCase{"SANE_STATUS_ACCESS_DENIED", 11, REKAM_E_PERMISSION_DENIED, "grant-permission"}),
    [](const auto& test) { return std::string(test.param.name).substr(12); });

class Slow : public Job, public testing::WithParamInterface<bool> {
  protected:
    /// Takes minutes when nobody stops it.
    OptionList slow() const {
        return {{"mode", "color"},
                {"depth", 16},
                {"dpi", 600},
                {"area.x_um", 0},
                {"area.y_um", 0},
                {"area.width_um", 200'000},
                {"area.height_um", 200'000},
                {"sane:read-delay", true},
                {"sane:read-delay-duration", 200'000},
                {"sane:non-blocking", GetParam()},
                {"sane:select-fd", GetParam()}};
    }
};

TEST_P(Slow, ReadsAreInterruptedAndTheNextScanWorks) {
    for (int round = 0; round < 5; ++round) {
        std::atomic<bool> writing{false};
        device_->on_write = [&](std::size_t) { writing = true; };
        std::thread nudge([&] {
            for (int i = 0; i < 2'000 && !writing; ++i)
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            std::this_thread::sleep_for(std::chrono::milliseconds(round * 37));
            device_->interrupt();
        });
        const Outcome outcome = device_->run(slow());
        nudge.join();
        device_->on_write = nullptr;
        EXPECT_EQ(outcome.code, REKAM_E_CANCELLED) << outcome.error.message;
        EXPECT_LT(outcome.took_ms, generous_ms);
        EXPECT_TRUE(outcome.pages.empty());
        EXPECT_EQ(outcome.frames_left, 0u);
        expect_next_scan_works();
    }
}
INSTANTIATE_TEST_SUITE_P(All, Slow, testing::Bool(),
                         [](const auto& test) { return test.param ? "NonBlocking" : "Blocking"; });

TEST_F(Job, CancelledBetweenPagesKeepsThosePages) {
    device_->on_write = [&](std::size_t bytes) {
        if (bytes > 3 * 118 * 88 - 1)
            device_->interrupt();
    };
    const Outcome outcome = device_->run({{"source", "feeder"}});
    device_->on_write = nullptr;
    EXPECT_EQ(outcome.code, REKAM_E_CANCELLED);
    EXPECT_EQ(outcome.pages.size(), 3u);
    expect_next_scan_works();
}

TEST_F(Job, IsNotCancelledByAnInterruptBeforeIt) {
    rekam_device_t* raw = device_->raw();
    raw->interrupt(raw);
    raw->interrupt(raw);
    expect_next_scan_works();
}

TEST_F(Job, CancelledBeforeItBeginsNeverStartsTheScanner) {
    device_->interrupt();
    const Outcome outcome = device_->run();
    EXPECT_EQ(outcome.code, REKAM_E_CANCELLED);
    EXPECT_EQ(outcome.bytes_written, 0u);
    expect_next_scan_works();
}

TEST_F(Job, EndsWithWhatTheHostSaysOfAFrame) {
    for (const uint32_t code : {REKAM_E_TOO_LARGE, REKAM_E_CANCELLED, REKAM_E_INTERNAL}) {
        device_->refuse_write = code;
        const Outcome outcome = device_->run({{"source", "feeder"}});
        EXPECT_EQ(outcome.code, code);
        EXPECT_TRUE(outcome.pages.empty());
        EXPECT_EQ(outcome.frames_left, 0u);
        expect_next_scan_works();
    }
}

TEST_F(Job, LeavesNoDescriptorsBehind) {
    const auto count = [] {
        const std::filesystem::directory_iterator all("/proc/self/fd");
        return std::distance(begin(all), end(all));
    };
    expect_next_scan_works();
    const auto before = count();
    for (int i = 0; i < 20; ++i) {
        if (i % 2 == 0)
            device_->on_write = [&](std::size_t) { device_->interrupt(); };
        device_->run({{"source", "feeder"}, {"mode", "color"}, {"pages_max", 2}});
        device_->on_write = nullptr;
        device_->run({{"sane:read-return-value", "SANE_STATUS_IO_ERROR"}});
    }
    expect_next_scan_works();
    EXPECT_EQ(count(), before);
}

} // namespace
} // namespace rekam::sane_test
