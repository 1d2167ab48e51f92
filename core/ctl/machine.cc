// SPDX-License-Identifier: Apache-2.0
#include "core/ctl/machine.h"

#include "core/ctl/redact.h"

#include <systemd/sd-journal.h>

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

namespace rekam::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t log_lines = 500;
/// Packages whose version explains what a device does.
constexpr auto packages = std::to_array<std::string_view>({"libc6", "libsane-common", "libsane1", "libsqlite3-0",
                                                           "libssl3", "libstdc++6", "libudev1", "libusb-1.0-0",
                                                           "libzmq5", "linux-image-amd64", "pcscd", "systemd", "udev"});

std::string whole(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// "Package: x … Version: 1": Debian's list, read as it is, without its tools.
std::string package_versions() {
    std::ifstream file("/var/lib/dpkg/status");
    std::string out, name;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("Package: "))
            name = line.substr(9);
        else if (line.starts_with("Version: ") && std::ranges::find(packages, name) != packages.end())
            out += name + " " + line.substr(9) + "\n";
    }
    return out;
}

struct CloseJournal {
    void operator()(sd_journal* journal) const { sd_journal_close(journal); }
};

std::string message_of(sd_journal* journal) {
    const void* data = nullptr;
    std::size_t bytes = 0;
    if (sd_journal_get_data(journal, "MESSAGE", &data, &bytes) < 0)
        return "";
    constexpr std::string_view key = "MESSAGE=";
    const std::string_view field(static_cast<const char*>(data), bytes);
    return std::string(field.substr(std::min(key.size(), field.size())));
}

std::string journal_text() {
    sd_journal* opened = nullptr;
    if (sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY) < 0)
        return "no log: the journal cannot be opened; name rekamd's log with --log\n";
    const std::unique_ptr<sd_journal, CloseJournal> journal(opened);
    sd_journal_add_match(opened, "_SYSTEMD_UNIT=rekamd.service", 0);
    sd_journal_seek_tail(opened);
    sd_journal_previous_skip(opened, log_lines);
    std::string out;
    do {
        std::uint64_t at_us = 0;
        if (sd_journal_get_realtime_usec(opened, &at_us) >= 0)
            out += std::to_string(at_us) + " info " + redacted_log_line(message_of(opened)) + "\n";
    } while (sd_journal_next(opened) > 0);
    return out.empty() ? "no log: the journal has nothing of rekamd.service that may be read here; name rekamd's log "
                         "with --log\n"
                       : out;
}

} // namespace

std::string versions_text() {
    utsname system{};
    ::uname(&system);
    std::string out = std::string("kernel ") + system.sysname + " " + system.release + " " + system.machine + "\n";
    std::ifstream release("/etc/os-release");
    for (std::string line; std::getline(release, line);)
        if (line.starts_with("PRETTY_NAME=") || line.starts_with("VERSION_ID="))
            out += line + "\n";
    return out + package_versions();
}

std::string log_text(const std::string& file) {
    if (file.empty())
        return journal_text();
    std::ifstream log(file);
    if (!log)
        return "no log: " + redacted_path(file) + " cannot be read\n";
    std::deque<std::string> last;
    for (std::string line; std::getline(log, line);) {
        last.push_back(redacted_log_line(line));
        if (last.size() > log_lines)
            last.pop_front();
    }
    std::string out;
    for (const auto& line : last)
        out += line + "\n";
    return out;
}

std::string configuration_text(const std::string& directory) {
    std::vector<fs::path> found;
    std::error_code failed;
    for (const auto& each : {fs::path(directory), fs::path(directory) / "conf.d", fs::path(directory) / "plugins.d"})
        for (const auto& entry : fs::directory_iterator(each, failed))
            if (entry.path().extension() == ".toml")
                found.push_back(entry.path());
    std::ranges::sort(found);
    std::string out;
    for (const auto& path : found)
        out += "# " + path.lexically_relative(directory).string() + "\n" + redacted_toml(whole(path)) + "\n";
    return out.empty() ? "no configuration: " + redacted_path(directory) +
                             " has none that may be read here; name it with "
                             "--config\n"
                       : out;
}

} // namespace rekam::ctl
