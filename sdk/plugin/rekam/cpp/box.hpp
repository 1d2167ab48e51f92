// SPDX-License-Identifier: Apache-2.0 OR MIT
//
// rekam/cpp/box.hpp: what hangs on a device that the host has open, and how the C tables find it.
#pragma once

#include <memory>
#include <string>

#include "device.hpp"

namespace rekam::plugin::detail {

// What hangs on rekam_device_t::data. Texts that the ABI lends until the next call live here.
struct DeviceBox {
    rekam_device_t table{};
    std::unique_ptr<Device> device;
    std::string capabilities, settings_schema, settings_values;
};

inline DeviceBox& box(rekam_device_t* d) { return *static_cast<DeviceBox*>(d->data); }

template <class Interface> Interface& as(rekam_device_t* d) { return dynamic_cast<Interface&>(*box(d).device); }

} // namespace rekam::plugin::detail
