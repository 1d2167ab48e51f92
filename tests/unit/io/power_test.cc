// SPDX-License-Identifier: Apache-2.0
#include "core/io/power.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace rekam::io {
namespace {

class PowerTest : public ::testing::Test {
  protected:
    PowerTest() : root_(std::filesystem::temp_directory_path() / ("rekam-power-" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(root_);
    }
    ~PowerTest() override { std::filesystem::remove_all(root_); }

    void supply(const std::string& name, const std::map<std::string, std::string>& files) const {
        std::filesystem::create_directories(root_ / name);
        for (const auto& [file, text] : files)
            std::ofstream(root_ / name / file) << text << "\n";
    }
    Power read() const { return PowerSupplies(root_).read(); }

    std::filesystem::path root_;
};

TEST_F(PowerTest, a_machine_without_a_battery_runs_on_mains) {
    EXPECT_EQ(read(), (Power{false, {}}));
    EXPECT_EQ(PowerSupplies(root_ / "nowhere").read(), (Power{false, {}}));
    supply("AC", {{"type", "Mains"}, {"online", "1"}});
    EXPECT_EQ(read(), (Power{false, {}}));
}

TEST_F(PowerTest, a_battery_that_is_emptied_is_told_with_what_is_left) {
    supply("AC", {{"type", "Mains"}, {"online", "0"}});
    supply("BAT0", {{"type", "Battery"}, {"status", "Discharging"}, {"capacity", "31"}});
    EXPECT_EQ(read(), (Power{true, 31}));
    supply("BAT1", {{"type", "Battery"}, {"status", "Unknown"}, {"capacity", "100"}});
    EXPECT_EQ(read(), (Power{true, 65})) << "over all of them";
    supply("AC", {{"type", "Mains"}, {"online", "1"}});
    EXPECT_EQ(read(), (Power{false, 65})) << "it is only topped up from time to time";
}

TEST_F(PowerTest, the_battery_of_a_mouse_is_not_the_machines) {
    supply("hidpp_battery_0", {{"type", "Battery"}, {"scope", "Device"}, {"status", "Discharging"}, {"capacity", "3"}});
    EXPECT_EQ(read(), (Power{false, {}}));
}

TEST_F(PowerTest, what_cannot_be_read_is_not_there) {
    supply("BAT0", {{"type", "Battery"}, {"status", "Discharging"}, {"capacity", "many"}});
    supply("BAT1", {{"status", "Discharging"}});
    supply("BAT2", {{"type", "Battery"}, {"capacity", "101"}});
    EXPECT_EQ(read(), (Power{true, {}}));
}

} // namespace
} // namespace rekam::io
