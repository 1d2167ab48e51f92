// SPDX-License-Identifier: Apache-2.0
#include "core/rekamd/places.h"

#include "core/rekamd/config_watch.h"
#include "tests/unit/rekamd/files.h"

#include <gmock/gmock.h>

#include <chrono>

#include <sys/stat.h>

namespace rekam::rekamd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

unsigned mode_of(const std::filesystem::path& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777U : 0;
}

struct PlacesTest : testing::Test {
    Files files;
};

TEST_F(PlacesTest, directories_are_made_with_their_mode_and_foreign_ones_refused) {
    make_directory(files.path() / "a/b", 0750);
    EXPECT_EQ(mode_of(files.path() / "a/b"), 0750u);
    make_directory(files.path() / "a/b", 0700);
    EXPECT_EQ(mode_of(files.path() / "a/b"), 0750u) << "one that is there keeps the mode that its owner gave it";
    files.write("file", "");
    EXPECT_THROW(make_directory(files.path() / "file", 0750), std::runtime_error);
    EXPECT_THROW(make_directory("/proc/nowhere", 0750), std::runtime_error);
    ASSERT_EQ(::chmod((files.path() / "a/b").c_str(), 0777), 0);
    EXPECT_THROW(make_directory(files.path() / "a/b", 0750), std::runtime_error) << "anybody could put a socket there";
    EXPECT_THROW(make_directory("/tmp", 0750), std::runtime_error);
}

TEST_F(PlacesTest, a_directory_is_held_by_one_and_the_other_learns_by_whom) {
    io::Fd first = hold_directory(files.path());
    try {
        hold_directory(files.path());
        ADD_FAILURE() << "held twice";
    } catch (const HeldByAnother& held) {
        EXPECT_THAT(held.what(), HasSubstr("process " + std::to_string(::getpid()) + ", since 20"));
        EXPECT_THAT(held.what(), HasSubstr(files.path().string()));
    }
    first.reset();
    EXPECT_TRUE(hold_directory(files.path()));
}

TEST_F(PlacesTest, the_station_key_stays_and_a_weak_one_is_replaced) {
    const std::string key = station_key(files.path());
    EXPECT_EQ(key.size(), 64u);
    EXPECT_EQ(mode_of(files.path() / "station.key"), 0640u);
    EXPECT_EQ(station_key(files.path()), key);
    ASSERT_EQ(::chmod((files.path() / "station.key").c_str(), 0644), 0);
    const std::string second = station_key(files.path());
    EXPECT_NE(second, key) << "others could have read it";
    EXPECT_EQ(mode_of(files.path() / "station.key"), 0640u);
    files.write("station.key", "12345\n");
    EXPECT_EQ(station_key(files.path()).size(), 64u);
}

TEST_F(PlacesTest, the_key_of_the_journal_stays_and_is_for_nobody_else) {
    const std::string seed = journal_seed(files.path());
    EXPECT_EQ(seed.size(), 32u);
    EXPECT_EQ(mode_of(files.path() / "journal.key"), 0600u);
    EXPECT_EQ(journal_seed(files.path()), seed);
    ASSERT_EQ(::chmod((files.path() / "journal.key").c_str(), 0640), 0);
    EXPECT_NE(journal_seed(files.path()), seed) << "the group could have read it";
    EXPECT_EQ(mode_of(files.path() / "journal.key"), 0600u);
}

struct ConfigWatchTest : PlacesTest {
    boost::asio::io_context loop{1};
    int changes = 0;
    ConfigWatch watch{loop, files.path(), [this] { ++changes; }};

    bool run_until_change() {
        const int before = changes;
        const auto limit = std::chrono::steady_clock::now() + 60s;
        while (changes == before && std::chrono::steady_clock::now() < limit) {
            loop.restart();
            loop.run_for(10ms);
        }
        return changes == before + 1;
    }
};

TEST_F(ConfigWatchTest, a_burst_is_one_change_and_folders_may_come_later) {
    for (int i = 0; i < 20; ++i)
        files.write("rekamd.toml", std::to_string(i));
    EXPECT_TRUE(run_until_change());
    files.write("plugins.d/a.toml", "");
    EXPECT_TRUE(run_until_change());
    files.write("plugins.d/a.toml", "path = 'b'");
    EXPECT_TRUE(run_until_change());
    std::filesystem::remove(files.path() / "plugins.d/a.toml");
    EXPECT_TRUE(run_until_change());
    std::filesystem::rename(files.path() / "rekamd.toml", files.path() / "old");
    EXPECT_TRUE(run_until_change());
}

TEST_F(ConfigWatchTest, files_of_editors_are_no_change) {
    files.write(".rekamd.toml.swp", "");
    files.write("4913", "");
    files.write(".#slots.toml", "");
    loop.run_for(500ms);
    EXPECT_EQ(changes, 0);
    files.write("slots.toml", "");
    EXPECT_TRUE(run_until_change());
}

TEST(ConfigWatch, a_directory_that_is_missing_is_told) {
    boost::asio::io_context loop{1};
    EXPECT_THROW(ConfigWatch(loop, "/nowhere", [] {}), std::system_error);
}

} // namespace
} // namespace rekam::rekamd
