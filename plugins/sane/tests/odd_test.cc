// SPDX-License-Identifier: Apache-2.0 OR MIT
// Scanners that SANE's own test scanner does not imitate: see odd/backend.cc.
#include "plugins/sane/tests/sane_env.h"
#include "plugins/sane/tests/test_host.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace rekam::sane_test {
namespace {

constexpr int64_t generous_ms = 20'000;

class Odd : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        ::setenv("LD_LIBRARY_PATH", ODD_BACKEND_DIR, 1); // where libsane looks first
        config_dir().write("dll.conf", "rekamodd\n");
    }

    std::unique_ptr<TestDevice> open(const std::string& manner) { return host_.open("rekamodd:" + manner); }
    Outcome run_and_interrupt(TestDevice& device, int after_ms) {
        std::thread nudge([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(after_ms));
            device.interrupt();
        });
        Outcome outcome = device.run();
        nudge.join();
        return outcome;
    }
    TestHost host_;
};

TEST_F(Odd, ListsScannersAndNoCameras) {
    const auto found = host_.enumerate();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_STREQ(found[0].id, "rekamodd:duplex");
    EXPECT_STREQ(found[0].make, "Odd \xc3\x89"
                                "dition")
        << "Latin-1 became UTF-8";
}

TEST_F(Odd, BothSidesOfEverySheetComeInTurn) {
    const auto device = open("duplex");
    EXPECT_STREQ(device->info().serial, "ODD-0815");
    const Outcome outcome = device->run({{"source", "feeder-duplex"}});
    ASSERT_EQ(outcome.code, REKAM_OK) << outcome.error.message;
    ASSERT_EQ(outcome.pages.size(), 6u);
    for (uint32_t i = 0; i < 6; ++i) {
        EXPECT_EQ(outcome.pages[i].record.page, i + 1);
        EXPECT_EQ(outcome.pages[i].record.side, static_cast<uint32_t>(i % 2 == 0 ? REKAM_SIDE_FRONT : REKAM_SIDE_BACK));
    }
    const Outcome simplex = device->run({{"source", "feeder"}, {"pages_max", 1}});
    ASSERT_EQ(simplex.code, REKAM_OK) << simplex.error.message;
    EXPECT_EQ(simplex.pages[0].record.side, static_cast<uint32_t>(REKAM_SIDE_NONE));
}

