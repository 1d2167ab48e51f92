// SPDX-License-Identifier: Apache-2.0 OR MIT
// How the plugins of card printers and card readers make their devices.
#pragma once

#include "mocks/devices/card/printer.h"
#include "mocks/devices/card/reader.h"
#include "mocks/devices/kit/device.h"

namespace rekam::mock_card {

// A device as the station sees it.
struct Listed : Spec {
    plugin::DeviceInfo about;
    plugin::DeviceInfo info() const { return about; }
};

// Those that the variable names. `look` fills in what is the kind's own: functions, make, model.
template <class Look> std::vector<Listed> listed(const char* variable, Look&& look) {
    std::vector<Listed> found;
    for (const Spec& spec : read_specs(variable)) {
        Listed one{spec, {}};
        one.about.open_ms_max = one.about.health_ms_max = 2'000;
        plugin::put_text(one.about.id, spec.id);
        plugin::put_text(one.about.serial, spec.id);
        plugin::put_text(one.about.firmware, "1.0");
        plugin::put_text(one.about.physical, "mock:" + spec.id);
        look(spec, one.about);
        found.push_back(std::move(one));
    }
    return found;
}

} // namespace rekam::mock_card

namespace rekam::mock {

template <> struct Family<mock_card::Printer> {
    using Spec = mock_card::Listed;
    static std::string faults_variable() { return "REKAM_MOCK_CARD_FAULTS"; }
    static std::vector<Spec> specs() {
        return mock_card::listed("REKAM_MOCK_CARD_PRINTER", [](const mock_card::Spec& spec, plugin::DeviceInfo& info) {
            info.functions = REKAM_FUNCTION_CARD_PRINTER;
            if (spec.encodes())
                info.functions |= REKAM_FUNCTION_CARD_READER;
            plugin::put_text(info.make, spec.encodes() ? "Cetak" : "Kartu");
            plugin::put_text(info.model, spec.encodes() ? "Duo C-9" : "K-300");
        });
    }
    static std::unique_ptr<mock_card::Printer> make(const Spec& spec, const Engine::Of& of) {
        if (spec.encodes())
            return std::make_unique<mock_card::EncodingPrinter>(spec, of);
        return std::make_unique<mock_card::Printer>(spec, of);
    }
};

template <> struct Family<mock_card::Reader> {
    using Spec = mock_card::Listed;
    static std::string faults_variable() { return "REKAM_MOCK_CARD_FAULTS"; }
    static std::vector<Spec> specs() {
        return mock_card::listed("REKAM_MOCK_CARD_READER", [](const mock_card::Spec&, plugin::DeviceInfo& info) {
            info.functions = REKAM_FUNCTION_CARD_READER;
            plugin::put_text(info.make, "Rekam");
            plugin::put_text(info.model, "Mock contact reader");
        });
    }
    static std::unique_ptr<mock_card::Reader> make(const Spec& spec, const Engine::Of& of) {
        return std::make_unique<mock_card::Reader>(spec, of);
    }
};

} // namespace rekam::mock
