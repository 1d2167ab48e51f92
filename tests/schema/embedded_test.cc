// SPDX-License-Identifier: Apache-2.0
// What the gate serves is what lies in sdk/schema.
#include "sdk/schema/schemas.h"
#include "tests/unit/tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace rekam {
namespace {

std::filesystem::path folder() { return test::source_dir() / "sdk/schema"; }

TEST(EmbeddedSchemas, AreTheFilesWordForWord) {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
        if (entry.path().extension() != ".json")
            continue;
        ++files;
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        const auto* found = schema::find(entry.path().stem().string());
        ASSERT_NE(found, nullptr) << entry.path();
        EXPECT_EQ(found->text, text) << entry.path();
    }
    EXPECT_EQ(schema::all().size(), files);
    EXPECT_GT(files, 50U);
}

TEST(EmbeddedSchemas, AreSortedAndFoundByNameOnly) {
    EXPECT_TRUE(std::ranges::is_sorted(schema::all(), {}, &schema::Schema::name));
    EXPECT_EQ(schema::find("request.json"), nullptr);
    EXPECT_EQ(schema::find("no-such-schema"), nullptr);
    EXPECT_EQ(schema::find(""), nullptr);
}

} // namespace
} // namespace rekam
