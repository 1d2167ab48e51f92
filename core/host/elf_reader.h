// SPDX-License-Identifier: Apache-2.0 OR MIT
// Finds the bytes of an exported symbol in an ELF file without running any of it. Pure; every offset in the file is
// somebody else's word and is checked against its size.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

namespace rekam::host {

enum class ElfFault : std::uint8_t {
    not_elf,            ///< no ELF magic, or no 64-bit little-endian file
    not_shared_library, ///< an executable, an object file, a core
    wrong_architecture, ///< built for another machine
    damaged,            ///< its tables point outside the file
    no_symbol,          ///< a sound library without that symbol
};

struct ElfSymbol {
    std::string_view bytes; ///< inside the file that was handed in
};

/// `file` is the whole file.
std::variant<ElfSymbol, ElfFault> find_elf_symbol(std::string_view file, std::string_view symbol);

} // namespace rekam::host