TEST_F(Odd, EdgesInPixelsAreSetInMicrometres) {
    const auto device = open("duplex");
    const Outcome outcome = device->run({{"dpi", 200},
                                         {"pages_max", 1},
                                         {"area.x_um", 12'700},
                                         {"area.y_um", 0},
                                         {"area.width_um", 25'400},
                                         {"area.height_um", 12'700}});
    ASSERT_EQ(outcome.code, REKAM_OK) << outcome.error.message;
    EXPECT_EQ(outcome.pages[0].record.width_px, 201u); // this one counts its last pixel in
    EXPECT_EQ(outcome.pages[0].record.height_px, 101u);
    EXPECT_EQ(outcome.pages[0].record.dpi_x, 200u);
    const Outcome too_wide = device->run(
        {{"dpi", 300}, {"area.x_um", 0}, {"area.y_um", 0}, {"area.width_um", 100'000}, {"area.height_um", 1'000}});
    EXPECT_EQ(too_wide.code, REKAM_E_OUT_OF_RANGE) << "84.6 mm at 300 dpi";
    EXPECT_STREQ(too_wide.error.parameter, "area.width_um");
}

TEST_F(Odd, ListsAreListedAndTextsWithoutAWordStayReachable) {
    const auto device = open("duplex");
    const std::string capabilities = device->capabilities();
    EXPECT_NE(capabilities.find(R"("dpi":{"type":"integer","enum":[100,200,300],"default":100})"), std::string::npos)
        << capabilities;
    EXPECT_NE(capabilities.find("\"sane:source\""), std::string::npos);
    EXPECT_NE(capabilities.find("R\xc3\xbc"
                                "ckseite"),
              std::string::npos);
    EXPECT_EQ(device->run({{"dpi", 150}}).code, REKAM_E_OUT_OF_RANGE);
    EXPECT_EQ(device->run({{"depth", 16}}).code, REKAM_E_OUT_OF_RANGE);
    EXPECT_EQ(device->run({{"depth", 8}, {"pages_max", 1}}).code, REKAM_OK);
    EXPECT_EQ(device
                  ->run({{"sane:source", "R\xc3\xbc"
                                         "ckseite"}})
                  .code,
              REKAM_OK);
    const Outcome both = device->run({{"source", "feeder"},
                                      {"sane:source", "R\xc3\xbc"
                                                      "ckseite"}});
    EXPECT_EQ(both.code, REKAM_E_OUT_OF_RANGE) << "they contradict each other";
    EXPECT_STREQ(both.error.parameter, "source");
}

TEST_F(Odd, ASheetfedScannerIsAFeederWhosePagesEndWithThePaper) {
    const auto device = open("sheetfed");
    const Outcome outcome = device->run();
    ASSERT_EQ(outcome.code, REKAM_OK) << outcome.error.message;
    ASSERT_EQ(outcome.pages.size(), 6u);
    EXPECT_EQ(outcome.pages[0].record.height_px, 45u) << "the rows that came, not the 50 announced";
    const auto checks = device->health(REKAM_LEVEL_SELF);
    ASSERT_EQ(checks.size(), 2u);
    EXPECT_EQ(checks[1].component, "cover");
    EXPECT_EQ(checks[1].hint, "close-cover");
}

TEST_F(Odd, AFeederThatIsNeverEmptyEndsAsWell) {
    const auto device = open("endless");
    const Outcome outcome =
        device->run({{"area.x_um", 0}, {"area.y_um", 0}, {"area.width_um", 254}, {"area.height_um", 254}});
    EXPECT_EQ(outcome.code, REKAM_OK) << outcome.error.message;
    EXPECT_EQ(outcome.pages.size(), 999u);
}

TEST_F(Odd, DataThatDoNotFitTheirAnnouncementAreNoPage) {
    for (const char* manner : {"jpeg", "wide", "long", "empty"}) {
        const auto device = open(manner);
        for (int round = 0; round < 2; ++round) {
            const Outcome outcome = device->run();
            EXPECT_EQ(outcome.code, REKAM_E_BAD_FRAME) << manner << ": " << outcome.error.message;
            EXPECT_TRUE(outcome.pages.empty());
            EXPECT_EQ(outcome.frames_left, 0u);
        }
    }
}

TEST_F(Odd, AModeThatIsTakenAndNotDeliveredIsRefused) {
    const auto device = open("liar");
    const Outcome outcome = device->run({{"mode", "color"}});
    EXPECT_EQ(outcome.code, REKAM_E_OUT_OF_RANGE);
    EXPECT_STREQ(outcome.error.parameter, "mode");
    EXPECT_EQ(device->run({{"mode", "gray"}}).code, REKAM_OK);
}

TEST_F(Odd, AScannerThatDeliversNothingIsInterrupted) {
    const auto device = open("silent");
    const Outcome outcome = run_and_interrupt(*device, 100);
    EXPECT_EQ(outcome.code, REKAM_E_CANCELLED);
    EXPECT_LT(outcome.took_ms, generous_ms);
}

TEST_F(Odd, AStartThatHangsIsWokenFromAnotherThread) {
    const auto device = open("stuck");
    for (int round = 0; round < 3; ++round) {
        const Outcome outcome = run_and_interrupt(*device, 50);
        EXPECT_EQ(outcome.code, REKAM_E_CANCELLED) << outcome.error.message;
        EXPECT_LT(outcome.took_ms, generous_ms);
    }
}

TEST_F(Odd, AStartThatHearsNothingIsLeftAndTheNextJobWaitsForIt) {
    const auto device = open("deaf");
    const Outcome outcome = run_and_interrupt(*device, 50);
    EXPECT_EQ(outcome.code, REKAM_E_CANCELLED) << outcome.error.message;
    EXPECT_LT(outcome.took_ms, 4'900) << "it did not wait for the 5 s that the scanner takes";
    const auto checks = device->health(REKAM_LEVEL_SELF);
    ASSERT_EQ(checks.size(), 1u);
    EXPECT_EQ(checks[0].state, static_cast<uint32_t>(REKAM_HEALTH_FAILED));
    const Outcome next = device->run();
    EXPECT_EQ(next.code, REKAM_OK) << next.error.message;
}

TEST_F(Odd, ACarriageThatComesHomeSlowlyHoldsUpOnlyTheNextJob) {
    const auto device = open("parking");
    const Outcome first = device->run();
    EXPECT_EQ(first.code, REKAM_OK) << first.error.message;
    const Outcome second = device->run();
    EXPECT_EQ(second.code, REKAM_OK) << second.error.message;
    EXPECT_EQ(second.pages.size(), 1u);
}

} // namespace
} // namespace rekam::sane_test
