// SPDX-License-Identifier: Apache-2.0
#include "core/journal/chain.h"
#include "tests/unit/rekamd/store_fixture.h"

#include <cstring>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rekam::rekamd {
namespace {

using namespace std::chrono_literals;
using broker::Record;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(StoreFileTest, rows_are_kept_overwritten_and_deleted) {
    {
        StoreFile file(files.path());
        EXPECT_THAT(file.load(), IsEmpty());
        append(file, {{"job", "a", "1"}, {"case", "a", "2"}, {"job", "b", "3"}});
        append(file, {{"job", "a", "4"}, {"job", "b", ""}, {"job", "never", ""}});
    }
    StoreFile file(files.path());
    EXPECT_THAT(file.load(), ElementsAre(Record{"case", "a", "2"}, Record{"job", "a", "4"}));
    EXPECT_EQ(file.lookup("job", "a"), "4");
    EXPECT_EQ(file.lookup("job", "b"), std::nullopt);
    struct stat facts {};
    ASSERT_EQ(::stat(path.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U) << "only the station's user reads it";
}

TEST_F(StoreFileTest, the_id_stays_and_the_epoch_grows) {
    std::string id;
    for (std::int64_t epoch = 1; epoch <= 3; ++epoch) {
        StoreFile file(files.path());
        const Standing standing = begin_epoch(file);
        EXPECT_EQ(standing.epoch, epoch);
        EXPECT_EQ(standing.station_id.size(), 18u);
        EXPECT_EQ(standing.station_id, id.empty() ? standing.station_id : id);
        id = standing.station_id;
    }
    StoreFile file(files.path());
    append(file, {{"station", "epoch", "seven"}});
    EXPECT_THROW(begin_epoch(file), StoreError);
}

TEST_F(StoreFileTest, a_store_of_version_1_is_upgraded_and_keeps_every_record) {
    // As the first version made it.
    raw(path, "PRAGMA journal_mode=WAL; CREATE TABLE record (kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,"
              " PRIMARY KEY (kind, key)) WITHOUT ROWID; PRAGMA user_version=1;"
              "INSERT INTO record VALUES ('station','id','S-1'), ('station','epoch','7'), ('case','C-1','uid:1'),"
              " ('job','uid:1','an open unknown');");
    StoreFile file(files.path());
    EXPECT_THAT(file.load(), ElementsAre(Record{"case", "C-1", "uid:1"}, Record{"job", "uid:1", "an open unknown"},
                                         Record{"station", "epoch", "7"}, Record{"station", "id", "S-1"}));
    EXPECT_EQ(begin_epoch(file).epoch, 8);
    file.append({}, std::vector<broker::Entry>{{"{}", ""}});
    EXPECT_EQ(column(path, "SELECT hash FROM journal"),
              std::vector{journal::hash_of(journal::nothing(), 1, "{}", journal::nothing())});
    EXPECT_THAT(column(path, "PRAGMA user_version"), ElementsAre("2"));
}

TEST_F(StoreFileTest, an_upgrade_without_room_leaves_the_old_store_as_it_was) {
    raw(path, "CREATE TABLE record (kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,"
              " PRIMARY KEY (kind, key)) WITHOUT ROWID; PRAGMA user_version=1; INSERT INTO record VALUES "
              "('job','a','1');");
    {
        const SmallFiles small(std::filesystem::file_size(path) + 100);
        EXPECT_THAT(refusal(files.path()), HasSubstr("cannot be opened"));
    }
    EXPECT_THAT(column(path, "PRAGMA user_version"), ElementsAre("1"));
    StoreFile file(files.path());
    EXPECT_THAT(file.load(), ElementsAre(Record{"job", "a", "1"}));
}

TEST_F(StoreFileTest, a_newer_schema_is_refused_and_left_alone) {
    { const StoreFile file(files.path()); }
    raw(path, "PRAGMA user_version=3");
    const std::string before = Files::read(path);
    EXPECT_THAT(refusal(files.path()), AllOf(HasSubstr("newer rekamd"), HasSubstr(path.string())));
    EXPECT_EQ(Files::read(path), before);
}

TEST_F(StoreFileTest, a_file_that_is_no_store_is_refused_and_left_alone) {
    files.write("store.sqlite3", std::string(100'000, 'x'));
    EXPECT_THAT(refusal(files.path()), AllOf(HasSubstr("move it away"), HasSubstr(path.string())));
    EXPECT_EQ(Files::read(path), std::string(100'000, 'x'));
}

TEST_F(StoreFileTest, a_damaged_file_is_refused) {
    {
        StoreFile file(files.path());
        for (int i = 0; i < 200; ++i)
            append(file, {{"job", std::to_string(i), std::string(2'000, 'x')}});
    }
    std::string bytes = Files::read(path);
    ASSERT_GT(bytes.size(), 100'000u);
    std::memset(bytes.data() + 8'192, 0x5a, 60'000);
    files.write("store.sqlite3", bytes);
    EXPECT_THAT(refusal(files.path()), HasSubstr("damaged"));
}

TEST_F(StoreFileTest, a_directory_that_is_missing_is_refused) {
    EXPECT_THAT(refusal(files.path() / "nowhere"), HasSubstr("cannot be opened"));
}

TEST_F(StoreFileTest, what_was_durable_survives_a_kill) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t writer = ::fork();
    ASSERT_GE(writer, 0);
    if (writer == 0) {
        StoreFile file(files.path());
        for (int i = 0;; ++i) {
            const std::vector<Record> records{{"job", std::to_string(i), std::string(500, 'x')}};
            file.append(records);
            if (::write(ends[1], &i, sizeof i) != sizeof i)
                ::_exit(1);
        }
    }
    int last = -1;
    while (last < 50)
        ASSERT_EQ(::read(ends[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
    ::close(ends[1]);
    while (::read(ends[0], &last, sizeof last) == sizeof last)
        continue;
    ::close(ends[0]);
    StoreFile file(files.path());
    for (int i = 0; i <= last; ++i)
        EXPECT_TRUE(file.lookup("job", std::to_string(i))) << i << " of " << last;
    EXPECT_LE(file.load().size(), static_cast<std::size_t>(last) + 2) << "and at most the one whose answer was lost";
}

TEST_F(StoreFileTest, a_failed_write_leaves_nothing_and_the_next_one_works) {
    StoreFile file(files.path());
    append(file, {{"job", "before", "1"}});
    {
        const SmallFiles small(200'000);
        EXPECT_THROW(append(file, {{"job", "half", "1"}, {"job", "big", std::string(400'000, 'x')}}), StoreError);
        EXPECT_EQ(file.lookup("job", "before"), "1") << "reads go on";
        EXPECT_EQ(file.lookup("job", "half"), std::nullopt) << "all or nothing";
    }
    append(file, {{"job", "after", "1"}});
    EXPECT_EQ(file.lookup("job", "after"), "1");
}

/// In a process and a mount namespace of its own, on a disk of 1 MiB. 0: all as it must be; 77: no such disk to be
/// had.
int fill_a_disk(const std::filesystem::path& directory) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("rekam", directory.c_str(), "tmpfs", 0, "size=1m") != 0)
        return 77;
    StoreFile file(directory);
    const std::vector<Record> small{{"job", "small", "1"}};
    const std::vector<Record> big{{"job", "big", std::string(600'000, 'x')}};
    file.append(small);
    std::ofstream(directory / "other") << std::string(500'000, 'x');
    try {
        file.append(big);
        return 2;
    } catch (const StoreError& error) {
        if (!error.disk_full || file.lookup("job", "small") != "1")
            return 3;
    }
    std::filesystem::remove(directory / "other");
    file.append(big);
    return file.lookup("job", "big") ? 0 : 4;
}

TEST_F(StoreFileTest, a_full_disk_is_told_apart_and_room_made_is_used) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0)
        ::_exit(fill_a_disk(files.path()));
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        GTEST_SKIP() << "no right to mount a small disk";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(StoreFileTest, a_store_that_vanished_is_not_replaced_by_an_empty_one) {
    StoreFile file(files.path());
    append(file, {{"job", "a", "1"}});
    {
        const SmallFiles small(50'000);
        EXPECT_THROW(append(file, {{"job", "big", std::string(400'000, 'x')}}), StoreError);
    }
    std::filesystem::rename(path, files.path() / "elsewhere");
    EXPECT_THROW(append(file, {{"job", "b", "1"}}), StoreError);
    EXPECT_FALSE(std::filesystem::exists(path));
    std::filesystem::rename(files.path() / "elsewhere", path);
    append(file, {{"job", "b", "1"}});
    EXPECT_EQ(file.lookup("job", "a"), "1");
}

struct StoreTest : testing::Test {
    Files files;
    boost::asio::io_context loop{1};
    std::vector<std::string> answers;
    std::unique_ptr<Store> store = make();

    std::unique_ptr<Store> make() {
        return std::make_unique<Store>(
            loop, std::make_unique<StoreFile>(files.path()),
            Store::Handlers{
                .durable = [this](auto token, bool) { answers.push_back("durable " + std::to_string(token)); },
                .append_failed =
                    [this](auto token, bool full, const std::string&) {
                        answers.push_back((full ? "full " : "failed ") + std::to_string(token));
                    },
                .found =
                    [this](auto token, auto body) {
                        answers.push_back("found " + std::to_string(token) + " " + body.value_or("nothing"));
                    },
                .signed_head =
                    [this](auto token, auto head) {
                        answers.push_back("head " + std::to_string(token) + (head ? " yes" : " none"));
                    },
                .erased = {},
                .read_failed = [this](const std::string&) { answers.emplace_back("read failed"); }});
    }
    bool run_until_answers(std::size_t count) {
        const auto limit = std::chrono::steady_clock::now() + 60s;
        while (answers.size() < count && std::chrono::steady_clock::now() < limit) {
            loop.restart();
            loop.run_for(10ms);
        }
        return answers.size() == count;
    }
};

TEST_F(StoreTest, answers_come_in_order_and_a_lookup_sees_what_was_appended_before) {
    store->append({{{"job", "a", "1"}}, {}, 1});
    store->lookup({"job", "a", 2});
    store->append({{{"job", "a", "2"}}, {}, 3});
    store->append({{{"job", "a", "3"}}, {}, 4});
    store->lookup({"job", "a", 5});
    store->lookup({"job", "b", 6});
    EXPECT_THAT(answers, IsEmpty()) << "never inside the call";
    ASSERT_TRUE(run_until_answers(6));
    EXPECT_THAT(answers,
                ElementsAre("durable 1", "found 2 1", "durable 3", "durable 4", "found 5 3", "found 6 nothing"));
}

TEST_F(StoreTest, appends_fail_until_the_disk_is_mended) {
    {
        const SmallFiles small(200'000);
        store->append({{{"job", "big", std::string(400'000, 'x')}}, {}, 1});
        ASSERT_TRUE(run_until_answers(1));
    }
    store->append({{{"job", "a", "1"}}, {}, 2});
    ASSERT_TRUE(run_until_answers(2));
    EXPECT_THAT(answers, ElementsAre("failed 1", "durable 2"));
}

TEST_F(StoreTest, stop_writes_what_waits) {
    for (broker::StoreToken token = 1; token <= 500; ++token)
        store->append({{{"job", std::to_string(token), "x"}}, {}, token});
    EXPECT_TRUE(store->stop(60s));
    loop.run_for(10ms);
    EXPECT_THAT(answers, IsEmpty()) << "nobody hears after a stop";
    store.reset();
    StoreFile file(files.path());
    EXPECT_EQ(file.load().size(), 500u);
}

TEST_F(StoreTest, a_disk_that_does_not_answer_holds_up_nobody) {
    sqlite3* other = nullptr; // holds the write lock, as a disk would hold the thread
    ASSERT_EQ(sqlite3_open((files.path() / "store.sqlite3").c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
    store->append({{{"job", "a", "1"}}, {}, 1});
    ASSERT_TRUE(run_until_answers(1));
    EXPECT_THAT(answers, ElementsAre("failed 1"));
    sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
    sqlite3_close(other);
    store->append({{{"job", "b", "1"}}, {}, 2});
    ASSERT_TRUE(run_until_answers(2));
    EXPECT_EQ(answers.back(), "durable 2");
}

} // namespace
} // namespace rekam::rekamd
