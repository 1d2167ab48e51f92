// SPDX-License-Identifier: Apache-2.0
// The mock's own words: device lists, fault scripts, pictures; and what it delivers through the ABI.
#include "mocks/devices/camera/device.h"
#include "mocks/devices/camera/picture.h"
#include "tests/unit/plugin/fake_job.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace rekam::mock_camera {
namespace {

TEST(Spec, IsReadByWords) {
    const auto devices =
        parse_spec("id=cam-1,model=Alpha,width=640,height=480,frames=3;id=fp-1,function=fingerprint\n");
    ASSERT_EQ(devices.size(), 2u);
    EXPECT_EQ(devices[0].model, "Alpha");
    EXPECT_EQ(devices[0].width_px, 640u);
    EXPECT_EQ(devices[0].frames, 3u);
    EXPECT_EQ(devices[1].function, REKAM_FUNCTION_FINGERPRINT);
    EXPECT_EQ(devices[1].serial, "fp-1");
    EXPECT_EQ(parse_spec("").size(), 1u);
    EXPECT_TRUE(parse_spec("none").empty());
}

TEST(Spec, WithATypoIsRefused) {
    for (const char* text :
         {"id", "colour=red,id=a", "id=a,width=x", "model=b", "id=a,function=toaster", "id=a,width=3"})
        EXPECT_THROW(parse_spec(text), plugin::Error) << text;
}

TEST(Faults, AreReadByLines) {
    const auto faults = parse_faults("# comment\n\n* run delay 30\nonce cam-1 open crash 9\n");
    ASSERT_EQ(faults.size(), 2u);
    EXPECT_EQ(faults[0].argument, "30");
    EXPECT_FALSE(faults[0].once);
    EXPECT_EQ(faults[1].device, "cam-1");
    EXPECT_TRUE(faults[1].once);
    EXPECT_EQ(faults[1].line, 4u);
    EXPECT_THROW(parse_faults("* run sneeze"), plugin::Error);
    EXPECT_THROW(code_of("sneeze"), plugin::Error);
    EXPECT_EQ(code_of("feeder-empty"), static_cast<std::uint32_t>(REKAM_E_FEEDER_EMPTY));
}

TEST(Picture, IsTheSameForTheSameAndAnotherForAnother) {
    EXPECT_EQ(portrait(160, 120, 7, 1), portrait(160, 120, 7, 1));
    EXPECT_NE(portrait(160, 120, 7, 1), portrait(160, 120, 7, 2));
    EXPECT_NE(portrait(160, 120, 7, 1), portrait(160, 120, 8, 1));
    EXPECT_EQ(portrait(160, 120, 7, 1).size(), 160u * 120 * 3);
    EXPECT_EQ(fingertips(80, 50, 1, 4).size(), 80u * 50);
}

TEST(Picture, FingersDoNotOverlap) {
    for (std::uint32_t i = 0; i + 1 < 4; ++i) {
        const rekam_box_t left = finger_box(800, 500, 4, i), right = finger_box(800, 500, 4, i + 1);
        EXPECT_LE(left.x_px + left.width_px, right.x_px);
        EXPECT_LE(right.x_px + right.width_px, 800);
    }
}

class MockJob : public testing::Test {
  protected:
    MockJob() : folder_("rekam-mock-" + std::to_string(::getpid())) {
        folder_ = std::filesystem::temp_directory_path() / folder_;
        std::filesystem::create_directories(folder_);
        ::setenv("REKAM_MOCK_CAMERA_FAULTS", (folder_ / "faults").c_str(), 1);
        faults("");
    }
    ~MockJob() override {
        ::unsetenv("REKAM_MOCK_CAMERA_FAULTS");
        std::filesystem::remove_all(folder_);
    }
    void faults(const std::string& text) { std::ofstream(folder_ / "faults") << text << "\n"; }
    /// The code that a run ends with; 0 for a good end.
    std::uint32_t run(DeviceSpec spec) {
        MockDevice device(std::move(spec));
        plugin::Job wrapped(&job.table);
        try {
            device.run(wrapped);
            return REKAM_OK;
        } catch (const plugin::Error& error) {
            return error.code();
        }
    }
    static DeviceSpec camera() { return parse_spec("id=c,width=64,height=64")[0]; }

    std::filesystem::path folder_;
    test::FakeJob job;
};

TEST_F(MockJob, DeliversAFreshPicture) {
    job.request.accepted_mono_us = 5;
    EXPECT_EQ(run(camera()), REKAM_OK);
    ASSERT_EQ(job.frames.size(), 1u);
    EXPECT_EQ(job.frames[0].bytes.size(), 64u * 64 * 3);
    EXPECT_GE(job.frames[0].record.exposure_mono_us, 5u);
    EXPECT_EQ(job.frames[0].record.exposure_basis, static_cast<std::uint32_t>(REKAM_BASIS_DEVICE));
}

TEST_F(MockJob, ObeysItsScriptWhileItRuns) {
    job.request.accepted_mono_us = 10'000'000;
    faults("c run error jam");
    EXPECT_EQ(run(camera()), static_cast<std::uint32_t>(REKAM_E_JAM));
    faults("other run error jam");
    EXPECT_EQ(run(camera()), REKAM_OK);
    faults("* run stale");
    EXPECT_EQ(run(camera()), REKAM_OK);
    EXPECT_LT(job.frames.back().record.exposure_mono_us, job.request.accepted_mono_us);
    faults("* run truncated");
    EXPECT_EQ(run(camera()), REKAM_OK);
    EXPECT_EQ(job.frames.back().bytes.size(), 64u * 64 * 3 / 2);
    const std::size_t before = job.frames.size();
    faults("* run no-frames");
    EXPECT_EQ(run(camera()), REKAM_OK);
    EXPECT_EQ(job.frames.size(), before);
    faults("* run slow 40");
    EXPECT_EQ(run(camera()), REKAM_OK);
    EXPECT_FALSE(job.events.empty());
    job.is_cancelled = true;
    EXPECT_EQ(run(camera()), static_cast<std::uint32_t>(REKAM_E_CANCELLED));
}

TEST_F(MockJob, NamesTheFingersThatAreAskedFor) {
    job.request.subject = "slap.left";
    job.parts({"finger.left-index", "finger.left-ring"});
    EXPECT_EQ(run(parse_spec("id=f,function=fingerprint")[0]), REKAM_OK);
    ASSERT_EQ(job.frames[0].regions.size(), 2u);
    EXPECT_STREQ(job.frames[0].regions[1].subject, "finger.left-ring");
    faults("* run fingers 1");
    EXPECT_EQ(run(parse_spec("id=f,function=fingerprint")[0]), REKAM_OK);
    EXPECT_EQ(job.frames[1].regions.size(), 1u);
    job.integer("dpi", 750);
    EXPECT_EQ(run(parse_spec("id=f,function=fingerprint")[0]), static_cast<std::uint32_t>(REKAM_E_OUT_OF_RANGE));
}

} // namespace
} // namespace rekam::mock_camera
