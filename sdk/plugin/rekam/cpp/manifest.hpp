// SPDX-License-Identifier: Apache-2.0 OR MIT
//
// rekam/cpp/manifest.hpp: builds the manifest at compile time, so that it stays plain bytes without relocations.
//   constexpr auto manifest = Manifest("id.acme.scan", "Acme scanners", "Acme", "1.2")
//                                 .functions(REKAM_FUNCTION_DOCUMENT).environment("ACME_CONF");
#pragma once

#include "error.hpp"

namespace rekam::plugin {

namespace detail {

// Too long is an error at compile time: throw is no constant expression.
template <std::size_t N> constexpr void put_manifest_text(char (&out)[N], std::string_view text) {
    if (text.size() >= N)
        throw Error(REKAM_E_TOO_LARGE, "text too long for the manifest");
    put_text(out, text);
}

} // namespace detail

class Manifest {
    constexpr Manifest with(uint32_t rekam_manifest_t::*field, uint32_t value) const {
        Manifest copy(*this);
        copy.bytes_.*field = value;
        return copy;
    }
    template <std::size_t N> constexpr Manifest list(char (rekam_manifest_t::*field)[N], std::string_view text) const {
        Manifest copy(*this);
        detail::put_manifest_text(copy.bytes_.*field, text);
        return copy;
    }

  public:
    constexpr Manifest(std::string_view id, std::string_view name, std::string_view vendor, std::string_view version) {
        detail::put_manifest_text(bytes_.id, id);
        detail::put_manifest_text(bytes_.name, name);
        detail::put_manifest_text(bytes_.vendor, vendor);
        detail::put_manifest_text(bytes_.version, version);
    }

    constexpr Manifest functions(uint32_t bits) const { return with(&rekam_manifest_t::functions, bits); }
    constexpr Manifest roles(uint32_t bits) const { return with(&rekam_manifest_t::roles, bits); }
    constexpr Manifest process(rekam_process v) const { return with(&rekam_manifest_t::process, v); }
    constexpr Manifest threading(rekam_threading v) const { return with(&rekam_manifest_t::threading, v); }
    constexpr Manifest create_ms_max(uint32_t ms) const { return with(&rekam_manifest_t::create_ms_max, ms); }
    constexpr Manifest enumerate_ms_max(uint32_t ms) const { return with(&rekam_manifest_t::enumerate_ms_max, ms); }
    constexpr Manifest network(rekam_network v) const { return with(&rekam_manifest_t::network, v); }
    constexpr Manifest netlink() const { return with(&rekam_manifest_t::netlink, 1); }
    constexpr Manifest mock() const { return with(&rekam_manifest_t::roles, bytes_.roles | REKAM_ROLE_MOCK); }
    constexpr Manifest memory_mib(uint32_t mib) const { return with(&rekam_manifest_t::memory_mib, mib); }
    // Lists with ';' between the items.
    constexpr Manifest device_classes(std::string_view v) const { return list(&rekam_manifest_t::device_classes, v); }
    constexpr Manifest unix_paths(std::string_view v) const { return list(&rekam_manifest_t::unix_paths, v); }
    constexpr Manifest readable_paths(std::string_view v) const { return list(&rekam_manifest_t::readable_paths, v); }
    constexpr Manifest writable_paths(std::string_view v) const { return list(&rekam_manifest_t::writable_paths, v); }
    constexpr Manifest environment(std::string_view v) const { return list(&rekam_manifest_t::environment, v); }
    constexpr Manifest helpers(std::string_view v) const { return list(&rekam_manifest_t::helpers, v); }

    constexpr const rekam_manifest_t& bytes() const { return bytes_; }

  private:
    rekam_manifest_t bytes_{REKAM_MANIFEST_MAGIC,
                            sizeof(rekam_manifest_t),
                            REKAM_ABI_MAJOR,
                            REKAM_ABI_MINOR,
                            REKAM_ROLE_DEVICES,
                            0,
                            REKAM_PROCESS_OWN,
                            REKAM_THREADING_FREE,
                            {},
                            {},
                            {},
                            {},
                            0,
                            0,
                            REKAM_NETWORK_NONE,
                            0,
                            0,
                            0,
                            {},
                            {},
                            {},
                            {},
                            {},
                            {}};
};

} // namespace rekam::plugin
