// SPDX-License-Identifier: Apache-2.0
// What is kept back for a full disk, on real disks of a few megabytes, each in a process and a mount namespace of its
// own.
#include "tests/unit/rekamd/store_fixture.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rekam::rekamd {
namespace {

using namespace std::chrono_literals;
using broker::Record;
namespace fs = std::filesystem;

constexpr std::int64_t kept_back = 512 * 1024;
constexpr int no_disk = 77;

/// The line that is wrong is the exit code.
#define EXPECT_HERE(condition)                                                                                         \
    do                                                                                                                 \
        if (!(condition))                                                                                              \
            ::_exit(__LINE__ % 250 + 1);                                                                               \
    while (false)

void fill(const fs::path& directory) {
    std::ofstream other(directory / "other", std::ios::app | std::ios::binary);
    const std::string bytes(4'096, 'x');
    while (other.write(bytes.data(), static_cast<std::streamsize>(bytes.size())) && other.flush()) {
    }
}

std::vector<Record> row(int number) { return {{"job", std::to_string(number), std::string(1'000, 'x')}}; }

bool is_there(const fs::path& directory) {
    struct stat facts {};
    return ::stat((directory / "store.reserve").c_str(), &facts) == 0 && facts.st_blocks * 512 >= kept_back;
}

void is_given_up_and_taken_again(const fs::path& directory) {
    StoreFile file(directory, kept_back);
    EXPECT_HERE(!file.is_on_reserve() && is_there(directory));
    fill(directory);
    int number = 0;
    while (!file.is_on_reserve() && number < 5'000)
        file.append(row(number++)); // none fails: the reserve makes room for it
    EXPECT_HERE(file.is_on_reserve() && !is_there(directory));
    file.keep_reserve();
    EXPECT_HERE(file.is_on_reserve()); // there is hardly more free than what it would take
    bool full = false;
    while (!full && number < 10'000)
        try {
            file.append(row(number));
            ++number;
        } catch (const StoreError& error) {
            full = error.disk_full;
            EXPECT_HERE(full);
        }
    EXPECT_HERE(full);
    EXPECT_HERE(file.lookup("job", std::to_string(number - 1)) && !file.lookup("job", std::to_string(number)));
    fs::remove(directory / "other");
    file.append(row(number));
    file.keep_reserve();
    EXPECT_HERE(!file.is_on_reserve() && is_there(directory));
}

void opens_a_store_on_a_full_disk(const fs::path& directory) {
    { StoreFile(directory, kept_back).append(row(1)); }
    fill(directory);
    {
        StoreFile file(directory, kept_back);
        EXPECT_HERE(file.lookup("job", "1"));
        for (int number = 0; number < 10; ++number)
            file.append(row(number));
        EXPECT_HERE(file.is_on_reserve());
    }
    StoreFile again(directory, kept_back); // and once more without any
    EXPECT_HERE(again.is_on_reserve() && again.lookup("job", "9"));
}

void is_told_with_every_answer(const fs::path& directory) {
    boost::asio::io_context loop{1};
    std::vector<bool> on_reserve;
    int failed = 0;
    auto file = std::make_unique<StoreFile>(directory, kept_back);
    fill(directory);
    Store store(loop, std::move(file),
                {.durable = [&](auto, bool reserve) { on_reserve.push_back(reserve); },
                 .append_failed = [&](auto, bool, const std::string&) { ++failed; },
                 .found = {},
                 .signed_head = {},
                 .erased = {},
                 .read_failed = {}});
    const auto answer_to = [&](std::vector<Record> records) {
        const auto before = on_reserve.size();
        store.append({std::move(records), {}, before + 1});
        const auto limit = std::chrono::steady_clock::now() + 60s;
        while (on_reserve.size() == before && failed == 0 && std::chrono::steady_clock::now() < limit) {
            loop.restart();
            loop.run_for(5ms);
        }
        EXPECT_HERE(on_reserve.size() == before + 1 && failed == 0);
        return static_cast<bool>(on_reserve.back());
    };
    int number = 0;
    while (!answer_to(row(number)) && number < 2'000)
        ++number;
    EXPECT_HERE(on_reserve.back());
    EXPECT_HERE(answer_to({})); // as the broker asks whether there is room again
    fs::remove(directory / "other");
    EXPECT_HERE(!answer_to({}));
    EXPECT_HERE(is_there(directory));
    EXPECT_HERE(store.stop(60s));
}

struct ReserveTest : StoreFileTest {
    /// 0: all as it must be.
    void on_a_small_disk(void (*what)(const fs::path&)) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                ::mount("rekam", files.path().c_str(), "tmpfs", 0, "size=8m") != 0)
                ::_exit(no_disk);
            what(files.path());
            ::_exit(0);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
        if (WEXITSTATUS(status) == no_disk)
            GTEST_SKIP() << "no right to mount a small disk";
        EXPECT_EQ(WEXITSTATUS(status), 0) << "of the line with this remainder by 250, less one";
    }
};

TEST_F(ReserveTest, is_given_up_and_taken_again) { on_a_small_disk(rekamd::is_given_up_and_taken_again); }

TEST_F(ReserveTest, opens_a_store_on_a_full_disk) { on_a_small_disk(rekamd::opens_a_store_on_a_full_disk); }

TEST_F(ReserveTest, is_told_with_every_answer) { on_a_small_disk(rekamd::is_told_with_every_answer); }

TEST_F(ReserveTest, has_the_size_that_is_wanted_now) {
    const auto size = [&] {
        std::error_code none;
        const auto bytes = fs::file_size(files.path() / "store.reserve", none);
        return none ? -1 : static_cast<std::int64_t>(bytes);
    };
    { EXPECT_FALSE(StoreFile(files.path(), kept_back).is_on_reserve()); }
    EXPECT_EQ(size(), kept_back);
    { EXPECT_FALSE(StoreFile(files.path(), 2 * kept_back).is_on_reserve()); }
    EXPECT_EQ(size(), 2 * kept_back);
    files.write("store.reserve", "cut short");
    { EXPECT_FALSE(StoreFile(files.path(), kept_back).is_on_reserve()); }
    EXPECT_EQ(size(), kept_back);
    { EXPECT_FALSE(StoreFile(files.path()).is_on_reserve()) << "none is wanted"; }
    EXPECT_EQ(size(), -1);
    struct stat facts {};
    Reserve reserve(files.path() / "mine", kept_back);
    reserve.take();
    ASSERT_EQ(::stat((files.path() / "mine").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
    EXPECT_TRUE(reserve.give_up());
    EXPECT_TRUE(reserve.is_missing());
    EXPECT_FALSE(reserve.give_up()) << "there is nothing more to give";
}

TEST_F(ReserveTest, that_cannot_be_made_is_missing) {
    fs::create_directory(files.path() / "store.reserve"); // something is in its place
    fs::create_directory(files.path() / "store.reserve" / "inside");
    const StoreFile file(files.path(), kept_back);
    EXPECT_TRUE(file.is_on_reserve());
}

} // namespace
} // namespace rekam::rekamd
