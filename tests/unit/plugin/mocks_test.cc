// SPDX-License-Identifier: Apache-2.0
// Every mock through the public ABI: what all of them promise, and what each of them delivers.
#include "core/host/capability_text.h"
#include "core/host/readings.h"
#include "tests/unit/plugin/mock_harness.h"

#include <rekam/ext/preview.h>
#include <rekam/ext/status.h>

namespace rekam::test {
namespace {

struct Mock {
    const char *name, *id;
    std::uint32_t function;
    const char* subject;
    std::vector<const char*> parts;
    std::size_t frames;
    std::string devices() const { return std::string("id=") + id; }
};

const std::vector<Mock> mocks{
    {"camera", "cam-1", REKAM_FUNCTION_CAMERA, "face", {"face"}, 1},
    {"studio-camera", "studio-1", REKAM_FUNCTION_CAMERA, "face", {"face"}, 1},
    {"fingerprint", "fp-1", REKAM_FUNCTION_FINGERPRINT, "finger.left-thumb", {"finger.left-thumb"}, 1},
    {"iris", "iris-1", REKAM_FUNCTION_IRIS, "eye.both", {"eye.left", "eye.right"}, 2},
    {"signature-pad", "pad-1", REKAM_FUNCTION_SIGNATURE, "signature", {"signature"}, 0},
    {"document", "doc-1", REKAM_FUNCTION_DOCUMENT, "document.front", {"document.front"}, 1},
    {"document", "doc-1", REKAM_FUNCTION_MRZ_READER, "document.front", {"document.front"}, 0},
    {"mrz-reader", "mrz-1", REKAM_FUNCTION_MRZ_READER, "document.front", {"document.front"}, 0},
};

class EveryMock : public testing::TestWithParam<Mock> {
  protected:
    const Mock& mock = GetParam();
    void ask(FakeJob& job) const { test::ask(job, mock.function, mock.subject, mock.parts); }
};

std::string name_of(const testing::TestParamInfo<Mock>& info) {
    std::string name =
        std::string(info.param.name) + "_" + rekam_function_word(static_cast<rekam_function>(info.param.function));
    std::erase(name, '-');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Mocks, EveryMock, testing::ValuesIn(mocks), name_of);

TEST_P(EveryMock, SaysWhatItIs) {
    OpenMock open(mock.name, mock.devices(), mock.id);
    EXPECT_EQ(open.manifest->functions, open.info.functions);
    EXPECT_NE(open.info.functions & mock.function, 0u);
    EXPECT_STREQ(open.info.id, mock.id);
    std::uint32_t revision = 0;
    const char* text = open.device->capabilities(open.device, mock.function, &revision);
    ASSERT_NE(text, nullptr);
    EXPECT_TRUE(host::read_capabilities(text)) << text;
    EXPECT_EQ(open.device->capabilities(open.device, REKAM_FUNCTION_CARD_PRINTER, &revision), nullptr);
}

TEST_P(EveryMock, DeliversFreshAndWhole) {
    OpenMock open(mock.name, mock.devices(), mock.id);
    FakeJob job;
    ask(job);
    ASSERT_EQ(open.run(job), REKAM_OK) << open.error.message;
    ASSERT_EQ(job.frames.size(), mock.frames);
    EXPECT_EQ(job.results.empty(), mock.frames == 1) << "a result or one frame, an iris both";
    for (const auto& frame : job.frames) {
        EXPECT_EQ(frame.bytes.size(),
                  std::size_t{frame.record.width_px} * frame.record.height_px * frame.record.channels);
        EXPECT_GE(frame.record.exposure_mono_us, job.request.accepted_mono_us);
        EXPECT_EQ(frame.record.exposure_basis, static_cast<std::uint32_t>(REKAM_BASIS_DEVICE));
    }
    EXPECT_TRUE(job.open.empty());
}

TEST_P(EveryMock, GivesTheSameForTheSameSeedAndElseAnother) {
    const auto shot = [&](const char* seed, int captures) {
        OpenMock open(mock.name, mock.devices() + ",seed=" + seed, mock.id);
        FakeJob job;
        ask(job);
        for (int i = 0; i < captures; ++i)
            EXPECT_EQ(open.run(job), REKAM_OK);
        std::string all;
        for (const auto& frame : job.frames)
            all = frame.bytes; // the last
        for (const auto& [key, json] : job.results)
            all += json;
        return all;
    };
    EXPECT_EQ(shot("7", 1), shot("7", 1));
    EXPECT_NE(shot("7", 1), shot("8", 1));
    if (mock.function != REKAM_FUNCTION_MRZ_READER) {
        EXPECT_NE(shot("7", 1), shot("7", 2)) << "nobody holds still";
    }
}

TEST_P(EveryMock, ObeysItsScript) {
    OpenMock open(mock.name, mock.devices(), mock.id);
    FakeJob job;
    ask(job);
    open.faults("fault=\"error\", code=\"jam\", device=\"" + std::string(mock.id) + "\"");
    EXPECT_EQ(open.run(job), static_cast<std::uint32_t>(REKAM_E_JAM));
    open.faults(R"(fault="error", code="jam", device="other")");
    EXPECT_EQ(open.run(job), REKAM_OK);
    job.is_cancelled = true;
    EXPECT_EQ(open.run(job), static_cast<std::uint32_t>(REKAM_E_CANCELLED));
    job.is_cancelled = false;
    EXPECT_EQ(open.run(job), REKAM_OK) << "a cancel does not stick";
    open.faults(R"(fault="sneeze")");
    EXPECT_EQ(open.run(job), static_cast<std::uint32_t>(REKAM_E_NOT_READY)) << "a fault that there is not";
}

TEST_P(EveryMock, RefusesWhatItLacksByName) {
    OpenMock open(mock.name, mock.devices(), mock.id);
    FakeJob job;
    ask(job);
    job.integer("acme:sharpen", 3);
    EXPECT_EQ(open.run(job), static_cast<std::uint32_t>(REKAM_E_UNSUPPORTED_PARAMETER));
    EXPECT_STREQ(open.error.parameter, "acme:sharpen");
}

/// What the host makes of the results of a job.
wire::Readings readings_of(const FakeJob& job, model::Function function) {
    host::ReadingsMaker maker;
    for (const auto& [key, json] : job.results) {
        const auto wrong = maker.add(key, json);
        EXPECT_FALSE(wrong) << wrong->message;
    }
    wire::HostRun run;
    run.function = function;
    run.subject = job.request.subject;
    for (const char* part : job.part_words)
        run.parts.emplace_back(part);
    auto readings = maker.finish(host::Request(run));
    EXPECT_TRUE(readings) << readings.error().message;
    return readings ? *readings : wire::Readings{};
}

TEST(FingerprintMock, TakesASlapApartInTrueSize) {
    OpenMock open("fingerprint", "id=f", "f");
    for (const std::int64_t dpi : {500, 1000}) {
        FakeJob job;
        ask(job, REKAM_FUNCTION_FINGERPRINT, "slap.left",
            {"finger.left-index", "finger.left-middle", "finger.left-ring", "finger.left-little"});
        job.integer("dpi", dpi);
        ASSERT_EQ(open.run(job), REKAM_OK);
        const auto& frame = job.frames.at(0);
        EXPECT_EQ(frame.record.dpi_x, dpi);
        EXPECT_EQ(frame.record.width_px, 1600u * dpi / 500) << "3.2 inches";
        ASSERT_EQ(frame.regions.size(), 4u);
        EXPECT_STREQ(frame.regions[0].subject, "finger.left-little") << "from left to right";
        for (std::size_t i = 0; i < 4; ++i) {
            const rekam_box_t& box = frame.regions[i].box;
            EXPECT_GE(box.x_px, 0);
            EXPECT_GE(box.y_px, 0);
            EXPECT_LE(static_cast<std::uint32_t>(box.x_px + box.width_px), frame.record.width_px);
            EXPECT_LE(static_cast<std::uint32_t>(box.y_px + box.height_px), frame.record.height_px);
            if (i > 0) {
                EXPECT_GE(box.x_px, frame.regions[i - 1].box.x_px + frame.regions[i - 1].box.width_px)
                    << "no two overlap";
            }
            const auto dark = static_cast<unsigned char>(*std::min_element(
                frame.bytes.begin() +
                    (box.y_px + box.height_px / 2) * static_cast<std::int64_t>(frame.record.width_px) + box.x_px,
                frame.bytes.begin() +
                    (box.y_px + box.height_px / 2) * static_cast<std::int64_t>(frame.record.width_px) + box.x_px +
                    box.width_px,
                [](char a, char b) { return static_cast<unsigned char>(a) < static_cast<unsigned char>(b); }));
            EXPECT_LT(dark, 120) << "ridges in the box";
            EXPECT_GT(frame.regions[i].quality.score, 60u);
        }
    }
}

TEST(FingerprintMock, CountsFingersAsTheScriptSays) {
    OpenMock open("fingerprint", "id=f", "f");
    for (const unsigned count : {1u, 3u}) {
        FakeJob job;
        ask(job, REKAM_FUNCTION_FINGERPRINT, "slap.thumbs", {"finger.left-thumb", "finger.right-thumb"});
        open.faults("fault=\"fingers\", count=" + std::to_string(count));
        ASSERT_EQ(open.run(job), REKAM_OK);
        EXPECT_EQ(job.frames[0].regions.size(), count);
    }
    FakeJob bad;
    ask(bad, REKAM_FUNCTION_FINGERPRINT, "finger.left-thumb", {"finger.left-thumb"});
    open.faults(R"(fault="quality", score=30)");
    ASSERT_EQ(open.run(bad), REKAM_OK);
    EXPECT_EQ(bad.frames[0].record.quality.score, 30u);
    EXPECT_STREQ(bad.frames[0].record.quality.reasons, "dry");
    FakeJob odd;
    ask(odd, REKAM_FUNCTION_FINGERPRINT, "finger.left-thumb", {"finger.left-thumb"});
    odd.integer("dpi", 750);
    EXPECT_EQ(open.run(odd), static_cast<std::uint32_t>(REKAM_E_OUT_OF_RANGE));
}

TEST(FingerprintMock, RollsFromNailToNail) {
    OpenMock open("fingerprint", "id=f", "f");
    FakeJob job;
    ask(job, REKAM_FUNCTION_FINGERPRINT, "finger.right-index", {"finger.right-index"});
    job.text("impression", "rolled");
    ASSERT_EQ(open.run(job), REKAM_OK);
    EXPECT_EQ(job.frames[0].record.width_px, 800u);
    EXPECT_GT(job.frames[0].regions.at(0).box.width_px, 400);
}

TEST(IrisMock, SaysWhereEachEyeIs) {
    OpenMock open("iris", "id=i", "i");
    FakeJob job;
    ask(job, REKAM_FUNCTION_IRIS, "eye.both", {"eye.left", "eye.right"});
    ASSERT_EQ(open.run(job), REKAM_OK);
    const auto readings = readings_of(job, model::Function::iris);
    ASSERT_TRUE(readings.eyes && readings.eyes->items.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& eye = readings.eyes->items[i];
        const auto& frame = job.frames[i];
        EXPECT_EQ(frame.record.subject, eye.position.value);
        EXPECT_EQ(frame.record.width_px, 640u);
        EXPECT_EQ(frame.record.height_px, 480u);
        // Black in the pupil, brighter in the iris, brightest in the white beside it.
        const auto gray = [&](std::int64_t x, std::int64_t y) {
            return static_cast<unsigned char>(frame.bytes[static_cast<std::size_t>(y * 640 + x)]);
        };
        const std::int64_t x = eye.centre.x_px, y = eye.centre.y_px + 12;
        EXPECT_LT(gray(x, y), 60);
        EXPECT_GT(gray(x + (eye.radius_px + eye.pupil_radius_px->value) / 2, y), 60);
        EXPECT_GT(gray(x + eye.radius_px + 15, y), 120);
    }
}

TEST(SignatureMock, WritesOnItsPad) {
    OpenMock open("signature-pad", "id=p", "p");
    FakeJob job;
    ask(job, REKAM_FUNCTION_SIGNATURE, "signature", {"signature"});
    job.text("buttons.0", "accept");
    ASSERT_EQ(open.run(job), REKAM_OK);
    const auto samples = readings_of(job, model::Function::signature).samples;
    ASSERT_TRUE(samples);
    EXPECT_EQ(samples->width_um.value, 96'000);
    EXPECT_GT(samples->t_us.items.size(), 200u);
    EXPECT_FALSE(samples->gaps.items.empty());
    std::int64_t hardest = 0;
    for (std::size_t i = 0; i < samples->t_us.items.size(); ++i) {
        EXPECT_GT(samples->x_um.items[i].value, 0);
        EXPECT_LT(samples->x_um.items[i].value, 96'000);
        EXPECT_GT(samples->y_um.items[i].value, 0);
        EXPECT_LT(samples->y_um.items[i].value, 60'000);
        hardest = std::max(hardest, samples->pressure.items[i].value);
    }
    EXPECT_GT(hardest, 30'000);
    EXPECT_STREQ(job.events.back().guidance, "button-accept");
}

TEST(ZoneMocks, HaveRightCheckDigitsAndAgreeAboutThePerson) {
    const auto zone = [](const char* name, const std::string& devices) {
        OpenMock open(name, devices, "z");
        FakeJob job;
        ask(job, REKAM_FUNCTION_MRZ_READER, "document.front", {"document.front"});
        EXPECT_EQ(open.run(job), REKAM_OK);
        return *readings_of(job, model::Function::mrz_reader).mrz;
    };
    for (int seed = 0; seed < 60; ++seed) {
        const std::string device = "id=z,seed=" + std::to_string(seed);
        const auto passport = zone("mrz-reader", device), card = zone("mrz-reader", device + ",document=card");
        EXPECT_TRUE(passport.valid) << passport.lines.items[1].value;
        EXPECT_TRUE(card.valid) << card.lines.items[0].value;
        EXPECT_EQ(passport.kind, wire::MrzKind::td3);
        EXPECT_EQ(card.kind, wire::MrzKind::td1);
        EXPECT_EQ(passport.fields.surname, card.fields.surname);
        EXPECT_EQ(zone("document", device).fields.number, passport.fields.number);
    }
}

TEST(ZoneMocks, AreCaughtWhenTheyMisread) {
    OpenMock open("mrz-reader", "id=z", "z");
    FakeJob job;
    ask(job, REKAM_FUNCTION_MRZ_READER, "document.front", {"document.front"});
    open.faults(R"(fault="misread")");
    ASSERT_EQ(open.run(job), REKAM_OK);
    const auto mrz = readings_of(job, model::Function::mrz_reader).mrz;
    ASSERT_TRUE(mrz);
    EXPECT_FALSE(mrz->valid);
    EXPECT_FALSE(mrz->checks.items[0].ok);
}

TEST(DocumentMock, IsInTrueSize) {
    for (const auto& [devices, width, height] :
         {std::tuple{"id=d", 125.0, 88.0}, std::tuple{"id=d,document=card", 85.6, 54.0}}) {
        OpenMock open("document", devices, "d");
        FakeJob job;
        ask(job, REKAM_FUNCTION_DOCUMENT, "document.back", {"document.back"});
        job.integer("dpi", 200);
        job.text("mode", "gray");
        ASSERT_EQ(open.run(job), REKAM_OK);
        const auto& record = job.frames.at(0).record;
        EXPECT_NEAR(record.width_px / 200.0 * 25.4, width, 0.1);
        EXPECT_NEAR(record.height_px / 200.0 * 25.4, height, 0.1);
        EXPECT_EQ(record.channels, 1u);
        EXPECT_EQ(record.side, static_cast<std::uint32_t>(REKAM_SIDE_BACK));
    }
}

TEST(CameraMock, ShowsAPreviewAtItsPaceAndCapturesInBetween) {
    OpenMock open("camera", "id=c,width=64,height=64", "c");
    const auto* preview = static_cast<const rekam_preview_t*>(open.device->extension(open.device, REKAM_EXT_PREVIEW));
    ASSERT_NE(preview, nullptr);
    FakeJob job;
    ask(job, REKAM_FUNCTION_CAMERA, "face", {"face"});
    std::uint64_t most = 0;
    ASSERT_EQ(preview->start(open.device, &job.request, &most, &open.error), REKAM_OK);
    std::vector<std::uint8_t> memory(most);
    rekam_preview_buffer_t buffer{};
    buffer.size = sizeof buffer;
    buffer.data = memory.data();
    buffer.capacity = memory.size();
    ASSERT_EQ(preview->next(open.device, 1'000, &buffer, &open.error), REKAM_OK);
    EXPECT_EQ(buffer.bytes, most);
    EXPECT_EQ(buffer.bytes, std::size_t{buffer.width_px} * buffer.height_px * buffer.channels);
    EXPECT_STREQ(buffer.guidance, "closer");
    const std::vector<std::uint8_t> first = memory;
    const std::uint32_t at_once = preview->next(open.device, 0, &buffer, &open.error);
    EXPECT_TRUE(at_once == REKAM_E_TIMEOUT || at_once == REKAM_OK) << "no picture yet is no failure";
    EXPECT_EQ(open.run(job), REKAM_OK) << "a capture goes between two steps";
    ASSERT_EQ(preview->next(open.device, 1'000, &buffer, &open.error), REKAM_OK);
    EXPECT_NE(memory, first);
    buffer.capacity = 10;
    EXPECT_EQ(preview->next(open.device, 1'000, &buffer, &open.error), static_cast<std::uint32_t>(REKAM_E_TOO_LARGE));
    preview->stop(open.device);
    preview->stop(open.device);
}

TEST(StudioCameraMock, LiesOnItsSideAndTheBoxWithIt) {
    OpenMock open("studio-camera", "id=s", "s");
    FakeJob job;
    ask(job, REKAM_FUNCTION_CAMERA, "face", {"face"});
    ASSERT_EQ(open.run(job), REKAM_OK);
    const auto& record = job.frames.at(0).record;
    EXPECT_EQ(record.orientation, 6u);
    EXPECT_EQ(record.width_px, 1600u);
    EXPECT_EQ(record.height_px, 1200u);
    EXPECT_GT(record.box.width_px, record.box.height_px) << "faces are taller than wide";
    EXPECT_LE(record.box.x_px + record.box.width_px, 1600);
    job.text("exposure", "auto");
    EXPECT_EQ(open.run(job), REKAM_OK);
    job.integer("zoom", 900);
    EXPECT_EQ(open.run(job), static_cast<std::uint32_t>(REKAM_E_OUT_OF_RANGE));
}

TEST(DocumentCamera, CountsTheHoursOfItsLamp) {
    OpenMock open("document", "id=doc-1,lamp_hours=19600", "doc-1");
    const auto* status = static_cast<const rekam_status_t*>(open.device->extension(open.device, REKAM_EXT_STATUS));
    ASSERT_NE(status, nullptr);
    rekam_consumable_t lamp{};
    ASSERT_EQ(status->consumables(open.device, &lamp, 1), 1u);
    EXPECT_STREQ(lamp.name, "lamp");
    EXPECT_EQ(lamp.left, 400);
    EXPECT_LE(lamp.left, lamp.low_at) << "it is time to replace it";
    EXPECT_STREQ(lamp.hint, "replace-lamp");
    OpenMock camera("camera", "id=cam-1", "cam-1");
    EXPECT_EQ(camera.device->extension(camera.device, REKAM_EXT_STATUS), nullptr) << "it uses nothing up";
}

} // namespace
} // namespace rekam::test
