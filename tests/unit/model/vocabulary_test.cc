// SPDX-License-Identifier: Apache-2.0
#include "core/model/error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace rekam::model {
namespace {

TEST(Vocabulary, HasEveryErrorOnceWithItsFacts) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < Names<Code>::values.size(); ++i) {
        const auto code = static_cast<Code>(i);
        EXPECT_TRUE(names.insert(name(code)).second) << name(code);
        EXPECT_EQ(parse<Code>(name(code)), code);
        const auto error = make_error(code, "what to do");
        EXPECT_EQ(error.code, code);
        EXPECT_EQ(error.class_, facts(code).cls);
        EXPECT_TRUE(error.class_ != Class::technician || error.hint)
            << name(code) << ": somebody must be told what to do";
    }
    EXPECT_EQ(facts(Code::bad_request).cls, Class::caller);
    EXPECT_EQ(facts(Code::result_expired).cls, Class::caller);
    EXPECT_EQ(facts(Code::timeout).cls, Class::operator_);
    EXPECT_EQ(facts(Code::held).cls, Class::operator_);
    EXPECT_EQ(facts(Code::device_gone).cls, Class::technician);
    EXPECT_EQ(facts(Code::not_ready).cls, Class::technician);
    EXPECT_EQ(facts(Code::device_error).cls, Class::vendor);
    EXPECT_EQ(facts(Code::bad_frame).cls, Class::vendor);
    EXPECT_EQ(facts(Code::busy).cls, Class::system);
    EXPECT_EQ(facts(Code::internal).cls, Class::system);
}

TEST(Vocabulary, SplitsSubjectsIntoTheirParts) {
    EXPECT_EQ(subject_parts("slap.left").size(), 4U);
    EXPECT_EQ(subject_parts("slap.right").size(), 4U);
    EXPECT_EQ(subject_parts("slap.thumbs").size(), 2U);
    EXPECT_EQ(subject_parts("eye.both").size(), 2U);
    EXPECT_TRUE(subject_parts("nose").empty());
    for (const auto subject : subjects()) {
        EXPECT_TRUE(is_subject(subject));
        for (const auto part : subject_parts(subject)) {
            EXPECT_TRUE(is_subject(part)) << part;
            EXPECT_EQ(subject_parts(part).size(), 1U) << part;
        }
    }
}

TEST(Vocabulary, KnowsWhichFunctionCapturesWhat) {
    for (const auto subject : subjects()) {
        bool somebody = false;
        for (std::size_t i = 0; i < Names<Function>::values.size(); ++i)
            somebody |= subject_fits(static_cast<Function>(i), subject);
        EXPECT_TRUE(somebody) << subject;
    }
    EXPECT_FALSE(subject_fits(Function::camera, "slap.left"));
    EXPECT_FALSE(subject_fits(Function::fingerprint, "face"));
}

TEST(Vocabulary, KnowsGuidanceFromFreeText) {
    EXPECT_TRUE(is_guidance("closer"));
    EXPECT_TRUE(is_guidance("button-retry"));
    EXPECT_FALSE(is_guidance("Please come closer, Mr Budi"));
}

} // namespace
} // namespace rekam::model
