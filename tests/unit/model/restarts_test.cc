// SPDX-License-Identifier: Apache-2.0
// Back-off and quarantine, on a clock of the test's own.
#include "core/model/child.h"

#include <gtest/gtest.h>

namespace rekam::model {
namespace {

Now at_ms(std::int64_t ms) { return {ms * us_per_ms, ms * us_per_ms, 0, true}; }

TEST(Restarts, AreAtOnceThenDoubling) {
    Restarts restarts;
    const RestartPolicy policy{.quarantine_failures = 0};
    std::vector<std::int64_t> delays;
    for (int i = 0; i < 12; ++i)
        delays.push_back(restarts.failed(at_ms(i), policy).value_or(-1));
    EXPECT_EQ(delays,
              (std::vector<std::int64_t>{0, 100, 200, 400, 800, 1'600, 3'200, 6'400, 12'800, 25'600, 30'000, 30'000}));
    EXPECT_EQ(restarts.total(), 12);
}

TEST(Restarts, EndInQuarantineAfterFiveInAMinute) {
    Restarts restarts;
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(restarts.failed(at_ms(i * 1'000), {}).has_value());
    EXPECT_FALSE(restarts.failed(at_ms(4'000), {}).has_value());
}

TEST(Restarts, ForgetWhatIsOutsideTheWindow) {
    Restarts restarts;
    for (int i = 0; i < 40; ++i) // one each 20 s: never five in 60 s, and never 60 s without one
        EXPECT_TRUE(restarts.failed(at_ms(i * 20'000), {}).has_value()) << i;
    EXPECT_EQ(restarts.failed(at_ms(40 * 20'000), {}).value_or(-1), 30'000)
        << "without a quiet minute the back-off stays";
}

TEST(Restarts, StartAnewAfterAQuietMinute) {
    Restarts restarts;
    for (int i = 0; i < 4; ++i)
        restarts.failed(at_ms(i), {});
    EXPECT_EQ(restarts.failed(at_ms(60'003), {}).value_or(-1), 0);
    EXPECT_EQ(restarts.failed(at_ms(60'004), {}).value_or(-1), 100);
}

TEST(Restarts, AreClearedByAnAdministrator) {
    Restarts restarts;
    for (int i = 0; i < 5; ++i)
        restarts.failed(at_ms(i), {});
    restarts.clear();
    EXPECT_EQ(restarts.failed(at_ms(6), {}).value_or(-1), 0);
    EXPECT_EQ(restarts.total(), 6) << "statistics are kept";
}

TEST(Restarts, OfTheGateAreNeverFarApart) {
    Restarts restarts;
    const RestartPolicy gate{.backoff_max_ms = 1'000, .quarantine_failures = 0};
    for (int i = 0; i < 100; ++i)
        EXPECT_LE(restarts.failed(at_ms(i), gate).value_or(9'999), 1'000);
}

} // namespace
} // namespace rekam::model
