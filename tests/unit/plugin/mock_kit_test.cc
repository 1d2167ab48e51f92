// SPDX-License-Identifier: Apache-2.0
// The words of the testers' kit: device lists, fault scripts, pictures; and a mock camera under its script.
#include "mocks/devices/camera/device.h"
#include "mocks/devices/kit/portrait.h"
#include "tests/unit/plugin/mock_harness.h"

namespace rekam::mock {
namespace {

TEST(Spec, IsReadByWords) {
    const auto devices =
        parse_spec(Camera::kind(), "id=cam-1,model=Alpha,width=640,height=480,frames=3;id=cam-2,seed=9\n");
    ASSERT_EQ(devices.size(), 2u);
    EXPECT_EQ(devices[0].model, "Alpha");
    EXPECT_EQ(devices[0].number("width"), 640u);
    EXPECT_EQ(devices[0].number("frames"), 3u);
    EXPECT_EQ(devices[0].functions, static_cast<std::uint32_t>(REKAM_FUNCTION_CAMERA));
    EXPECT_EQ(devices[1].serial, "cam-2");
    EXPECT_EQ(devices[1].seed, 9u);
    EXPECT_EQ(parse_spec(Camera::kind(), "").size(), 1u);
    EXPECT_TRUE(parse_spec(Camera::kind(), "none").empty());
    EXPECT_EQ(Camera::kind().variable(), "REKAM_MOCK_CAMERA");
}

TEST(Spec, WithATypoIsRefused) {
    for (const char* text :
         {"id", "colour=red,id=a", "id=a,width=x", "model=b", "id=a,function=toaster", "id=a,width=3"})
        EXPECT_THROW(parse_spec(Camera::kind(), text), plugin::Error) << text;
}

TEST(Portrait, IsTheSameForTheSameAndAnotherForAnother) {
    EXPECT_EQ(portrait(160, 120, 7, 1).bytes(), portrait(160, 120, 7, 1).bytes());
    EXPECT_NE(portrait(160, 120, 7, 1).bytes(), portrait(160, 120, 7, 2).bytes());
    EXPECT_NE(portrait(160, 120, 7, 1).bytes(), portrait(160, 120, 8, 1).bytes());
    const FaceBox box = face_box(160, 120, 7, 1);
    EXPECT_GE(box.x_px, 0);
    EXPECT_LE(box.y_px + box.height_px, 120);
}

TEST(Visitor, IsReadAtEachExposureAndStandsInThePicture) {
    const auto file = std::filesystem::temp_directory_path() / ("visitor-" + std::to_string(::getpid()));
    test::OpenMock camera("camera", "id=c,width=320,height=240,visitor=" + file.string(), "c");
    test::FakeJob job;
    test::ask(job, REKAM_FUNCTION_CAMERA, "face", {"face"});
    EXPECT_EQ(camera.run(job), std::uint32_t{REKAM_E_NOT_READY}) << "nobody knows who sits there";
    for (const std::uint32_t number : {7u, 305'419'896u}) {
        std::ofstream(file) << number << "\n";
        ASSERT_EQ(camera.run(job), std::uint32_t{REKAM_OK});
        std::uint64_t bits = 0;
        for (std::size_t square = 0; square < 48; ++square)
            bits = bits << 1 | (job.frames.back().bytes[(square * 6 + 3) * 3] == 0 ? 1u : 0u);
        EXPECT_EQ(bits >> 40, 0xB2u);
        EXPECT_EQ(bits >> 8 & 0xFFFFFFFFu, number);
    }
    std::filesystem::remove(file);
}

TEST(Picture, TurnsAndBlurs) {
    Picture picture(3, 2, 1);
    for (std::uint32_t i = 0; i < 6; ++i)
        picture.set(i % 3, i / 3, double(i));
    const Picture turned = picture.turned_left();
    EXPECT_EQ(turned.width(), 2u);
    EXPECT_EQ(turned.bytes(), (std::vector<std::uint8_t>{2, 5, 1, 4, 0, 3})) << "the right side is on top";
    Picture edge(20, 1, 1, 0);
    edge.fill(10, 0, 10, 1, {255, 255, 255});
    edge.blur(2);
    EXPECT_GT(*edge.at(9, 0), 60);
    EXPECT_LT(*edge.at(9, 0), 200);
    EXPECT_EQ(*edge.at(0, 0), 0);
}

class CameraUnderScript : public testing::Test {
  protected:
    test::OpenMock camera{"camera", "id=c,width=64,height=64", "c"};
    test::FakeJob job;
    CameraUnderScript() {
        test::ask(job, REKAM_FUNCTION_CAMERA, "face", {"face"});
        job.request.accepted_mono_us = 10'000'000;
    }
};

TEST_F(CameraUnderScript, LiesAsItIsTold) {
    camera.faults(R"(fault="stale")");
    EXPECT_EQ(camera.run(job), REKAM_OK);
    EXPECT_LT(job.frames.back().record.exposure_mono_us, job.request.accepted_mono_us);
    camera.faults(R"(fault="truncated")");
    EXPECT_EQ(camera.run(job), REKAM_OK);
    EXPECT_EQ(job.frames.back().bytes.size(), 64u * 64 * 3 / 2);
    const std::size_t before = job.frames.size();
    camera.faults(R"(fault="no-frames")");
    EXPECT_EQ(camera.run(job), REKAM_OK);
    EXPECT_EQ(job.frames.size(), before);
    camera.faults(R"(fault="slow", ms=40)");
    EXPECT_EQ(camera.run(job), REKAM_OK);
    EXPECT_FALSE(job.events.empty());
    camera.faults(R"(fault="fail-after", code="jam")");
    EXPECT_EQ(camera.run(job), static_cast<std::uint32_t>(REKAM_E_JAM));
    camera.faults(R"(fault="quality", score=40)");
    EXPECT_EQ(camera.run(job), REKAM_OK);
    EXPECT_STREQ(job.frames.back().record.quality.reasons, "blurred");
}

TEST_F(CameraUnderScript, IsUsedUpOnceOverAllProcesses) {
    camera.faults(R"(fault="error", code="jam", times=1)");
    EXPECT_EQ(camera.run(job), static_cast<std::uint32_t>(REKAM_E_JAM));
    EXPECT_EQ(camera.run(job), REKAM_OK);
}

} // namespace
} // namespace rekam::mock
