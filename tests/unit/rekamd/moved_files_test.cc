// SPDX-License-Identifier: Apache-2.0
// The files of older entries, as journal.verify looks at them.
#include "core/rekamd/moved_files.h"

#include "tests/unit/rekamd/store_fixture.h"

namespace rekam::rekamd {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
namespace fs = std::filesystem;

HeadSigner signer() { return {SigningKey(std::string(32, 'k')), "S-1", 4}; }

struct MovedFilesTest : StoreFileTest {
    /// Entries 1 to 36 in seven files, 37 to 138 in the store.
    MovedFilesTest() {
        StoreFile file(files.path());
        file.sign_with(signer());
        file.keep_journal({.rows = 100, .file_bytes = 1 << 30});
        for (int i = 0; i < 26; ++i)
            file.append({}, std::vector<broker::Entry>(5, {R"({"kind":"case.open"})", ""}));
        while (file.move_out()) {
        }
    }
    [[nodiscard]] fs::path moved(const std::string& name) const { return files.path() / "journal" / name; }
    wire::JournalVerifyResult check() {
        JournalReader reader(path);
        wire::JournalVerifyResult result;
        result.whole = true;
        result.first = 37;
        EXPECT_TRUE(check_files(reader, files.path() / "journal", result, [] { return true; }));
        return result;
    }
    static std::string flaw_of(const wire::JournalVerifyResult& result, const std::string& name) {
        for (const auto& file : result.files)
            if (file.file == name)
                return file.flaw.value_or("none");
        return "not named";
    }
};

TEST_F(MovedFilesTest, are_named_and_read) {
    const auto result = check();
    EXPECT_TRUE(result.whole);
    EXPECT_FALSE(result.flaw);
    ASSERT_THAT(result.files, SizeIs(7));
    EXPECT_EQ(result.files_count, 7);
    EXPECT_EQ(result.files[0].file, "1-6.jsonl");
    EXPECT_EQ(result.files[6].last, 36);
}

TEST_F(MovedFilesTest, one_that_is_not_there_is_said) {
    fs::remove(moved("7-11.jsonl"));
    const auto result = check();
    EXPECT_FALSE(result.whole);
    EXPECT_EQ(result.flaw.value().seq, 7);
    EXPECT_THAT(result.flaw->what, HasSubstr("to 11 were moved to 7-11.jsonl, which is not there"));
    EXPECT_EQ(flaw_of(result, "7-11.jsonl"), "is not there");
    EXPECT_EQ(flaw_of(result, "12-16.jsonl"), "none") << "it still follows what was in the other";
}

TEST_F(MovedFilesTest, one_whose_record_was_taken_away_with_it_is_named_by_its_entry) {
    fs::remove(moved("1-6.jsonl"));
    raw(path, "DELETE FROM record WHERE key LIKE 'journal.file.%' AND body LIKE '%\"1-6.jsonl\"%'");
    EXPECT_EQ(flaw_of(check(), "1-6.jsonl"), "is not there");
}

TEST_F(MovedFilesTest, one_that_was_dropped_to_make_room_is_not_missed) {
    StoreFile file(files.path());
    file.sign_with(signer());
    file.keep_journal({.rows = 100, .file_bytes = 8'000});
    while (file.move_out()) {
    }
    ASSERT_FALSE(fs::exists(moved("1-6.jsonl")));
    const auto result = check();
    EXPECT_TRUE(result.whole) << result.flaw->what;
    EXPECT_LT(result.files_count, 7);
    EXPECT_GT(result.files_count, 0);
}

TEST_F(MovedFilesTest, one_that_was_changed_or_exchanged_is_found) {
    const std::string text = Files::read(moved("7-11.jsonl"));
    std::string other = text;
    other.replace(other.find("case.open"), 9, "case.shut");
    files.write("journal/7-11.jsonl", other);
    EXPECT_THAT(flaw_of(check(), "7-11.jsonl"), HasSubstr("is wrong at entry 7"));
    files.write("journal/7-11.jsonl", "");
    EXPECT_THAT(flaw_of(check(), "7-11.jsonl"), HasSubstr("cannot be read"));
    files.write("journal/7-11.jsonl", Files::read(moved("12-16.jsonl")));
    EXPECT_THAT(flaw_of(check(), "7-11.jsonl"), HasSubstr("other entries"));
    files.write("journal/7-11.jsonl", text);
    EXPECT_TRUE(check().whole);
}

TEST_F(MovedFilesTest, a_hole_between_them_is_found) {
    for (const char* name : {"7-11.jsonl", "12-16.jsonl"})
        fs::remove(moved(name));
    raw(path, "DELETE FROM record WHERE key LIKE 'journal.file.%' AND"
              " (body LIKE '%\"7-11.jsonl\"%' OR body LIKE '%\"12-16.jsonl\"%')");
    raw(path, "DELETE FROM journal WHERE body LIKE '%\"7-11.jsonl\"%' OR body LIKE '%\"12-16.jsonl\"%'");
    const auto result = check();
    EXPECT_EQ(result.flaw.value().seq, 7);
    EXPECT_THAT(result.flaw->what, HasSubstr("from here to 16 are in no file"));
}

TEST_F(MovedFilesTest, an_older_flaw_of_the_files_comes_before_one_of_the_store) {
    fs::remove(moved("32-36.jsonl"));
    JournalReader reader(path);
    wire::JournalVerifyResult result;
    result.first = 37;
    result.flaw = wire::JournalFlaw{50, "something else"};
    ASSERT_TRUE(check_files(reader, files.path() / "journal", result, [] { return true; }));
    EXPECT_EQ(result.flaw->seq, 32);
    EXPECT_FALSE(check_files(reader, files.path() / "journal", result, [] { return false; })) << "it was told to stop";
}

} // namespace
} // namespace rekam::rekamd
