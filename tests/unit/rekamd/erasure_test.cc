// SPDX-License-Identifier: Apache-2.0
// A case that is erased: no byte of it is left in any file of the state directory, wherever the station is killed, and
// the journal stays whole.
#include "core/rekamd/journal_reader.h"
#include "tests/unit/rekamd/store_fixture.h"

namespace rekam::rekamd {
namespace {

using namespace std::chrono_literals;
using broker::EraseCase;
using broker::Record;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
namespace fs = std::filesystem;

constexpr const char* somebody = "C-5b0e6f1d2c3a4958";
const EraseCase of_somebody{somebody, {R"({"kind":"journal.erased","reason":"law"})", R"({"by":"Sari"})"}};

HeadSigner signer() { return {SigningKey(std::string(32, 'k')), "S-1", 4}; }

std::string name_of(const std::string& id) { return "operator of " + id; }

Record job_of(const std::string& id, int number, const std::string& state) {
    return {"job", "uid:1000\nidem-" + std::to_string(number * 7919 % 1'000),
            "sha256:aa\n"
            R"({"job":"J-1-)" +
                std::to_string(number) + R"(","case":")" + id + R"(","state":")" + state + R"(","operator":")" +
                name_of(id) + R"(","note":")" + std::string(200 + static_cast<std::size_t>(number) * 37 % 1'800, 'x') +
                R"("})"};
}

struct ErasureTest : StoreFileTest {
    /// A day of visits whose rows are written again and again, as jobs go on: pages are split and freed.
    void fill(StoreFile& file, int jobs = 60) {
        for (int number = 0; number < jobs; ++number) {
            const std::string id = number % 5 == 0 ? somebody : "C-other-" + std::to_string(number);
            for (const char* state : {"accepted", "running", "done"})
                file.append(
                    std::vector<Record>{job_of(id, number, state),
                                        {"case", id,
                                         "uid:1000\n"
                                         R"({"case":")" +
                                             id + R"(","operator":")" + name_of(id) +
                                             std::string(static_cast<std::size_t>(number) * 20, 'y') + R"("})"}},
                    std::vector<broker::Entry>{{R"({"kind":"capture.end"})",
                                                R"({"case":")" + id + R"(","operator":")" + name_of(id) + R"("})"}});
        }
    }
    std::unique_ptr<StoreFile> open(const fs::path& directory) {
        auto file = std::make_unique<StoreFile>(directory);
        file->sign_with(signer());
        return file;
    }
    static void expect_no_trace(const fs::path& directory) {
        for (const auto& entry : fs::recursive_directory_iterator(directory)) {
            const std::string bytes = entry.is_regular_file() ? Files::read(entry.path()) : "";
            for (const std::string& text : {std::string(somebody), name_of(somebody)})
                EXPECT_EQ(bytes.find(text), std::string::npos) << text << " in " << entry.path();
        }
    }
    static void expect_whole(const fs::path& directory, std::int64_t erased) {
        const journal::Anchors anchors{.public_key = signer().key.public_key(), .kept = {}, .personal = true};
        const auto verdict = *JournalReader(directory / "store.sqlite3").verify(anchors, [] { return true; });
        EXPECT_FALSE(verdict.flaw) << verdict.flaw->seq << ": " << verdict.flaw->what;
        EXPECT_EQ(verdict.erased, erased);
    }
};

TEST_F(ErasureTest, leaves_no_byte_of_the_case_and_all_of_the_others) {
    const auto file = open(files.path());
    fill(*file);
    const auto erased = file->erase(of_somebody);
    EXPECT_EQ(erased.entries, 36);
    EXPECT_THAT(erased.jobs, SizeIs(12));
    EXPECT_TRUE(erased.had_case);
    EXPECT_TRUE(file->has_traces());
    EXPECT_TRUE(file->wipe());
    EXPECT_FALSE(file->has_traces());
    expect_no_trace(files.path());
    expect_whole(files.path(), 36);
    EXPECT_THAT(file->load(), SizeIs(48 + 48)) << "jobs and cases of the others, and no mark of the erasure";
    EXPECT_THAT(column(path, "SELECT body FROM personal WHERE body LIKE '%Sari%'"), ElementsAre(R"({"by":"Sari"})"));
    EXPECT_NE(Files::read(path).find(name_of("C-other-1")), std::string::npos);
}

TEST_F(ErasureTest, is_finished_by_the_next_start_when_it_was_killed) {
    const auto file = open(files.path());
    fill(*file);
    const fs::path before = files.path() / "before", between = files.path() / "between";
    fs::create_directory(before);
    fs::create_directory(between);
    const auto copy = [&](const fs::path& to) { // what a kill leaves at this moment
        for (const char* name : {"store.sqlite3", "store.sqlite3-wal"})
            fs::copy(files.path() / name, to / name);
    };
    copy(before);
    file->erase(of_somebody);
    copy(between);
    {
        const auto again = open(before);
        EXPECT_FALSE(again->has_traces()) << "nothing was erased";
        EXPECT_EQ(again->erase(of_somebody).entries, 36);
        EXPECT_TRUE(again->wipe());
        expect_no_trace(before);
    }
    boost::asio::io_context loop{1};
    auto again = open(between);
    EXPECT_TRUE(again->has_traces());
    expect_whole(between, 36);
    Store store(loop, std::move(again), {});
    const auto limit = std::chrono::steady_clock::now() + 60s;
    const auto marks = [&] { return column(between / "store.sqlite3", "SELECT 1 FROM record WHERE key='erasing'"); };
    while (!marks().empty() && std::chrono::steady_clock::now() < limit)
        std::this_thread::sleep_for(20ms);
    EXPECT_THAT(marks(), IsEmpty());
    EXPECT_TRUE(store.stop(60s));
    expect_no_trace(between);
    expect_whole(between, 36);
}

TEST_F(ErasureTest, takes_the_person_from_beside_entries_that_were_moved_to_a_file) {
    const auto file = open(files.path());
    file->keep_journal({.rows = 100, .file_bytes = 1 << 30});
    fill(*file);
    for (int steps = 0; steps < 1'000 && file->move_out(); ++steps) {
    }
    ASSERT_FALSE(fs::is_empty(files.path() / "journal"));
    EXPECT_EQ(file->erase(of_somebody).entries, 36) << "also of those that are in files";
    EXPECT_TRUE(file->wipe());
    expect_no_trace(files.path());
    const journal::Anchors anchors{.public_key = signer().key.public_key(), .kept = {}, .personal = true};
    const auto verdict = *JournalReader(path).verify(anchors, [] { return true; });
    EXPECT_FALSE(verdict.flaw) << verdict.flaw->seq << ": " << verdict.flaw->what;
}

TEST_F(ErasureTest, waits_for_a_reader_and_says_so) {
    const auto file = open(files.path());
    fill(*file, 10);
    sqlite3* reader = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &reader), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM journal", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_EQ(file->erase(of_somebody).entries, 6);
    EXPECT_FALSE(file->wipe()) << "the reader still sees the pages as they were";
    EXPECT_TRUE(file->has_traces());
    sqlite3_exec(reader, "COMMIT", nullptr, nullptr, nullptr);
    sqlite3_close(reader);
    EXPECT_TRUE(file->wipe());
    expect_no_trace(files.path());
}

