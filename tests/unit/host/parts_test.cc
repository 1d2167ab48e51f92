// SPDX-License-Identifier: Apache-2.0
// The small parts between the wire and the ABI: texts, codes, parameters, capabilities.
#include "core/host/capability_text.h"
#include "core/host/plugin_error.h"
#include "core/host/request.h"
#include "core/host/text.h"

#include <gmock/gmock.h>

namespace rekam::host {
namespace {

using model::Code;

TEST(Text, KeepsWhatIsCleanAndReplacesTheRest) {
    EXPECT_EQ(clean_text("Größe 5 µm ✓ 𝄞"), "Größe 5 µm ✓ 𝄞");
    EXPECT_EQ(clean_text("a\nb\x1b[31m\x7f"), "a?b?[31m?");
    EXPECT_EQ(clean_text("\xC2\x85"), "?") << "C1";
    EXPECT_EQ(clean_text("\xC0\xAF \xE0\x80\x80 \xED\xA0\x80 \xF4\x90\x80\x80 \xE2\x82"), "?? ??? ??? ???? ??");
}

TEST(Text, IsCutBetweenCharacters) {
    EXPECT_EQ(clean_text("ab✓", 4), "ab");
    EXPECT_EQ(clean_text("ab✓", 5), "ab✓");
}

TEST(Text, OfAnArrayWithoutEndStopsAtItsEnd) {
    const char full[3] = {'a', 'b', 'c'};
    EXPECT_EQ(clean_array(full), "abc");
    EXPECT_EQ(optional_text(""), std::nullopt);
}

// The ABI's list and the station's are one list.
TEST(Codes, AgreeWithTheModel) {
    std::size_t count = 0;
#define CHECK_CODE(id, number, word, class_, retry_, origin)                                                           \
    {                                                                                                                  \
        const auto code = code_of(number);                                                                             \
        ASSERT_TRUE(code) << (word);                                                                                   \
        EXPECT_EQ(model::name(*code), word);                                                                           \
        EXPECT_EQ(number_of(*code), static_cast<std::uint32_t>(number));                                               \
        EXPECT_EQ(static_cast<int>(model::facts(*code).cls) + 1, static_cast<int>(REKAM_CLASS_##class_)) << (word);    \
        EXPECT_EQ(static_cast<int>(model::facts(*code).retry) + 1, static_cast<int>(REKAM_RETRY_##retry_)) << (word);  \
        ++count;                                                                                                       \
    }
    REKAM_ERROR_LIST(CHECK_CODE)
#undef CHECK_CODE
    EXPECT_EQ(count, model::Names<Code>::values.size());
}

TEST(Codes, OfThePluginAreTranslated) {
    rekam_error_t error = empty_error();
    error.vendor_code = 12;
    error.message[0] = 'x';
    error.message[1] = '\n';
    wire::Failure failure = failure_of(REKAM_E_JAM, error);
    EXPECT_EQ(failure.code, Code::jam);
    EXPECT_EQ(failure.message, "x?");
    EXPECT_EQ(failure.vendor_code, 12);
    failure = failure_of(9999, empty_error());
    EXPECT_EQ(failure.code, Code::device_error);
    EXPECT_EQ(failure.vendor_code, 9999);
    EXPECT_FALSE(failure.message.empty());
    EXPECT_EQ(failure_of(REKAM_E_DENIED, empty_error()).code, Code::broken_promise);
}

wire::HostRun run_with(const std::string& params) {
    wire::HostRun run;
    run.function = model::Function::document;
    run.subject = "document.page";
    run.parts = {"document.page"};
    run.accepted_mono_us = 77;
    run.params.text = params;
    return run;
}

TEST(Request, FlattensAndTypesTheParameters) {
    const Request request(run_with(R"({"slot":"s","subject":"document.page","attach":true,"max_attempts":2,
        "formats":["image/png","image/x-rekam-raw"],"timeout_ms":500,"min_quality":40,"best_effort":true,
        "exceptions":[{"subject":"finger.left-ring","reason":"missing"}],
        "source":"feeder","dpi":300,"acme:sharpen":0.5,"acme:fast":false,"area":{"x_um":1,"y_um":2},"buttons":["a","b"]})"));
    ASSERT_FALSE(request.error());
    const rekam_request_t& record = *request.record();
    EXPECT_EQ(record.size, sizeof record);
    EXPECT_EQ(record.function, static_cast<std::uint32_t>(REKAM_FUNCTION_DOCUMENT));
    EXPECT_EQ(record.accepted_mono_us, 77u);
    EXPECT_STREQ(record.subject, "document.page");
    EXPECT_EQ(record.timeout_ms, 500u);
    EXPECT_EQ(record.min_quality, 40u);
    EXPECT_EQ(record.best_effort, 1u);
    ASSERT_EQ(record.format_count, 2u);
    EXPECT_STREQ(record.formats[1], "image/x-rekam-raw");
    ASSERT_EQ(record.exception_count, 1u);
    EXPECT_STREQ(record.exceptions[0].reason, "missing");
    std::vector<std::string> options;
    for (std::uint32_t i = 0; i < record.option_count; ++i)
        options.push_back(std::string(record.options[i].key) + "=" + record.options[i].text + "/" +
                          std::to_string(record.options[i].type));
    EXPECT_THAT(options, testing::UnorderedElementsAre("source=feeder/1", "dpi=300/2", "acme:sharpen=5E-1/3",
                                                       "acme:fast=false/4", "area.x_um=1/2", "area.y_um=2/2",
                                                       "buttons.0=a/1", "buttons.1=b/1"));
}

TEST(Request, ThatCannotBeReadSaysWhy) {
    EXPECT_TRUE(Request(run_with("{")).error());
    EXPECT_TRUE(Request(run_with("[]")).error());
    EXPECT_FALSE(Request(run_with("{}")).error());
    EXPECT_STREQ(Request().record()->subject, "");
}

TEST(Capabilities, GetTheFormatsThatTheHostMakes) {
    const auto read =
        read_capabilities(R"({"properties":{"formats":{"items":{"enum":["image/x-rekam-raw","image/png"]}}}})");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->text, R"({"properties":{"formats":{"items":{"enum":["image/x-rekam-raw","image/png",)"
                          R"("image/jpeg","image/jp2","image/x-portable-anymap"]}}}})");
    EXPECT_EQ(
        read_capabilities(R"({"properties":{"formats":{"items":{"enum":["application/x-rekam-samples"]}}}})")->text,
        R"({"properties":{"formats":{"items":{"enum":["application/x-rekam-samples","image/svg+xml","image/png",)"
        R"("image/jpeg","image/jp2","image/x-portable-anymap"]}}}})");
    EXPECT_EQ(read_capabilities(R"({"properties":{"formats":{"items":{"enum":["image/jpeg"]}}}})")->text,
              R"({"properties":{"formats":{"items":{"enum":["image/jpeg"]}}}})");
}

TEST(Capabilities, ThatAreNoneAreRefused) {
    for (const std::string& text :
         {std::string(""), std::string("{"), std::string("[]"), std::string(R"({"properties":1})"),
          std::string(R"({"properties":{}})") + std::string(41 * 1024, ' ')}) {
        const auto read = read_capabilities(text.c_str());
        ASSERT_FALSE(read) << text.substr(0, 20);
        EXPECT_EQ(read.error().code, Code::broken_promise);
    }
}

} // namespace
} // namespace rekam::host
