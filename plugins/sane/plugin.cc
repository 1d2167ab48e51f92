// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "plugins/sane/scanner.h"

#include <signal.h>

namespace rekam::sane {
namespace {

// Promises. Listing asks every back end, some of them over a network; opening may load firmware into the scanner.
constexpr uint32_t create_ms = 20'000, enumerate_ms = 60'000, open_ms = 60'000, health_ms = 10'000;

struct Found {
    std::string name, make, model, type;
};

/// SANE's helper for threads sets SIGPIPE back to its default, which ends the process, wherever it finds it ignored;
/// then the next write to a server that has died is the last one. A handler it leaves alone.
void keep_sigpipe_harmless() {
    struct sigaction now {};
    if (::sigaction(SIGPIPE, nullptr, &now) != 0 || (now.sa_handler != SIG_IGN && now.sa_handler != SIG_DFL))
        return;
    struct sigaction harmless {};
    harmless.sa_handler = [](int) {};
    harmless.sa_flags = SA_RESTART;
    ::sigemptyset(&harmless.sa_mask);
    ::sigaction(SIGPIPE, &harmless, nullptr);
}

void start_sane() {
    keep_sigpipe_harmless();
    SANE_Int version = 0;
    const SANE_Status status = sane_init(&version, nullptr);
    if (status != SANE_STATUS_GOOD)
        throw status_error(status, Phase::list, "sane_init");
    if (SANE_VERSION_MAJOR(version) != SANE_CURRENT_MAJOR) {
        sane_exit();
        throw plugin::Error(REKAM_E_WRONG_DRIVER, "this is SANE " + std::to_string(SANE_VERSION_MAJOR(version)) +
                                                      ", the plugin needs " + std::to_string(SANE_CURRENT_MAJOR))
            .hint("install-driver");
    }
}

std::string text(SANE_String_Const from) { return from ? utf8(from) : ""; }

std::vector<Found> list() {
    const SANE_Device** devices = nullptr;
    const SANE_Status status = sane_get_devices(&devices, SANE_FALSE);
    if (status != SANE_STATUS_GOOD)
        throw status_error(status, Phase::list, "sane_get_devices");
    std::vector<Found> found;
    for (; devices && *devices; ++devices)
        if ((*devices)->name)
            found.push_back(
                {(*devices)->name, text((*devices)->vendor), text((*devices)->model), text((*devices)->type)});
    return found;
}

/// SANE also drives cameras; those have a function of their own and better drivers.
bool is_scanner(const Found& found) {
    const std::string type = lower(found.type);
    return type.find("camera") == std::string::npos && type.find("frame grabber") == std::string::npos &&
           !found.name.starts_with("v4l:");
}

class SanePlugin final : public plugin::Plugin {
  public:
    explicit SanePlugin(plugin::Host host) : host_(host), thread_(std::make_shared<SaneThread>()) {
        thread_->call(start_sane);
    }
    ~SanePlugin() override {
        thread_->call([] { sane_exit(); });
    }

    std::vector<plugin::DeviceInfo> enumerate() override {
        found_ = thread_->call(list);
        std::vector<plugin::DeviceInfo> devices;
        for (const Found& found : found_) {
            if (!is_scanner(found))
                continue;
            plugin::DeviceInfo info = info_of(found.name);
            if (stable_id(found.name, usb_devices) == info.id)
                devices.push_back(info);
            else
                host_.log(REKAM_LOG_WARNING, "left out: a scanner whose name is longer than an id may be");
        }
        return devices;
    }

    plugin::Opened open(const std::string& id) override {
        const auto name = sane_name_of(id, usb_devices);
        if (!name)
            throw plugin::Error(REKAM_E_DEVICE_GONE,
                                "no USB device, or more than one, has the port or serial number of this id")
                .hint("check-cable");
        const Found* known = find(*name);
        plugin::Opened opened;
        auto scanner = std::make_unique<Scanner>(thread_, host_, *name, known ? known->type : "");
        opened.info = info_of(*name);
        plugin::put_text(opened.info.id, id);
        if (!scanner->serial().empty())
            plugin::put_text(opened.info.serial, scanner->serial());
        opened.device = std::move(scanner);
        return opened;
    }

  private:
    const Found* find(const std::string& name) const {
        for (const Found& found : found_)
            if (found.name == name)
                return &found;
        return nullptr;
    }

    plugin::DeviceInfo info_of(const std::string& name) const {
        plugin::DeviceInfo info;
        info.functions = REKAM_FUNCTION_DOCUMENT;
        info.open_ms_max = open_ms;
        info.health_ms_max = health_ms;
        plugin::put_text(info.id, stable_id(name, usb_devices));
        if (const Found* found = find(name)) {
            plugin::put_text(info.make, found->make);
            plugin::put_text(info.model, found->model);
        }
        if (const auto place = usb_place(name, usb_devices)) {
            plugin::put_text(info.serial, place->serial);
            plugin::put_text(info.physical, "usb:" + place->port);
        }
        return info;
    }

    plugin::Host host_;
    std::shared_ptr<SaneThread> thread_;
    std::vector<Found> found_; // of the last listing; a host that only opens has none
};

} // namespace
} // namespace rekam::sane

REKAM_PLUGIN(
    rekam::sane::SanePlugin,
    rekam::plugin::Manifest("id.rekam.sane", "Scanners through SANE", "Rekam", "1.0")
        .functions(REKAM_FUNCTION_DOCUMENT)
        .process(REKAM_PROCESS_OWN)
        .threading(REKAM_THREADING_SINGLE)
        .create_ms_max(rekam::sane::create_ms)
        .enumerate_ms_max(rekam::sane::enumerate_ms)
        .network(REKAM_NETWORK_ANY)
        .memory_mib(512)
        .device_classes("usb:image;usb:vendor-specific;usb:printer;scsi_generic;parport")
        .unix_paths("/run/avahi-daemon/socket;/run/dbus/system_bus_socket")
        .readable_paths("/etc/sane.d;/usr/lib/x86_64-linux-gnu/sane;/usr/lib/aarch64-linux-gnu/sane;/usr/lib/sane;"
                        "/usr/share/sane;/sys/bus/usb/devices;/sys/devices;/etc/hosts;/etc/resolv.conf")
        .environment("SANE_CONFIG_DIR;SANE_DEFAULT_DEVICE;SANE_NET_TIMEOUT;SANE_DEBUG_DLL;SANE_DEBUG_NET;"
                     "SANE_DEBUG_TEST;SANE_DEBUG_AIRSCAN;SANE_DEBUG_SANEI_USB;HOME;TMPDIR"));
