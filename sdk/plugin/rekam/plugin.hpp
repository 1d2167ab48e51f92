// SPDX-License-Identifier: Apache-2.0 OR MIT
//
// rekam/plugin.hpp: the C++17 wrapper of the vendor plugin ABI, header only. It adds nothing to the ABI: a driver may
// mix both. Derive from Plugin, Device and the extensions' interfaces (rekam/cpp/device.hpp), then in one file:
//   REKAM_PLUGIN(AcmePlugin, rekam::plugin::Manifest("id.acme.scan", "Acme", "Acme Ltd", "1.0")
//                                .functions(REKAM_FUNCTION_DOCUMENT));
// Exceptions never cross: Error becomes its code, anything else `internal`.
#pragma once

#include "cpp/card_tables.hpp"
#include "cpp/device.hpp"
#include "cpp/manifest.hpp"
#include "cpp/tables.hpp"
#include "ext/analyse.h"
#include "ext/mock.h"
#include "ext/thread_check.h"

namespace rekam::plugin {

// The host's services. Thread: [any].
class Host {
  public:
    explicit Host(const rekam_host_t* host) : host_(host) {}

    void log(rekam_log_level level, const std::string& text) const {
        host_->log(host_, static_cast<uint32_t>(level), text.c_str());
    }
    void devices_changed() const { host_->devices_changed(host_); }
    void device_changed(const Device& device, uint32_t changes) const // a bit set of enum rekam_device_change
    {
        host_->device_changed(host_, device.handle(), changes);
    }
    const void* extension(const char* id) const { return host_->extension(host_, id); }

  private:
    const rekam_host_t* host_;
};

struct DeviceInfo : rekam_device_info_t {
    DeviceInfo() : rekam_device_info_t{} { size = sizeof(rekam_device_info_t); }
};

// Copies what both sides know of a record that the other side owns; its size stays.
inline void fill(const DeviceInfo& from, rekam_device_info_t* to) {
    const uint32_t size = to->size;
    std::memcpy(to, &from, std::min<std::size_t>(size, sizeof(rekam_device_info_t)));
    to->size = size;
}

struct Opened {
    std::unique_ptr<Device> device;
    DeviceInfo info;
};

// One per process. The constructor (with a Host) is [main] and may throw Error; it loads the SDK.
class Plugin {
  public:
    virtual ~Plugin() = default;
    virtual std::vector<DeviceInfo> enumerate() = 0;                    // [main]
    virtual Opened open(const std::string& id) = 0;                     // [device]
    virtual const void* extension(std::string_view) { return nullptr; } // [any] rekam.analyse/1: a C table
};

// rekam.mock/1: a plugin whose devices are made up derives from it as well. Thread: [any].
class Mock {
  public:
    virtual ~Mock() = default;
    virtual void mock_set(const std::string& device, std::string_view faults) = 0;
    virtual std::string mock_get(const std::string& device) = 0; // JSON
};

namespace detail {

struct PluginBox {
    rekam_plugin_t table{};
    std::unique_ptr<Plugin> plugin;
};

inline Plugin& plugin(rekam_plugin_t* p) { return *static_cast<PluginBox*>(p->data)->plugin; }

inline void fill_device_table(DeviceBox& b) {
    b.table.data = &b;
    b.table.close = [](rekam_device_t* d) { delete &box(d); };
    b.table.interrupt = [](rekam_device_t* d) {
        rekam_error_t ignored{};
        guard(&ignored, [&] { box(d).device->interrupt(); });
    };
    b.table.health = [](rekam_device_t* d, uint32_t level, const rekam_job_t* j, const rekam_health_sink_t* sink,
                        rekam_error_t* e) {
        return guard(e, [&] {
            Job job(j);
            HealthReport report(sink);
            box(d).device->health(level, job, report);
        });
    };
    b.table.capabilities = [](rekam_device_t* d, uint32_t function, uint32_t* revision) -> const char* {
        rekam_error_t ignored{};
        const uint32_t code = guard(&ignored, [&] {
            Capabilities c = box(d).device->capabilities(function);
            *revision = c.revision;
            box(d).capabilities = std::move(c.json);
        });
        return code == REKAM_OK && !box(d).capabilities.empty() ? box(d).capabilities.c_str() : nullptr;
    };
    b.table.extension = [](rekam_device_t* d, const char* id) { return find_extension(*box(d).device, id); };
}

inline uint32_t open_device(rekam_plugin_t* p, const char* id, rekam_device_info_t* info, rekam_device_t** out,
                            rekam_error_t* e) {
    return guard(e, [&] {
        Opened opened = plugin(p).open(id);
        auto b = std::make_unique<DeviceBox>();
        b->device = std::move(opened.device);
        fill_device_table(*b);
        Device::Attach::handle(*b->device, &b->table);
        fill(opened.info, info);
        *out = &b.release()->table;
    });
}

inline uint32_t enumerate_devices(rekam_plugin_t* p, bool (*found)(void*, const rekam_device_info_t*), void* context,
                                  rekam_error_t* e) {
    return guard(e, [&] {
        for (const DeviceInfo& info : plugin(p).enumerate())
            if (!found(context, &info))
                return;
    });
}

inline Mock& mock(rekam_plugin_t* p) { return dynamic_cast<Mock&>(plugin(p)); }

inline constexpr rekam_mock_t mock_table = {
    [](rekam_plugin_t* p, const char* device, const char* faults, rekam_error_t* e) {
        return guard(e, [&] { mock(p).mock_set(device, faults); });
    },
    [](rekam_plugin_t* p, const char* device, char* json, size_t* bytes, rekam_error_t* e) {
        return guard(e, [&] {
            const std::string text = mock(p).mock_get(device);
            if (text.size() > *bytes)
                throw Error(REKAM_E_TOO_LARGE, "there is more to tell than fits");
            std::copy(text.begin(), text.end(), json);
            *bytes = text.size();
        });
    }};

inline const void* find_plugin_extension(rekam_plugin_t* p, std::string_view id) {
    if (id == REKAM_EXT_MOCK && dynamic_cast<Mock*>(&plugin(p)))
        return &mock_table;
    return plugin(p).extension(id);
}

template <class P> uint32_t create(const rekam_host_t* host, rekam_plugin_t** out, rekam_error_t* e) {
    return guard(e, [&] {
        if (host->abi_major != REKAM_ABI_MAJOR)
            throw Error(REKAM_E_WRONG_DRIVER, "this plugin was built for another major of the ABI");
        auto b = std::make_unique<PluginBox>();
        b->plugin = std::make_unique<P>(Host(host));
        b->table.data = b.get();
        b->table.destroy = [](rekam_plugin_t* p) { delete static_cast<PluginBox*>(p->data); };
        b->table.enumerate = enumerate_devices;
        b->table.open = open_device;
        b->table.extension = [](rekam_plugin_t* p, const char* id) { return find_plugin_extension(p, id); };
        *out = &b.release()->table;
    });
}

} // namespace detail
} // namespace rekam::plugin

// The only macro: exports the manifest's bytes and rekam_create. Once per library, at file scope, outside namespaces.
#define REKAM_PLUGIN(PluginClass, ...)                                                                                 \
    extern "C" constexpr rekam_manifest_t rekam_manifest = (__VA_ARGS__).bytes();                                      \
    extern "C" uint32_t rekam_create(const rekam_host_t* host, rekam_plugin_t** out, rekam_error_t* error) {           \
        return rekam::plugin::detail::create<PluginClass>(host, out, error);                                           \
    }                                                                                                                  \
    static_assert(true, "")
