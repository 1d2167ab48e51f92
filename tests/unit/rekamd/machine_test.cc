// SPDX-License-Identifier: Apache-2.0
// The look at the machine comes back to the loop as the broker wants it, with what kept it from being taken.
#include "core/rekamd/machine.h"

#include "tests/unit/rekamd/files.h"

#include <gtest/gtest.h>

namespace rekam::rekamd {
namespace {

struct MachineTest : testing::Test {
    MachineTest() {
        places.proc = files.path() / "proc";
        places.sys = files.path() / "sys";
        places.dev = files.path() / "dev";
        places.may_open = [](const std::filesystem::path&) { return false; };
        files.write("dev/ttyS0", "");
        files.write("proc/44/comm", "minicom\n");
        files.write("proc/44/fd/none", "");
        std::filesystem::create_symlink(places.dev / "ttyS0", places.proc / "44/fd/3");
    }
    broker::Probed look(const std::string& physical) {
        Machine machine(
            loop, [this](broker::Probed probed) { seen = std::move(probed); }, places);
        machine.look({7, physical});
        auto work = boost::asio::make_work_guard(loop);
        loop.restart();
        while (!seen)
            loop.run_one_for(std::chrono::seconds(60));
        return *std::exchange(seen, std::nullopt);
    }

    Files files;
    io::MachinePlaces places;
    boost::asio::io_context loop;
    std::optional<broker::Probed> seen;
};

TEST_F(MachineTest, TellsWhatWasSeen) {
    const auto probed = look("/dev/ttyS0");
    EXPECT_EQ(probed.number, 7U);
    EXPECT_FALSE(probed.failure);
    EXPECT_TRUE(probed.connected);
    ASSERT_EQ(probed.nodes.size(), 1U);
    EXPECT_FALSE(probed.nodes[0].may_open);
    EXPECT_FALSE(probed.nodes[0].owner.empty());
    ASSERT_EQ(probed.holders.size(), 1U);
    EXPECT_EQ(probed.holders[0].pid, 44);
    EXPECT_EQ(probed.holders[0].program, "minicom");
    EXPECT_FALSE(probed.group.empty());
}

TEST_F(MachineTest, TellsWhyNobodyLooked) {
    const auto probed = look("pci:0000:03:00.0");
    EXPECT_EQ(probed.number, 7U);
    EXPECT_EQ(probed.failure, "pci:0000:03:00.0 names no place of this machine");
}

} // namespace
} // namespace rekam::rekamd
