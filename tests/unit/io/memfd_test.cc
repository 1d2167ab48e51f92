// SPDX-License-Identifier: Apache-2.0
#include "core/io/clock.h"
#include "core/io/memfd.h"

#include <gtest/gtest.h>

#include <array>
#include <system_error>

#include <sys/mman.h>

namespace rekam::io {
namespace {

TEST(Memfd, sealed_bytes_can_be_read_and_not_changed) {
    const Fd memfd = create_memfd("test");
    write_memfd(memfd.get(), "page ");
    write_memfd(memfd.get(), "one");
    EXPECT_EQ(sealed_bytes(memfd.get()), -1) << "not yet";
    seal_memfd(memfd.get());
    EXPECT_EQ(sealed_bytes(memfd.get()), 8);
    EXPECT_THROW(write_memfd(memfd.get(), "x"), std::system_error);
    EXPECT_NE(::ftruncate(memfd.get(), 1), 0);
    EXPECT_EQ(read_memfd(memfd.get(), 5, 100), "one");
}

TEST(Memfd, a_writable_mapping_prevents_the_seal) {
    const Fd memfd = create_memfd("test");
    write_memfd(memfd.get(), "bytes");
    void* mapping = ::mmap(nullptr, 5, PROT_READ | PROT_WRITE, MAP_SHARED, memfd.get(), 0);
    ASSERT_NE(mapping, MAP_FAILED);
    EXPECT_THROW(seal_memfd(memfd.get()), std::system_error);
    EXPECT_EQ(sealed_bytes(memfd.get()), -1);
    ::munmap(mapping, 5);
}

TEST(Memfd, every_seal_is_needed) {
    for (const int missing : {F_SEAL_WRITE, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_SEAL}) {
        const Fd memfd = create_memfd("test");
        const int seals = (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) & ~missing;
        ASSERT_EQ(::fcntl(memfd.get(), F_ADD_SEALS, seals), 0);
        EXPECT_EQ(sealed_bytes(memfd.get()), -1) << missing;
    }
}

TEST(Memfd, other_descriptors_are_refused) {
    EXPECT_EQ(sealed_bytes(-1), -1);
    EXPECT_EQ(sealed_bytes(STDERR_FILENO), -1);
    const Fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(sealed_bytes(file.get()), -1);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const Fd reader(ends[0]), writer(ends[1]);
    EXPECT_EQ(sealed_bytes(reader.get()), -1);
}

TEST(Memfd, a_reader_cannot_write) {
    const Fd memfd = create_memfd("test");
    write_memfd(memfd.get(), "bytes");
    seal_memfd(memfd.get());
    const Fd reader = reopen_read_only(memfd.get());
    EXPECT_EQ(::fcntl(reader.get(), F_GETFL) & O_ACCMODE, O_RDONLY);
    EXPECT_EQ(sealed_bytes(reader.get()), 5);
    EXPECT_EQ(read_memfd(reader.get(), 0, 5), "bytes");
    EXPECT_THROW(reopen_read_only(-1), std::system_error);
}

TEST(Clock, clocks_go_forward_and_the_boot_is_named) {
    Clock clock;
    const Now first = clock.now();
    const Now second = clock.now();
    EXPECT_GT(first.mono_us, 0);
    EXPECT_GE(first.boot_us, first.mono_us);
    EXPECT_GE(second.mono_us, first.mono_us);
    EXPECT_GT(first.utc_us, std::int64_t{1'600'000'000} * us_per_s);
    EXPECT_EQ(boot_id().size(), 32u);
    EXPECT_EQ(boot_id(), boot_id());
}

} // namespace
} // namespace rekam::io
