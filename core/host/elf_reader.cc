// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "core/host/elf_reader.h"

#include <cstring>
#include <elf.h>
#include <optional>

namespace rekam::host {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half machine = EM_AARCH64;
#elif defined(__riscv)
constexpr Elf64_Half machine = EM_RISCV;
#else
#error "name this machine's EM_ constant"
#endif

// A library has a few dozen sections and some thousand symbols; more is an attack on our time.
constexpr std::uint64_t max_sections = 4'096, max_symbols = 1'000'000;

/// A window of the file, or nothing where it does not lie inside.
std::optional<std::string_view> window(std::string_view file, std::uint64_t offset, std::uint64_t bytes) {
    if (offset > file.size() || bytes > file.size() - offset)
        return std::nullopt;
    return file.substr(offset, bytes);
}

/// Copied out: nothing in the file need be aligned.
template <class T> std::optional<T> record(std::string_view file, std::uint64_t offset) {
    const auto bytes = window(file, offset, sizeof(T));
    if (!bytes)
        return std::nullopt;
    T copy;
    std::memcpy(&copy, bytes->data(), sizeof copy);
    return copy;
}

template <class T> std::optional<T> entry(std::string_view file, std::uint64_t table, std::uint64_t index) {
    std::uint64_t offset = 0;
    if (__builtin_mul_overflow(index, sizeof(T), &offset) || __builtin_add_overflow(table, offset, &offset))
        return std::nullopt;
    return record<T>(file, offset);
}

class Reader {
  public:
    Reader(std::string_view file, const Elf64_Ehdr& header) : file_(file), header_(header) {}

    std::variant<ElfSymbol, ElfFault> find(std::string_view name) const {
        // The table stands last: a file that was cut off anywhere lacks some of it.
        if (header_.e_shentsize != sizeof(Elf64_Shdr) || header_.e_shnum == 0 || header_.e_shnum > max_sections ||
            !window(file_, header_.e_shoff, header_.e_shnum * sizeof(Elf64_Shdr)))
            return ElfFault::damaged;
        for (std::uint64_t i = 0; i < header_.e_shnum; ++i) {
            const auto section = entry<Elf64_Shdr>(file_, header_.e_shoff, i);
            if (!section)
                return ElfFault::damaged;
            if (section->sh_type == SHT_DYNSYM)
                return find_in(*section, name);
        }
        return ElfFault::no_symbol;
    }

  private:
    std::variant<ElfSymbol, ElfFault> find_in(const Elf64_Shdr& symbols, std::string_view name) const {
        const auto strings = entry<Elf64_Shdr>(file_, header_.e_shoff, symbols.sh_link);
        const auto names = strings ? window(file_, strings->sh_offset, strings->sh_size) : std::nullopt;
        const std::uint64_t count = symbols.sh_size / sizeof(Elf64_Sym);
        if (!names || symbols.sh_link >= header_.e_shnum || symbols.sh_entsize != sizeof(Elf64_Sym) ||
            count > max_symbols || !window(file_, symbols.sh_offset, symbols.sh_size))
            return ElfFault::damaged;
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto symbol = entry<Elf64_Sym>(file_, symbols.sh_offset, i);
            if (!symbol)
                return ElfFault::damaged;
            if (symbol->st_shndx != SHN_UNDEF && is_named(*names, symbol->st_name, name))
                return bytes_of(*symbol);
        }
        return ElfFault::no_symbol;
    }

    static bool is_named(std::string_view names, std::uint64_t offset, std::string_view name) {
        const auto text = window(names, offset, name.size() + 1);
        return text && text->substr(0, name.size()) == name && text->back() == '\0';
    }

    /// The section that holds the symbol says where in the file its address lies.
    std::variant<ElfSymbol, ElfFault> bytes_of(const Elf64_Sym& symbol) const {
        if (symbol.st_shndx >= header_.e_shnum)
            return ElfFault::damaged;
        const auto section = entry<Elf64_Shdr>(file_, header_.e_shoff, symbol.st_shndx);
        if (!section || section->sh_type == SHT_NOBITS || symbol.st_value < section->sh_addr)
            return ElfFault::damaged;
        const auto content = window(file_, section->sh_offset, section->sh_size);
        const auto bytes =
            content ? window(*content, symbol.st_value - section->sh_addr, symbol.st_size) : std::nullopt;
        if (!bytes)
            return ElfFault::damaged;
        return ElfSymbol{*bytes};
    }

    std::string_view file_;
    const Elf64_Ehdr& header_;
};

} // namespace

std::variant<ElfSymbol, ElfFault> find_elf_symbol(std::string_view file, std::string_view symbol) {
    if (file.size() < EI_NIDENT || file.substr(0, SELFMAG) != ELFMAG || file[EI_CLASS] != ELFCLASS64 ||
        file[EI_DATA] != ELFDATA2LSB)
        return ElfFault::not_elf;
    const auto header = record<Elf64_Ehdr>(file, 0);
    if (!header)
        return ElfFault::damaged;
    if (header->e_machine != machine)
        return ElfFault::wrong_architecture;
    if (header->e_type != ET_DYN)
        return ElfFault::not_shared_library;
    return Reader(file, *header).find(symbol);
}

} // namespace rekam::host
