// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/manifest.h"

#include "core/io/fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace rekam::host {
namespace {

constexpr off_t max_file_bytes = off_t{256} << 20;
// What the first published manifest held. Later ones are longer; a shorter one never existed.
constexpr std::uint32_t first_size = sizeof(rekam_manifest_t);

using Result = std::variant<Manifest, ManifestError>;

ManifestError error(ManifestFault fault, const std::string& path, std::string_view what) {
    return {fault, path + ": " + std::string(what)};
}

ManifestError elf_error(ElfFault fault, const std::string& path) {
    switch (fault) {
    case ElfFault::not_elf: return error(ManifestFault::not_elf, path, "is no ELF file; install the plugin again");
    case ElfFault::not_shared_library:
        return error(ManifestFault::not_shared_library, path, "is no shared library; install the plugin again");
    case ElfFault::wrong_architecture:
        return error(ManifestFault::wrong_architecture, path,
                     "was built for another kind of processor; ask the vendor for a build for this one");
    case ElfFault::damaged:
        return error(ManifestFault::damaged, path, "is damaged or cut off; install the plugin again");
    case ElfFault::no_symbol: break;
    }
    return error(ManifestFault::missing_symbol, path,
                 "has no rekam_manifest: this is no Rekam plugin; name another file in plugins.d");
}

/// Read, not mapped: a file that is cut off meanwhile must not become a signal. Throws std::system_error.
class OpenFile final : public ElfFile {
  public:
    OpenFile(int fd, off_t size) : fd_(fd), size_(static_cast<std::uint64_t>(size)) {}
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    [[nodiscard]] std::string read(std::uint64_t offset, std::uint64_t bytes) const override {
        std::string part(bytes, '\0');
        std::size_t have = 0;
        while (have < bytes) {
            const ssize_t got = ::pread(fd_, part.data() + have, bytes - have, static_cast<off_t>(offset + have));
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0)
                throw std::system_error(errno, std::generic_category());
            if (got == 0)
                break;
            have += static_cast<std::size_t>(got);
        }
        part.resize(have);
        return part;
    }

  private:
    int fd_;
    std::uint64_t size_;
};

template <std::size_t N> bool terminated(const char (&text)[N]) { return std::memchr(text, '\0', N) != nullptr; }

/// Printable ASCII only: these texts travel into logs, file names and JSON.
template <std::size_t N> bool printable(const char (&text)[N]) {
    return terminated(text) && std::ranges::all_of(std::string_view(text), [](char c) { return c >= ' ' && c < 127; });
}

bool is_id(std::string_view id) {
    return !id.empty() && std::ranges::all_of(id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    });
}

std::optional<std::string> text_problem(const rekam_manifest_t& m) {
    if (!printable(m.id) || !is_id(m.id))
        return "its id must be reverse DNS in a-z, 0-9, '.' and '-'";
    if (!printable(m.name) || !printable(m.vendor) || !printable(m.version) || m.name[0] == '\0')
        return "its name, vendor and version must be printable, and the name not empty";
    if (!printable(m.device_classes) || !printable(m.unix_paths) || !printable(m.readable_paths) ||
        !printable(m.writable_paths) || !printable(m.environment) || !printable(m.helpers))
        return "a request is not printable text";
    if (m.process > REKAM_PROCESS_SHARED || m.threading > REKAM_THREADING_SINGLE || m.network > REKAM_NETWORK_ANY ||
        m.netlink > 1 || m.roles == 0 || m.roles > (REKAM_ROLE_DEVICES | REKAM_ROLE_ANALYSER | REKAM_ROLE_MOCK))
        return "process, threading, network, netlink or roles is a number that this ABI does not know";
    return std::nullopt;
}

std::optional<ManifestError> problem(const rekam_manifest_t& m, const std::string& path) {
    if (const auto text = text_problem(m))
        return error(ManifestFault::bad_text, path, *text);
    if ((m.functions & ~REKAM_FUNCTION_ALL) != 0)
        return error(ManifestFault::unknown_function, path, "claims a function that this ABI does not know");
    if ((m.roles & REKAM_ROLE_DEVICES) != 0 && m.functions == 0)
        return error(ManifestFault::no_function, path, "claims no function: none of its devices could be used");
    return std::nullopt;
}

wire::RawJson json_list(std::string_view list) {
    std::string text = "[";
    for (const std::string& item : list_items(list)) {
        text += text.size() > 1 ? "," : "";
        wire::append_json_string(text, item);
    }
    return {text + "]"};
}

} // namespace

