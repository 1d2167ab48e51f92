// SPDX-License-Identifier: Apache-2.0
// What is found of a device in a machine that is a tree of files.
#include "core/io/device_nodes.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

namespace rekam::io {
namespace {

namespace fs = std::filesystem;

class DeviceNodes : public testing::Test {
  protected:
    DeviceNodes() {
        std::string made = (fs::temp_directory_path() / "rekam-nodes-XXXXXX").string();
        root = ::mkdtemp(made.data());
        places.proc = root / "proc";
        places.sys = root / "sys";
        places.dev = root / "dev";
        places.may_open = [this](const fs::path& file) { return !closed.contains(file.filename().string()); };
        fs::create_directories(places.proc);
    }
    ~DeviceNodes() override { fs::remove_all(root); }

    static void write(const fs::path& file, const std::string& text) {
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
    fs::path usb(const std::string& name) const { return places.sys / "bus/usb/devices" / name; }
    /// A camera at port 1-2.3: its own node, and one of its video interface.
    void connect() {
        const auto folder = usb("1-2.3");
        write(folder / "busnum", "1\n");
        write(folder / "idVendor", "04a9\n");
        write(folder / "idProduct", "1909\n");
        write(folder / "uevent", "MAJOR=189\nDEVNAME=bus/usb/001/007\nDEVTYPE=usb_device\n");
        fs::create_directory_symlink("../../../../bus/usb", folder / "subsystem");
        write(folder / "1-2.3:1.0/bInterfaceClass", "0e\n");
        write(folder / "1-2.3:1.0/video4linux/video0/uevent", "MAJOR=81\nDEVNAME=video0\n");
        fs::create_directory_symlink("../../../../class/video4linux",
                                     folder / "1-2.3:1.0/video4linux/video0/subsystem");
        write(folder / "1-2.3:1.1/bInterfaceClass", "ff\n");
        write(folder / "1-2.3.4/uevent", "DEVNAME=bus/usb/001/009\n"); // behind it, if it is a hub
        write(places.dev / "bus/usb/001/007", "");
        write(places.dev / "video0", "");
    }
    void process(int pid, const std::string& program, const std::vector<fs::path>& open) {
        const auto folder = places.proc / std::to_string(pid);
        write(folder / "comm", program + "\n");
        fs::create_directories(folder / "fd");
        for (std::size_t i = 0; i < open.size(); ++i)
            fs::create_symlink(open[i], folder / "fd" / std::to_string(i));
    }
    DeviceSeen look(const std::string& physical = "usb:1-2.3") {
        const auto seen = look_at_device(physical, places);
        EXPECT_TRUE(seen) << physical;
        return seen.value_or(DeviceSeen{});
    }

    fs::path root;
    MachinePlaces places;
    std::set<std::string> closed;
};

TEST_F(DeviceNodes, FindsAllNodesOfAUsbDeviceAndNoOther) {
    connect();
    const auto seen = look();
    EXPECT_TRUE(seen.connected);
    EXPECT_EQ(seen.vendor_id + ":" + seen.product_id, "04a9:1909");
    ASSERT_EQ(seen.nodes.size(), 2U);
    EXPECT_EQ(seen.nodes[0].path, (places.dev / "bus/usb/001/007").string());
    EXPECT_EQ(seen.nodes[0].subsystem, "usb");
    EXPECT_EQ(seen.nodes[1].path, (places.dev / "video0").string());
    EXPECT_EQ(seen.nodes[1].subsystem, "video4linux");
    EXPECT_TRUE(seen.nodes[0].may_open);
    EXPECT_TRUE(seen.holders.empty());
}

TEST_F(DeviceNodes, ReadsThePortBeforeTheParent) {
    connect();
    EXPECT_TRUE(look("usb:1-2.3 usb:1-2").connected);
}

TEST_F(DeviceNodes, NamesWhoHasOneOfThemOpen) {
    connect();
    process(4711, "cheese", {"/dev/null", places.dev / "video0"});
    process(12, "a\x1b[2Jb", {places.dev / "bus/usb/001/007"});
    process(13, "idle", {"/dev/null"});
    fs::create_directories(places.proc / "self");
    const auto seen = look();
    ASSERT_EQ(seen.holders.size(), 2U);
    EXPECT_EQ(seen.holders[0].pid, 12);
    EXPECT_EQ(seen.holders[0].program, "a?[2Jb") << "it may call itself what it likes";
    EXPECT_EQ(seen.holders[1].pid, 4711);
    EXPECT_EQ(seen.holders[1].program, "cheese");
}

TEST_F(DeviceNodes, SaysWhatMayNotBeOpenedAndWhoseItIs) {
    connect();
    closed = {"007"};
    fs::permissions(places.dev / "bus/usb/001/007", fs::perms(0664));
    const auto seen = look();
    EXPECT_FALSE(seen.nodes[0].may_open);
    EXPECT_NE(seen.nodes[0].owner.find(" 0664"), std::string::npos) << seen.nodes[0].owner;
    EXPECT_NE(seen.nodes[0].owner.find(':'), std::string::npos);
}

TEST_F(DeviceNodes, SaysWhichNodeIsNotThere) {
    connect();
    fs::remove(places.dev / "video0");
    const auto seen = look();
    EXPECT_EQ(seen.nodes.at(1).owner, "");
    EXPECT_FALSE(seen.nodes.at(1).may_open);
}

TEST_F(DeviceNodes, NamesTheInterfaceThatNoDriverHasTaken) {
    connect();
    EXPECT_EQ(look().without_driver, std::vector<std::string>{"the video interface 1.0 (usually uvcvideo)"})
        << "one of a vendor's own class is its plugin's business";
    fs::create_directories(usb("1-2.3") / "1-2.3:1.0/driver");
    EXPECT_TRUE(look().without_driver.empty());
}

TEST_F(DeviceNodes, OfAnEmptyPortSaysThatNothingIsThere) {
    EXPECT_FALSE(look().connected);
    EXPECT_TRUE(look().nodes.empty());
}

TEST_F(DeviceNodes, IgnoresWhatAUeventMayNotName) {
    connect();
    for (const char* name : {"../../etc/shadow", "/etc/shadow", ""}) {
        write(usb("1-2.3") / "1-2.3:1.0/video4linux/video0/uevent", "DEVNAME=" + std::string(name) + "\n");
        EXPECT_EQ(look().nodes.size(), 1U) << name;
    }
}

TEST_F(DeviceNodes, LooksAtANodeThatIsNamed) {
    write(places.dev / "ttyS0", "");
    process(7, "minicom", {places.dev / "ttyS0"});
    const auto seen = look("/dev/ttyS0");
    EXPECT_TRUE(seen.connected);
    ASSERT_EQ(seen.holders.size(), 1U);
    EXPECT_EQ(seen.holders[0].program, "minicom");
    EXPECT_FALSE(look("/dev/ttyS1").connected);
}

TEST_F(DeviceNodes, KnowsNoOtherPlaces) {
    for (const char* physical :
         {"", "mock:cam-1", "usb:", "usb:..", "usb:1-2/..", "/dev/", "/dev/../etc/passwd", "pci:3"})
        EXPECT_FALSE(look_at_device(physical, places)) << physical;
}

TEST_F(DeviceNodes, StopsAtSoManyHolders) {
    connect();
    for (int pid = 100; pid < 140; ++pid)
        process(pid, "p", {places.dev / "video0"});
    EXPECT_EQ(look().holders.size(), 16U);
}

} // namespace
} // namespace rekam::io
