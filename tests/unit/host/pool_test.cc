// SPDX-License-Identifier: Apache-2.0
// The memory of a preview: who made it writes, everybody else reads.
#include "core/host/pool.h"

#include "core/io/memfd.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/mman.h>

namespace rekam::host {
namespace {

TEST(Pool, WhatItsHostWritesOthersSeeAndCannotChange) {
    Pool pool(2, 8'192);
    EXPECT_EQ(pool.count(), 2u);
    auto descriptors = pool.take_descriptors();
    ASSERT_EQ(descriptors.size(), 2u);
    EXPECT_TRUE(pool.take_descriptors().empty());
    const int memfd = descriptors[1].get();
    EXPECT_EQ(io::buffer_bytes(memfd), 8'192);
    EXPECT_EQ(io::sealed_bytes(memfd), -1) << "its content may change";
    std::memcpy(pool.data(1), "first", 5);
    void* seen = ::mmap(nullptr, 8'192, PROT_READ, MAP_SHARED, memfd, 0);
    ASSERT_NE(seen, MAP_FAILED);
    EXPECT_EQ(std::memcmp(seen, "first", 5), 0);
    std::memcpy(pool.data(1), "again", 5);
    EXPECT_EQ(std::memcmp(seen, "again", 5), 0);
    EXPECT_EQ(::mprotect(seen, 8'192, PROT_READ | PROT_WRITE), -1);
    EXPECT_EQ(::mmap(nullptr, 8'192, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0), MAP_FAILED);
    EXPECT_EQ(::write(memfd, "x", 1), -1);
    EXPECT_EQ(::ftruncate(memfd, 1), -1);
    EXPECT_EQ(::ftruncate(memfd, 16'384), -1);
    EXPECT_EQ(::fcntl(memfd, F_ADD_SEALS, F_SEAL_WRITE), -1) << "nor may anybody stop its host";
    const io::Fd reader = io::reopen_read_only(memfd);
    EXPECT_EQ(io::buffer_bytes(reader.get()), 8'192);
    pool = Pool(); // what is mapped elsewhere stays
    EXPECT_EQ(std::memcmp(seen, "again", 5), 0);
    ::munmap(seen, 8'192);
}

TEST(Pool, WhatCannotBeReservedIsAnError) { EXPECT_THROW(Pool(1, 0), std::system_error); }

} // namespace
} // namespace rekam::host