wire::Failure ManifestError::failure() const {
    wire::Failure failure;
    failure.code = fault == ManifestFault::unreadable ? model::Code::permission_denied : model::Code::wrong_driver;
    failure.message = message;
    return failure;
}

std::vector<std::string> list_items(std::string_view list) {
    std::vector<std::string> items;
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(';'), list.size());
        if (end > 0)
            items.emplace_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return items;
}

std::vector<model::Function> functions_of(std::uint32_t bits) {
    std::vector<model::Function> functions;
    for (std::uint32_t bit = 1; bit <= REKAM_FUNCTION_ALL; bit <<= 1)
        if ((bits & bit) != 0)
            if (const auto function = model::parse<model::Function>(rekam_function_word(bit)))
                functions.push_back(*function);
    return functions;
}

Result Manifest::read(const std::string& path) {
    const io::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd)
        return error(ManifestFault::unreadable, path,
                     std::string("cannot be opened: ") + std::strerror(errno) + "; mend path or permissions");
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > max_file_bytes)
        return error(ManifestFault::unreadable, path,
                     "is no regular file, or larger than 256 MiB; name another file in plugins.d");
    try {
        return parse(OpenFile(fd.get(), status.st_size), path);
    } catch (const std::system_error& failure) {
        return error(ManifestFault::unreadable, path,
                     "cannot be read: " + failure.code().message() + "; mend the file or its disk");
    }
}

Result Manifest::parse(const ElfFile& file, const std::string& path) {
    const auto found = find_elf_symbol(file, REKAM_MANIFEST_SYMBOL);
    if (const auto* fault = std::get_if<ElfFault>(&found))
        return elf_error(*fault, path);
    const auto& bytes = std::get<std::string>(found);

    // Magic, size and major stand first in every version, so a foreign one is told from a broken one.
    constexpr std::size_t head_bytes = offsetof(rekam_manifest_t, abi_minor);
    Manifest manifest;
    rekam_manifest_t& m = manifest.bytes_;
    if (bytes.size() < head_bytes)
        return error(ManifestFault::wrong_size, path, "its manifest is too short; ask the vendor for another build");
    std::memcpy(&m, bytes.data(), head_bytes);
    constexpr std::array<char, 8> magic REKAM_MANIFEST_MAGIC;
    if (std::memcmp(m.magic, magic.data(), magic.size()) != 0)
        return error(ManifestFault::wrong_magic, path,
                     "its rekam_manifest does not begin with REKAMPLG; ask the vendor for another build");
    if (m.abi_major != REKAM_ABI_MAJOR)
        return error(ManifestFault::wrong_abi, path,
                     "was built for ABI " + std::to_string(m.abi_major) + ", this station speaks " +
                         std::to_string(REKAM_ABI_MAJOR) + "; ask the vendor for a build for it");
    if (m.size < first_size || m.size > bytes.size())
        return error(ManifestFault::wrong_size, path,
                     "its manifest does not have the size that it states; ask the vendor for another build");
    std::memcpy(&m, bytes.data(), std::min<std::size_t>(m.size, sizeof m));
    if (auto wrong = problem(m, path))
        return std::move(*wrong);
    return manifest;
}

wire::ManifestRecord Manifest::record() const {
    constexpr std::array networks{"none", "loopback", "any"};
    wire::ManifestRecord record;
    record.id = bytes_.id;
    record.name = bytes_.name;
    record.vendor = bytes_.vendor;
    record.version = bytes_.version;
    record.abi_major = bytes_.abi_major;
    record.abi_minor = bytes_.abi_minor;
    record.functions = functions_of(bytes_.functions);
    record.process = bytes_.process == REKAM_PROCESS_SHARED ? "shared" : "own";
    record.threading = single_threaded() ? "single" : "free";
    record.requested["device_classes"] = json_list(bytes_.device_classes);
    record.requested["unix_paths"] = json_list(bytes_.unix_paths);
    record.requested["readable_paths"] = json_list(bytes_.readable_paths);
    record.requested["writable_paths"] = json_list(bytes_.writable_paths);
    record.requested["environment"] = json_list(bytes_.environment);
    record.requested["helpers"] = json_list(bytes_.helpers);
    record.requested["network"] = {"\"" + std::string(networks.at(bytes_.network)) + "\""};
    record.requested["netlink"] = {bytes_.netlink != 0 ? "true" : "false"};
    record.requested["mock"] = {(bytes_.roles & REKAM_ROLE_MOCK) != 0 ? "true" : "false"};
    record.requested["memory_mib"] = {std::to_string(bytes_.memory_mib)};
    return record;
}

} // namespace rekam::host
