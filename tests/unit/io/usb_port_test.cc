// SPDX-License-Identifier: Apache-2.0
// USB ports, in a sysfs and a /dev of files: which node is reset, which switch is written, and each way to fail. That a
// real device comes back is for a rig with one.
#include "core/io/usb_port.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

namespace rekam::io {
namespace {

namespace fs = std::filesystem;

class UsbPort : public ::testing::Test {
  protected:
    UsbPort() {
        std::string pattern = (fs::temp_directory_path() / "rekam-usb-XXXXXX").string();
        root = ::mkdtemp(pattern.data());
        places.sysfs = root / "sysfs";
        places.nodes = root / "dev";
        places.without_power = std::chrono::milliseconds(0);
        places.reset = [this](int descriptor) {
            target = fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor)).filename().string();
            return answer;
        };
        write("sysfs/1-2.3/busnum", "1\n");
        write("sysfs/1-2.3/devnum", "12\n");
        write("dev/001/012", "");
    }
    ~UsbPort() override { fs::remove_all(root); }

    void write(const std::string& name, const std::string& text) const {
        fs::create_directories((root / name).parent_path());
        std::ofstream(root / name) << text;
    }
    std::string read(const std::string& name) const {
        std::ostringstream text;
        text << std::ifstream(root / name).rdbuf();
        return text.str();
    }

    fs::path root;
    UsbPlaces places;
    std::string target; ///< the node that was reset
    int answer = 0;
};

TEST_F(UsbPort, IsResetAtItsNode) {
    EXPECT_EQ(reset_usb_port("usb:1-2.3", places), std::nullopt);
    EXPECT_EQ(target, "012");
}

TEST_F(UsbPort, SaysWhyItIsNotReset) {
    answer = ENODEV;
    EXPECT_NE(reset_usb_port("usb:1-2.3", places)->find("No such device"), std::string::npos);
    fs::remove(root / "dev/001/012");
    EXPECT_NE(reset_usb_port("usb:1-2.3", places)->find("001/012"), std::string::npos);
    EXPECT_NE(reset_usb_port("usb:1-9", places)->find("nothing is connected"), std::string::npos);
    target.clear();
    for (const char* wrong : {"usb:", "usb:../../etc", "usb:1", "pci:1-2", "", "usb:-1", "usb:1-2/../3"})
        EXPECT_NE(reset_usb_port(wrong, places)->find("names no USB port"), std::string::npos) << wrong;
    EXPECT_TRUE(target.empty()) << "nothing was reset";
}

TEST_F(UsbPort, LosesItsPowerAtTheSwitchOfItsHub) {
    write("sysfs/1-2:1.0/1-2-port3/disable", "0");
    EXPECT_EQ(power_cycle_usb_port("usb:1-2.3", places), std::nullopt);
    EXPECT_EQ(read("sysfs/1-2:1.0/1-2-port3/disable"), "0") << "on again";
    write("sysfs/4-0:1.0/usb4-port2/disable", "x");
    EXPECT_EQ(power_cycle_usb_port("usb:4-2", places), std::nullopt);
    EXPECT_EQ(read("sysfs/4-0:1.0/usb4-port2/disable"), "0") << "at the root hub";
}

TEST_F(UsbPort, SaysWhenItsHubCannotSwitchIt) {
    const auto failure = power_cycle_usb_port("usb:1-2.3", places);
    ASSERT_TRUE(failure);
    EXPECT_NE(failure->find("1-2-port3/disable is not there"), std::string::npos) << *failure;
    EXPECT_TRUE(power_cycle_usb_port("net:10.0.0.1", places));
}

TEST_F(UsbPort, OfARealKernelRefusesAFile) {
    UsbPlaces real = places;
    real.reset = UsbPlaces().reset;
    const auto failure = reset_usb_port("usb:1-2.3", real);
    ASSERT_TRUE(failure) << "a file is no device";
    EXPECT_NE(failure->find("Inappropriate ioctl"), std::string::npos) << *failure;
}

} // namespace
} // namespace rekam::io
