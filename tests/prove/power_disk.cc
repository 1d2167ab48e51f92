// SPDX-License-Identifier: Apache-2.0
#include "tests/prove/power_disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>

namespace rekam::prove {

std::string PowerFile::sector(std::size_t index) const {
    std::string bytes(sector_bytes, '\0');
    const std::size_t from = index * sector_bytes;
    if (from < seen_.size())
        seen_.copy(bytes.data(), sector_bytes, from);
    return bytes;
}

void PowerFile::write(std::size_t at, const char* bytes, std::size_t count) {
    if (seen_.size() < at + count) {
        seen_.resize(at + count);
        sizes_.push_back(seen_.size());
    }
    seen_.replace(at, count, bytes, count);
    for (std::size_t index = at / sector_bytes; index * sector_bytes < at + count; ++index)
        versions_[index].push_back(sector(index));
}

void PowerFile::truncate(std::size_t size) {
    seen_.resize(size);
    sizes_.push_back(size);
}

void PowerFile::sync() {
    durable_ = seen_;
    versions_.clear();
    sizes_ = {seen_.size()};
}

void PowerFile::lose_power(std::mt19937_64& random) {
    shared.clear();
    std::string left = durable_;
    // Chance alone would hardly ever keep all of a large write, or lose all of it.
    const auto mood = random() % 8;
    const auto pick = [&](std::size_t count) { return mood == 0 ? count - 1 : mood == 1 ? 0 : random() % count; };
    const std::size_t size = sizes_[pick(sizes_.size())];
    left.resize(std::max(left.size(), size));
    for (const auto& [index, versions] : versions_) {
        const std::size_t from = index * sector_bytes;
        if (left.size() < from + sector_bytes)
            left.resize(from + sector_bytes);
        const auto kept = pick(versions.size() + 1); // 0: none of them
        if (kept != 0)
            left.replace(from, sector_bytes, versions[kept - 1]);
        if (kept < versions.size() && random() % 4 == 0) { // the next one was on its way
            const std::size_t torn = random() % sector_bytes;
            left.replace(from, torn, versions[kept], 0, torn);
        }
    }
    left.resize(size);
    seen_ = left;
    sync();
}

PowerDisk& PowerDisk::instance() {
    static PowerDisk disk;
    return disk;
}

void PowerDisk::format(std::uint64_t seed) {
    files.clear();
    random_.seed(seed);
    keep_power();
    on_ = true;
}

bool PowerDisk::step() {
    ++steps_;
    if (left_ > 0 && --left_ == 0)
        on_ = false;
    return on_;
}

void PowerDisk::power_on() {
    for (auto& [name, file] : files)
        file->lose_power(random_);
    keep_power();
    on_ = true;
}

// --- SQLite's side ---
namespace {

struct Handle {
    sqlite3_file base;
    PowerFile* file;
    bool is_log, is_database;
};

PowerFile& file_of(sqlite3_file* handle) { return *reinterpret_cast<Handle*>(handle)->file; }
PowerDisk& disk() { return PowerDisk::instance(); }

bool ends_with(const std::string& name, const char* end) { return name.ends_with(end); }

/// What synchronous=NORMAL does before a checkpoint writes into the database.
void sync_logs() {
    for (auto& [name, file] : disk().files)
        if (ends_with(name, "-wal"))
            file->sync();
}

int close_file(sqlite3_file*) { return SQLITE_OK; }

int read_file(sqlite3_file* handle, void* to, int count, sqlite3_int64 at) {
    if (!disk().is_on())
        return SQLITE_IOERR_READ;
    const std::string& bytes = file_of(handle).bytes();
    const auto from = static_cast<std::size_t>(at), wanted = static_cast<std::size_t>(count);
    const std::size_t there = from < bytes.size() ? std::min(wanted, bytes.size() - from) : 0;
    std::memset(to, 0, wanted);
    if (there > 0)
        std::memcpy(to, bytes.data() + from, there);
    return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* handle, const void* from, int count, sqlite3_int64 at) {
    const auto* own = reinterpret_cast<Handle*>(handle);
    const bool was_on = disk().is_on();
    const bool on = disk().step();
    if (disk().lazy_log && own->is_database && on)
        sync_logs();
    if (was_on) // the write that the power fails in has reached the cache
        own->file->write(static_cast<std::size_t>(at), static_cast<const char*>(from), static_cast<std::size_t>(count));
    return on ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

int truncate_file(sqlite3_file* handle, sqlite3_int64 size) {
    if (!disk().step())
        return SQLITE_IOERR_TRUNCATE;
    file_of(handle).truncate(static_cast<std::size_t>(size));
    return SQLITE_OK;
}

int sync_file(sqlite3_file* handle, int) {
    if (!disk().step())
        return SQLITE_IOERR_FSYNC;
    if (!disk().lazy_log || !reinterpret_cast<Handle*>(handle)->is_log)
        file_of(handle).sync();
    return SQLITE_OK;
}

int size_of_file(sqlite3_file* handle, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(file_of(handle).bytes().size());
    return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) { return SQLITE_OK; }
int is_reserved(sqlite3_file*, int* answer) {
    *answer = 0;
    return SQLITE_OK;
}
int control_file(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 4'096; } // as the unix VFS says
int characteristics(sqlite3_file*) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
} // a torn sector is old or new, byte by byte

int map_shared(sqlite3_file* handle, int region, int bytes, int extend, void volatile** at) {
    auto& shared = file_of(handle).shared;
    const auto index = static_cast<std::size_t>(region);
    *at = nullptr;
    if (index >= shared.size() && extend == 0)
        return SQLITE_OK;
    while (shared.size() <= index)
        shared.push_back(std::make_unique<std::vector<char>>(static_cast<std::size_t>(bytes)));
    *at = shared[index]->data();
    return SQLITE_OK;
}
int lock_shared(sqlite3_file*, int, int, int) { return SQLITE_OK; }
void barrier_shared(sqlite3_file*) {}
int unmap_shared(sqlite3_file* handle, int remove) {
    if (remove != 0)
        file_of(handle).shared.clear();
    return SQLITE_OK;
}

const sqlite3_io_methods methods{.iVersion = 2,
                                 .xClose = close_file,
                                 .xRead = read_file,
                                 .xWrite = write_file,
                                 .xTruncate = truncate_file,
                                 .xSync = sync_file,
                                 .xFileSize = size_of_file,
                                 .xLock = lock_file,
                                 .xUnlock = lock_file,
                                 .xCheckReservedLock = is_reserved,
                                 .xFileControl = control_file,
                                 .xSectorSize = sector_size,
                                 .xDeviceCharacteristics = characteristics,
                                 .xShmMap = map_shared,
                                 .xShmLock = lock_shared,
                                 .xShmBarrier = barrier_shared,
                                 .xShmUnmap = unmap_shared,
                                 .xFetch = nullptr,
                                 .xUnfetch = nullptr};

int open_file(sqlite3_vfs*, const char* path, sqlite3_file* handle, int flags, int* opened) {
    handle->pMethods = nullptr;
    if (!disk().is_on())
        return SQLITE_CANTOPEN;
    const std::string name = path ? path : "temporary";
    auto found = disk().files.find(name);
    if (found == disk().files.end() && (flags & SQLITE_OPEN_CREATE) == 0)
        return SQLITE_CANTOPEN;
    if (found == disk().files.end())
        found = disk().files.emplace(name, std::make_shared<PowerFile>()).first;
    auto* own = reinterpret_cast<Handle*>(handle);
    own->file = found->second.get();
    own->is_log = ends_with(name, "-wal");
    own->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    handle->pMethods = &methods;
    if (opened)
        *opened = flags;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs*, const char* path, int) {
    if (!disk().step())
        return SQLITE_IOERR_DELETE;
    if (const auto found = disk().files.find(path); found != disk().files.end())
        found->second->truncate(0), found->second->sync();
    return disk().files.erase(path) == 1 ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

int access_file(sqlite3_vfs*, const char* path, int, int* answer) {
    const auto found = disk().files.find(path);
    *answer = found != disk().files.end() && !found->second->bytes().empty() ? 1 : 0;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int bytes, char* to) {
    sqlite3_snprintf(bytes, to, "%s", path);
    return SQLITE_OK;
}

/// Everything but files is the machine's own.
[[maybe_unused]] const bool registered = [] {
    static sqlite3_vfs vfs = *sqlite3_vfs_find(nullptr);
    vfs.szOsFile = sizeof(Handle);
    vfs.zName = "power";
    vfs.pNext = nullptr;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    vfs.xAccess = access_file;
    vfs.xFullPathname = full_path;
    return sqlite3_vfs_register(&vfs, 1) == SQLITE_OK;
}();

} // namespace
} // namespace rekam::prove
