// SPDX-License-Identifier: Apache-2.0
// Entries that move to files: none is lost and none is there twice, wherever it is cut short, and all stay verified.
#include "core/base/digest.h"
#include "core/journal/lines.h"
#include "core/rekamd/journal_reader.h"
#include "tests/unit/rekamd/store_fixture.h"

#include <map>

#include <sys/stat.h>

namespace rekam::rekamd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace fs = std::filesystem;

constexpr JournalKeep keep{.rows = 100, .file_bytes = 1 << 30};

HeadSigner signer(char key = 'k') { return {SigningKey(std::string(32, key)), "S-1", 4}; }

journal::FileVerdict verify_file(const fs::path& file) {
    const auto open = [&]() -> journal::NextLine {
        auto stream = std::make_shared<std::ifstream>(file, std::ios::binary);
        return [stream](std::string& line) { return static_cast<bool>(std::getline(*stream, line)); };
    };
    return journal::verify_lines(open, {});
}

struct JournalMoverTest : StoreFileTest {
    /// Entries 2 to 131, five to a head and a visit; the first is the key's.
    static void fill(StoreFile& file) {
        for (int i = 0; i < 26; ++i)
            file.append({}, std::vector<broker::Entry>(
                                5, {R"({"kind":"case.open"})", R"({"case":"C-)" + std::to_string(i) + R"("})"}));
    }
    static std::unique_ptr<StoreFile> open(const fs::path& directory, JournalKeep kept = keep, char key = 'k') {
        auto file = std::make_unique<StoreFile>(directory);
        file->sign_with(signer(key));
        file->keep_journal(kept);
        return file;
    }
    /// How many steps it took.
    static int move_all(StoreFile& file) {
        int steps = 0;
        while (steps < 1'000 && file.move_out())
            ++steps;
        return steps;
    }
    /// By the first entry in them.
    static std::map<std::int64_t, fs::path> files_in(const fs::path& directory) {
        std::map<std::int64_t, fs::path> found;
        if (fs::exists(directory / "journal"))
            for (const auto& entry : fs::directory_iterator(directory / "journal"))
                found[std::stoll(entry.path().filename().string())] = entry.path();
        return found;
    }
    static journal::Verdict verify(const fs::path& directory, char key = 'k') {
        const journal::Anchors anchors{.public_key = signer(key).key.public_key(), .kept = {}, .personal = true};
        return *JournalReader(directory / "store.sqlite3").verify(anchors, [] { return true; });
    }
    /// Every entry is in one place: the files that are there follow each other, then comes the table.
    static void expect_whole(const fs::path& directory, std::int64_t from, char key = 'k') {
        for (const auto& [first, file] : files_in(directory)) {
            const auto found = verify_file(file);
            EXPECT_EQ(found.problem, "") << file;
            EXPECT_FALSE(found.verdict.flaw) << file << ": " << found.verdict.flaw->what;
            EXPECT_EQ(found.verdict.first, from);
            EXPECT_EQ(found.verdict.unsigned_, 0);
            EXPECT_EQ(file.filename(), std::to_string(from) + "-" + std::to_string(found.verdict.last) + ".jsonl");
            from = found.verdict.last + 1;
        }
        const auto table = verify(directory, key);
        EXPECT_FALSE(table.flaw) << table.flaw->seq << ": " << table.flaw->what;
        EXPECT_EQ(table.first, from);
    }
    std::vector<std::string> entries_of(const std::string& kind, const std::string& field) {
        return column(path, ("SELECT json_extract(body, '$." + field +
                             "') FROM journal WHERE json_extract(body, '$.kind')='" + kind + "' ORDER BY seq")
                                .c_str());
    }
};

TEST_F(JournalMoverTest, the_oldest_entries_move_up_to_a_head_and_all_stay_whole) {
    const auto file = open(files.path());
    EXPECT_EQ(move_all(*file), 1) << "one look at an empty journal";
    fill(*file);
    move_all(*file);
    EXPECT_EQ(verify(files.path()).first, 37);
    EXPECT_EQ(verify(files.path()).last, 131 + 7) << "an entry for each file";
    expect_whole(files.path(), 1);
    EXPECT_THAT(entries_of("journal.moved", "file"),
                ElementsAre("1-6.jsonl", "7-11.jsonl", "12-16.jsonl", "17-21.jsonl", "22-26.jsonl", "27-31.jsonl",
                            "32-36.jsonl"));
    const auto hashes = entries_of("journal.moved", "sha256");
    std::size_t i = 0;
    for (const auto& [first, moved] : files_in(files.path())) {
        const std::string text = Files::read(moved);
        EXPECT_EQ(sha256_hex(text), hashes.at(i++));
        EXPECT_EQ(text.find("C-1"), std::string::npos) << "nobody is in a file";
        struct stat status {};
        ::stat(moved.c_str(), &status);
        EXPECT_EQ(status.st_mode & 0777U, 0600U);
    }
    EXPECT_EQ(move_all(*file), 0) << "nothing is left to do";
}

TEST_F(JournalMoverTest, a_file_that_was_changed_or_begins_elsewhere_is_found) {
    const auto file = open(files.path());
    fill(*file);
    move_all(*file);
    const fs::path moved = files.path() / "journal/7-11.jsonl";
    const std::string text = Files::read(moved);
    std::string other = text;
    other.replace(other.find("case.open"), 9, "case.shut");
    files.write("journal/7-11.jsonl", other);
    EXPECT_EQ(verify_file(moved).verdict.flaw.value().seq, 7);
    other = text;
    const auto previous = other.find("previous");
    other.replace(previous + 11, 4, other.substr(previous + 11, 4) == "0000" ? "1111" : "0000");
    files.write("journal/7-11.jsonl", other);
    EXPECT_THAT(verify_file(moved).verdict.flaw.value().what, HasSubstr("does not follow"));
    const auto last = text.find(R"({"seq":11,)");
    files.write("journal/7-11.jsonl", text.substr(0, last));
    EXPECT_EQ(verify_file(moved).verdict.flaw.value().seq, 11);
}

TEST_F(JournalMoverTest, killed_between_any_two_steps_nothing_is_lost_and_nothing_there_twice) {
    const fs::path filled = files.path() / "filled";
    fs::create_directory(filled);
    fill(*open(filled));
    JournalKeep small = keep;
    small.file_bytes = 10'000; // so that files are dropped, too
    const fs::path unharmed = files.path() / "unharmed";
    fs::copy(filled, unharmed);
    const int steps = move_all(*open(unharmed, small));
    ASSERT_GT(steps, 30);
    const auto first = files_in(unharmed).begin()->first;
    ASSERT_GT(first, 1) << "some were dropped";
    for (int killed = 1; killed < steps; ++killed) {
        SCOPED_TRACE(killed);
        const fs::path directory = files.path() / std::to_string(killed);
        fs::copy(filled, directory);
        {
            const auto file = open(directory, small);
            for (int i = 0; i < killed; ++i)
                ASSERT_TRUE(file->move_out());
        }
        EXPECT_FALSE(verify(directory).flaw) << "at any moment";
        move_all(*open(directory, small));
        EXPECT_EQ(files_in(directory).size(), files_in(unharmed).size());
        expect_whole(directory, first);
        const std::string count = "SELECT count(*) FROM journal WHERE body LIKE '%\"journal.moved\"%' OR body LIKE "
                                  "'%\"journal.dropped\"%'";
        EXPECT_EQ(column(directory / "store.sqlite3", count.c_str()),
                  column(unharmed / "store.sqlite3", count.c_str()));
        fs::remove_all(directory);
    }
}

TEST_F(JournalMoverTest, what_a_cut_short_rotation_left_is_written_anew) {
    const auto file = open(files.path());
    fill(*file);
    for (const char* left : {"1-9.jsonl", "1-6.jsonl", "1-6.jsonl.part", "40-90.jsonl"})
        files.write(std::string("journal/") + left, "half");
    files.write("journal/notes.txt", "a person's");
    move_all(*file);
    EXPECT_EQ(Files::read(files.path() / "journal/notes.txt"), "a person's");
    fs::remove(files.path() / "journal/notes.txt");
    EXPECT_EQ(files_in(files.path()).size(), 7U);
    expect_whole(files.path(), 1);
}

TEST_F(JournalMoverTest, the_oldest_files_go_beyond_the_cap_with_what_is_about_people_in_them) {
    const auto file = open(files.path());
    fill(*file);
    move_all(*file);
    std::int64_t newest_two = 0;
    for (const char* kept : {"27-31.jsonl", "32-36.jsonl"})
        newest_two += static_cast<std::int64_t>(fs::file_size(files.path() / "journal" / kept));
    EXPECT_THAT(column(path, "SELECT count(*) FROM personal"), ElementsAre("130"));
    file->keep_journal({.rows = 200, .file_bytes = newest_two});
    move_all(*file);
    EXPECT_EQ(files_in(files.path()).begin()->first, 27);
    expect_whole(files.path(), 27);
    EXPECT_THAT(entries_of("journal.dropped", "last"), ElementsAre("6", "11", "16", "21", "26"));
    EXPECT_THAT(column(path, "SELECT MIN(seq) FROM personal"), ElementsAre("27"));
    const auto hash = entries_of("journal.dropped", "hash").at(0);
    EXPECT_EQ(hash, entries_of("journal.moved", "hash").at(0));
}

TEST_F(JournalMoverTest, a_person_is_erased_from_entries_that_were_moved) {
    const auto file = open(files.path());
    fill(*file);
    move_all(*file);
    const std::string before = Files::read(files.path() / "journal/1-6.jsonl");
    EXPECT_EQ(file->erase({"C-0", {R"({"kind":"journal.erased"})", ""}}).entries, 5);
    EXPECT_TRUE(file->wipe());
    EXPECT_THAT(entries_of("journal.erased", "seqs"), ElementsAre("[[2,6]]"));
    EXPECT_THAT(column(path, "SELECT MIN(seq) FROM personal"), ElementsAre("7"));
    for (const char* of : {"store.sqlite3", "store.sqlite3-wal"})
        EXPECT_EQ(Files::read(files.path() / of).find(R"(C-0")"), std::string::npos) << "a trace of it in " << of;
    EXPECT_EQ(Files::read(files.path() / "journal/1-6.jsonl"), before);
    expect_whole(files.path(), 1);
}

TEST_F(JournalMoverTest, keys_whose_entries_were_moved_still_vouch_for_what_they_signed) {
    {
        const auto first = open(files.path());
        fill(*first);
    }
    const auto file = open(files.path(), keep, 'n');
    fill(*file);
    move_all(*file);
    EXPECT_GT(verify(files.path(), 'n').first, 132) << "the second key's entry was moved as well";
    expect_whole(files.path(), 1, 'n');
    EXPECT_TRUE(verify(files.path(), 'k').flaw);
}

TEST_F(JournalMoverTest, a_full_disk_loses_nothing_and_is_tried_again) {
    const auto file = open(files.path());
    fill(*file);
    ASSERT_TRUE(file->move_out()); // the look at the files
    const auto rows = column(path, "SELECT count(*) FROM journal");
    {
        const SmallFiles small(500);
        try {
            move_all(*file);
            ADD_FAILURE() << "it was written";
        } catch (const StoreError& error) {
            EXPECT_TRUE(error.disk_full);
            EXPECT_THAT(error.what(), HasSubstr("1-6.jsonl"));
        }
    }
    EXPECT_THAT(files_in(files.path()), IsEmpty()) << "half a file would only be in the way";
    EXPECT_EQ(column(path, "SELECT count(*) FROM journal"), rows);
    while (files_in(files.path()).empty() || files_in(files.path())[1].extension() != ".jsonl")
        ASSERT_TRUE(file->move_out());
    {
        const SmallFiles small(500);
        EXPECT_THROW(file->move_out(), StoreError) << "the file is there, but not its entry";
    }
    EXPECT_EQ(column(path, "SELECT count(*) FROM journal"), rows);
    EXPECT_FALSE(verify(files.path()).flaw);
    move_all(*file);
    expect_whole(files.path(), 1);
}

TEST_F(JournalMoverTest, verifying_beside_it_begins_again) {
    const auto file = open(files.path(), {.rows = 5'000, .file_bytes = 1 << 30});
    for (int i = 0; i < 7; ++i)
        file->append({}, std::vector<broker::Entry>(1'000, {R"({"kind":"x"})", ""}));
    int slices = 0;
    const journal::Anchors anchors{.public_key = signer().key.public_key(), .kept = {}, .personal = true};
    const auto verdict = JournalReader(path).verify(anchors, [&] {
        if (++slices == 2)
            move_all(*file);
        return true;
    });
    ASSERT_TRUE(verdict);
    EXPECT_FALSE(verdict->flaw) << verdict->flaw->what;
    EXPECT_GT(verdict->first, 1'000);
    EXPECT_GE(verdict->last, 7'002);
}

TEST_F(JournalMoverTest, the_store_moves_them_between_appends_and_tells_when_it_cannot) {
    boost::asio::io_context loop{1};
    std::vector<std::string> told;
    int durable = 0;
    files.write("journal", "in the way of the directory");
    const auto start = [&] {
        return std::make_unique<Store>(
            loop, open(files.path()),
            Store::Handlers{.durable = [&](auto, bool) { ++durable; },
                            .append_failed = [&](auto, bool, const std::string& why) { told.push_back(why); },
                            .found = [](auto, auto) {},
                            .signed_head = [](auto, const auto&) {},
                            .erased = [](const auto&) {},
                            .read_failed = [&](const std::string& why) { told.push_back(why); }});
    };
    const auto run_until = [&](const auto& happened) {
        const auto limit = std::chrono::steady_clock::now() + 60s;
        while (!happened() && std::chrono::steady_clock::now() < limit) {
            loop.restart();
            loop.run_for(5ms);
        }
        return happened();
    };
    const auto append_many = [&](Store& store) {
        const std::vector<broker::Entry> five(5, {R"({"kind":"x"})", ""});
        for (broker::StoreToken token = 1; token <= 30; ++token)
            store.append({{}, five, token});
    };
    auto store = start();
    append_many(*store);
    EXPECT_TRUE(run_until([&] { return durable == 30 && !told.empty(); }));
    EXPECT_THAT(told, ElementsAre(HasSubstr("journal"))) << "once, and no append failed";
    EXPECT_TRUE(store->stop(60s));
    store.reset();
    fs::remove(files.path() / "journal");
    store = start();
    append_many(*store);
    EXPECT_TRUE(run_until([&] { return durable == 60 && !files_in(files.path()).empty(); }));
    EXPECT_TRUE(store->stop(60s));
    EXPECT_EQ(told.size(), 1U);
    store.reset();
    move_all(*open(files.path()));
    expect_whole(files.path(), 1);
}

} // namespace
} // namespace rekam::rekamd
