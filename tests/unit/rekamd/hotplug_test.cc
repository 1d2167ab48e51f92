// SPDX-License-Identifier: Apache-2.0
// udev's monitor against umockdev, which is udev's other end without a kernel or hardware: an independent stack. Run
// with its preload library.
#include "core/rekamd/hotplug.h"

#include <gtest/gtest.h>
#include <umockdev.h>

#include <chrono>
#include <vector>

namespace rekam::rekamd {
namespace {

using namespace std::chrono_literals;

class Bus : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(umockdev_in_mock_environment()) << "run it with libumockdev-preload.so.0"; }
    ~Bus() override { g_object_unref(testbed_); }

    /// Its path in /sys.
    std::string plug(const char* subsystem, const char* name, const char* parent, const char* type,
                     const char* serial = nullptr) {
        gchar* path =
            serial ? umockdev_testbed_add_device(testbed_, subsystem, name, parent, nullptr, "DEVTYPE", type,
                                                 "ID_SERIAL_SHORT", serial, nullptr)
                   : umockdev_testbed_add_device(testbed_, subsystem, name, parent, nullptr, "DEVTYPE", type, nullptr);
        std::string copy(path);
        g_free(path);
        return copy;
    }
    void unplug(const std::string& path) { umockdev_testbed_uevent(testbed_, path.c_str(), "remove"); }

    /// Until there are so many events, under a generous limit.
    void wait_for(std::size_t count) {
        const auto until = std::chrono::steady_clock::now() + 30s;
        while (heard_.size() < count && std::chrono::steady_clock::now() < until)
            loop_.run_one_for(100ms);
        ASSERT_GE(heard_.size(), count);
    }

    UMockdevTestbed* testbed_ = umockdev_testbed_new();
    boost::asio::io_context loop_{1};
    std::vector<broker::BusChanged> heard_;
    Hotplug hotplug_{loop_, [this](broker::BusChanged news) { heard_.push_back(std::move(news)); }, "/"};
};

TEST_F(Bus, TellsWhatIsPluggedInAndOut) {
    ASSERT_TRUE(hotplug_.state().watching) << hotplug_.state().reason;
    const auto hub = plug("usb", "1-2", nullptr, "usb_device");
    const auto camera = plug("usb", "1-2.3", hub.c_str(), "usb_device", "SN-1");
    wait_for(2);
    EXPECT_FALSE(heard_[1].removed);
    EXPECT_EQ(heard_[1].subsystem, "usb");
    EXPECT_EQ(heard_[1].physical, "usb:1-2.3");
    EXPECT_EQ(heard_[1].serial, "SN-1");
    EXPECT_EQ(heard_[0].physical, "usb:1-2");
    EXPECT_EQ(heard_[0].serial, "");
    unplug(camera);
    wait_for(3);
    EXPECT_TRUE(heard_[2].removed);
    EXPECT_EQ(heard_[2].physical, "usb:1-2.3");
}

TEST_F(Bus, PassesOverWhatIsNoDeviceOfADesk) {
    const auto device = plug("usb", "1-1", nullptr, "usb_device");
    plug("usb", "1-1:1.0", device.c_str(), "usb_interface");
    plug("block", "sda", nullptr, "disk");
    umockdev_testbed_uevent(testbed_, device.c_str(), "change");
    plug("video4linux", "video0", device.c_str(), "");
    wait_for(2);
    loop_.poll();
    ASSERT_EQ(heard_.size(), 2U);
    EXPECT_EQ(heard_[0].subsystem, "usb");
    EXPECT_EQ(heard_[1].subsystem, "video4linux");
    EXPECT_EQ(heard_[1].physical, "") << "its USB device has a name of its own";
}

TEST(Hotplug, SaysWhyNobodyTells) {
    boost::asio::io_context loop;
    const Hotplug deaf(
        loop, [](const broker::BusChanged&) { FAIL(); }, "/nowhere/udev/control");
    EXPECT_FALSE(deaf.state().watching);
    EXPECT_EQ(deaf.state().reason, "udev does not run here");
}

TEST(Hotplug, NamesPorts) {
    EXPECT_EQ(physical_of("/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.3/1-2.3:1.0/video4linux/video0"), "usb:1-2.3");
    EXPECT_EQ(physical_of("/devices/pci0000:00/usb2/2-1"), "usb:2-1");
    EXPECT_EQ(physical_of("/devices/pci0000:00/0000:00:14.0"), "");
    EXPECT_EQ(physical_of(""), "");
    EXPECT_EQ(physical_of("/devices/platform/i2c-1/1-"), "");
}

} // namespace
} // namespace rekam::rekamd
