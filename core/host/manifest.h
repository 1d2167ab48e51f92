// SPDX-License-Identifier: Apache-2.0 OR MIT
// A plugin's manifest, read from the file and checked; no vendor code has run by then.
#pragma once

#include "core/host/elf_reader.h"
#include "core/wire/host_messages.h"

#include <rekam/manifest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rekam::host {

enum class ManifestFault : std::uint8_t {
    unreadable, ///< the file cannot be opened or read
    not_elf,
    not_shared_library,
    wrong_architecture,
    damaged,
    missing_symbol,
    wrong_magic,
    wrong_abi,  ///< another major
    wrong_size, ///< shorter than the first manifest ever published, or longer than its symbol
    no_function,
    unknown_function,
    bad_text, ///< an empty id, an unterminated array, control characters, a word outside its list
};

struct ManifestError {
    ManifestFault fault = ManifestFault::unreadable;
    std::string message; ///< says which file, what is wrong and what to do

    [[nodiscard]] wire::Failure failure() const;
};

class Manifest {
  public:
    /// Of a file of 256 MiB at most; reads its tables only. Any thread.
    static std::variant<Manifest, ManifestError> read(const std::string& path);
    /// The same of a file that is open already; `path` is only for messages. Throws what `file` throws.
    static std::variant<Manifest, ManifestError> parse(const ElfFile& file, const std::string& path);

    [[nodiscard]] const rekam_manifest_t& bytes() const { return bytes_; }
    [[nodiscard]] bool single_threaded() const { return bytes_.threading == REKAM_THREADING_SINGLE; }

    /// As the broker and plugin.list show it.
    [[nodiscard]] wire::ManifestRecord record() const;

  private:
    rekam_manifest_t bytes_{};
};

/// "a;b" as its items; empty ones are left out.
std::vector<std::string> list_items(std::string_view list);

/// The functions of a bit set, in the order of the vocabulary.
std::vector<model::Function> functions_of(std::uint32_t bits);

} // namespace rekam::host