TEST_F(ErasureTest, that_cannot_be_written_erases_nothing) {
    const auto file = open(files.path());
    fill(*file, 10);
    {
        const SmallFiles small(4'096);
        EXPECT_THROW(file->erase(of_somebody), StoreError);
    }
    EXPECT_FALSE(file->has_traces());
    EXPECT_EQ(file->erase(of_somebody).entries, 6) << "all of it is still there";
}

TEST_F(ErasureTest, is_answered_in_its_turn) {
    boost::asio::io_context loop{1};
    auto file = open(files.path());
    fill(*file, 10);
    std::vector<std::string> answers;
    broker::JournalAnswered last;
    Store store(loop, std::move(file),
                {.durable = [&](auto token, bool) { answers.push_back("durable " + std::to_string(token)); },
                 .append_failed = {},
                 .found = {},
                 .signed_head = {},
                 .erased =
                     [&](broker::JournalAnswered answered) {
                         answers.push_back("erased " + std::to_string(answered.token));
                         last = std::move(answered);
                     },
                 .read_failed = {}});
    store.append({{}, {{R"({"kind":"case.close"})", R"({"case":")" + std::string(somebody) + R"("})"}}, 1});
    store.erase(2, of_somebody);
    store.append({{{"hold", "photo", "{}"}}, {}, 3});
    const auto limit = std::chrono::steady_clock::now() + 60s;
    while (answers.size() < 3 && std::chrono::steady_clock::now() < limit) {
        loop.restart();
        loop.run_for(10ms);
    }
    EXPECT_THAT(answers, ElementsAre("durable 1", "erased 2", "durable 3"));
    ASSERT_TRUE(last.erased);
    EXPECT_FALSE(last.error);
    EXPECT_EQ(last.erased->entries, 7) << "with what was appended before it";
    EXPECT_TRUE(store.stop(60s));
    expect_no_trace(files.path());
}

} // namespace
} // namespace rekam::rekamd
