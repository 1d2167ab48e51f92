// SPDX-License-Identifier: Apache-2.0
// What a plugin may say beside frames: bounds before parsing, form, and that it belongs to what was asked.
#include "core/host/readings.h"

#include <gtest/gtest.h>

namespace rekam::host {
namespace {

using model::Code;

wire::HostRun run_of(model::Function function, std::string subject, std::vector<std::string> parts) {
    wire::HostRun run;
    run.function = function;
    run.subject = std::move(subject);
    run.parts = std::move(parts);
    return run;
}

const wire::HostRun signing = run_of(model::Function::signature, "signature", {"signature"});
const wire::HostRun looking = run_of(model::Function::iris, "eye.left", {"eye.left"});
const wire::HostRun reading = run_of(model::Function::mrz_reader, "document.front", {"document.front"});

constexpr const char* two_samples =
    R"({"width_um":96000,"height_um":60000,"t_us":[0,5],"x_um":[1,2],"y_um":[3,4],"pressure":[5,6],"gaps":[1],"losses":2})";
constexpr const char* one_eye =
    R"([{"position":"eye.left","centre":{"x_px":1,"y_px":2},"radius_px":3,"gaze":{"x_cdeg":1,"y_cdeg":2}}])";

TEST(ReadingsOf, EachFunctionAreTaken) {
    ReadingsMaker pen, eyes, lines;
    EXPECT_FALSE(pen.add("samples", two_samples));
    const auto samples = pen.finish(Request(signing));
    ASSERT_TRUE(samples && samples->samples);
    EXPECT_EQ(samples->samples->losses.value, 2);
    EXPECT_FALSE(eyes.add("eyes", one_eye));
    const auto eye = eyes.finish(Request(looking));
    ASSERT_TRUE(eye && eye->eyes);
    EXPECT_EQ(eye->eyes->items[0].gaze->y_cdeg.value, 2);
    EXPECT_FALSE(lines.add("lines", R"(["I<UTOD231458907<<<<<<<<<<<<<<<","7408122F1204159UTO<<<<<<<<<<<6",)"
                                    R"("ERIKSSON<<ANNA<MARIA<<<<<<<<<<"])"));
    const auto mrz = lines.finish(Request(reading));
    ASSERT_TRUE(mrz && mrz->mrz);
    EXPECT_TRUE(mrz->mrz->valid);
    EXPECT_TRUE(ReadingsMaker().finish(Request(signing))->empty());
}

TEST(ReadingsOf, TheSameKeyReplaceTheEarlierOnes) {
    ReadingsMaker maker;
    EXPECT_FALSE(maker.add("eyes", one_eye));
    EXPECT_FALSE(maker.add("eyes", R"([{"position":"eye.left","centre":{"x_px":1,"y_px":2},"radius_px":9}])"));
    EXPECT_EQ(maker.finish(Request(looking))->eyes->items[0].radius_px.value, 9);
}

TEST(ReadingsOf, TooManyBytesAreRefusedUnread) {
    ReadingsMaker maker;
    const std::string garbage(max_result_bytes + 1, '{');
    EXPECT_EQ(maker.add("samples", garbage)->code, Code::too_large);
    EXPECT_FALSE(maker.add("samples", two_samples)) << "it may say less then";
    EXPECT_EQ(maker.add("eyes", std::string(max_result_bytes - 10, ' '))->code, Code::too_large) << "together";
}

TEST(ReadingsOf, AnotherFormAreBad) {
    ReadingsMaker maker;
    const auto code = [&](const char* key, const std::string& json) {
        const auto error = maker.add(key, json);
        return error ? error->code : Code::internal;
    };
    EXPECT_EQ(code("samples", "{"), Code::bad_frame);
    EXPECT_EQ(code("samples", "[]"), Code::bad_frame);
    EXPECT_EQ(code("samples", R"({"width_um":96000})"), Code::bad_frame);
    EXPECT_EQ(code("lines", R"(["short","short"])"), Code::bad_frame);
    EXPECT_EQ(code("lines", R"(["i<utod231458907<<<<<<<<<<<<<<<","7408122F1204159UTO<<<<<<<<<<<6"])"), Code::bad_frame);
    EXPECT_EQ(code("eyes", "[]"), Code::bad_frame);
    EXPECT_EQ(code("smile", "1"), Code::bad_frame);
    std::string many = "[0";
    for (int i = 1; i <= 1'600; ++i)
        many += "," + std::to_string(i);
    const std::string zeros = "[" + std::string(many.size() / 4, '0') + "]";
    EXPECT_EQ(code("samples",
                   R"({"width_um":1,"height_um":1,"x_um":[0],"y_um":[0],"pressure":[0],"gaps":[],"losses":0,"t_us":)" +
                       many + "]}"),
              Code::bad_frame);
    EXPECT_EQ(code("samples", zeros), Code::bad_frame);
}

TEST(ReadingsOf, AnotherFunctionOrSubjectAreBad) {
    ReadingsMaker maker;
    ASSERT_FALSE(maker.add("samples", two_samples));
    EXPECT_EQ(maker.finish(Request(looking)).error().code, Code::bad_frame);
    ReadingsMaker other;
    ASSERT_FALSE(other.add("eyes", R"([{"position":"eye.right","centre":{"x_px":1,"y_px":2},"radius_px":3}])"));
    EXPECT_EQ(other.finish(Request(looking)).error().code, Code::bad_frame);
    ReadingsMaker lists;
    ASSERT_FALSE(lists.add(
        "samples",
        R"({"width_um":1,"height_um":1,"t_us":[0,0],"x_um":[0,1],"y_um":[0,1],"pressure":[0,1],"gaps":[],"losses":0})"));
    EXPECT_EQ(lists.finish(Request(signing)).error().code, Code::bad_frame);
}

} // namespace
} // namespace rekam::host
