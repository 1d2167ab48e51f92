// SPDX-License-Identifier: Apache-2.0
// A method call through a dbus-daemon to another process, which answers with what it got: how a desktop service is
// asked.
#include "tests/bench/commands.h"

#include <cstring>
#include <stdexcept>

#include <systemd/sd-bus.h>

namespace rekam::bench {
namespace {

constexpr const char* name = "id.rekam.bench.Echo";
constexpr const char* path = "/echo";

void check(int result, const char* what) {
    if (result < 0)
        throw std::runtime_error(std::string(what) + ": " + std::strerror(-result));
}

sd_bus* connect(const std::string& address) {
    sd_bus* bus = nullptr;
    check(sd_bus_new(&bus), "sd_bus_new");
    check(sd_bus_set_address(bus, address.c_str()), "address of the bus");
    check(sd_bus_set_bus_client(bus, 1), "sd_bus_set_bus_client");
    check(sd_bus_start(bus), "connecting to the bus");
    return bus;
}

int answer(sd_bus_message* message, void*, sd_bus_error*) {
    const char* text = nullptr;
    check(sd_bus_message_read(message, "s", &text), "reading the call");
    return sd_bus_reply_method_return(message, "s", text);
}

class Dbus final : public Target {
  public:
    explicit Dbus(const std::string& address) : bus_(connect(address)), text_(raw_header()) {}
    ~Dbus() override { sd_bus_flush_close_unref(bus_); }
    void once() override {
        sd_bus_message* reply = nullptr;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        const int result = sd_bus_call_method(bus_, name, path, name, "Echo", &error, &reply, "s", text_.c_str());
        const std::string why = error.message ? error.message : "the echo on the bus does not answer";
        sd_bus_error_free(&error);
        sd_bus_message_unref(reply);
        check(result, why.c_str());
    }

  private:
    sd_bus* bus_;
    std::string text_;
};

} // namespace

std::unique_ptr<Target> make_dbus_target(const std::string& address) { return std::make_unique<Dbus>(address); }

void serve_dbus_echo(const std::string& address) {
    sd_bus* bus = connect(address);
    static const sd_bus_vtable table[] = {
        SD_BUS_VTABLE_START(0), SD_BUS_METHOD("Echo", "s", "s", answer, SD_BUS_VTABLE_UNPRIVILEGED), SD_BUS_VTABLE_END};
    check(sd_bus_add_object_vtable(bus, nullptr, path, name, table, nullptr), "offering the echo");
    check(sd_bus_request_name(bus, name, 0), "taking the name on the bus");
    for (;;) {
        const int done = sd_bus_process(bus, nullptr);
        check(done, "the bus");
        if (done == 0)
            check(sd_bus_wait(bus, UINT64_MAX), "waiting for the bus");
    }
}

} // namespace rekam::bench
