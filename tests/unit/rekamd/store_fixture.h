// SPDX-License-Identifier: Apache-2.0
// A store in a directory of its own, and a look into its file that does not go through it.
#pragma once

#include "core/rekamd/store.h"
#include "tests/unit/rekamd/files.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <csignal>

#include <sys/resource.h>

namespace rekam::rekamd {

inline void raw(const std::filesystem::path& file, const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
}

inline std::vector<std::string> column(const std::filesystem::path& file, const char* sql) {
    std::vector<std::string> values;
    sqlite3* database = nullptr;
    sqlite3_stmt* query = nullptr;
    EXPECT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_prepare_v2(database, sql, -1, &query, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    while (sqlite3_step(query) == SQLITE_ROW)
        values.emplace_back(static_cast<const char*>(sqlite3_column_blob(query, 0)),
                            static_cast<std::size_t>(sqlite3_column_bytes(query, 0)));
    sqlite3_finalize(query);
    sqlite3_close(database);
    return values;
}

inline std::string refusal(const std::filesystem::path& directory) {
    try {
        const StoreFile file(directory);
        return "";
    } catch (const StoreError& error) {
        return error.what();
    }
}

/// No file of this process grows beyond a size: writes fail.
class SmallFiles {
  public:
    explicit SmallFiles(rlim_t bytes) {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit small{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
    }
    ~SmallFiles() { ::setrlimit(RLIMIT_FSIZE, &before_); }
    SmallFiles(const SmallFiles&) = delete;
    SmallFiles& operator=(const SmallFiles&) = delete;

  private:
    rlimit before_{};
};

struct StoreFileTest : testing::Test {
    Files files;
    const std::filesystem::path path = files.path() / "store.sqlite3";

    void append(StoreFile& file, std::vector<broker::Record> records) { file.append(records); }
};

} // namespace rekam::rekamd
